"""The direction of imports, the public names, and what must stay light: checked, so that it stays true."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import simulator

ROOT = Path(simulator.__file__).parent
EVERYONE = {"errors", "units", "document", "node", "safe_text", "allowed", "foreign_yaml"}
MAY_KNOW = {
    "errors": set(),
    "units": set(),
    "safe_text": set(),
    "allowed": set(),
    "foreign_yaml": set(),
    "document": {"errors", "node", "units"},
    "node": {"errors", "units"},
    "record": EVERYONE,
    "data": EVERYONE,
    "contract": EVERYONE,
    "convert": EVERYONE | {"contract"},
    "demo": EVERYONE,
    "selftest": EVERYONE,
    "plan": EVERYONE | {"contract", "journey.mark", "journey.about", "journey.scenario"},
    "schema": EVERYONE | {"plan", "threshold", "virtual", "data", "journey", "contract"},
    "journey": EVERYONE | {"record", "data"},
    "environment": EVERYONE | {"plan"},
    "virtual": EVERYONE | {"contract"},
    "engine": EVERYONE | {"plan", "journey", "record", "data", "contract"},
    "monitor": EVERYONE | {"record"},
    "compare": EVERYONE | {"record"},
    "threshold": EVERYONE | {"record"},
    "report": EVERYONE | {"record", "compare", "threshold"},
}
FOREIGN = {
    "locust": {"engine", "journey"},
    "playwright": {"engine.browser", "journey.expect", "journey.browser_client", "journey.browser_user"},
    "gevent": {"engine", "journey", "demo", "virtual", "environment.app_host"},
    "flask": {"demo", "engine.web"},
    "pact": {"contract.pact.core"},
    "schemathesis": {"contract.openapi"},
    "jsonschema_rs": {"contract.schema", "journey.component.case"},
    "mimesis": {"data"},
    "fsspec": {"cli.shared_reports"},
    "sqlalchemy": {"data.store"},
    "kombu": {"journey.queue.amqp"},
    "redis": {"journey.queue.redis_broker"},
    "websocket": {"journey.websocket"},
    "grpc": {"journey.grpc_channel"},
    "confluent_kafka": {"journey.queue.kafka"},
}


def rooms():
    return sorted(
        path.name.removesuffix(".py") for path in ROOT.iterdir() if path.name not in ("__pycache__", "py.typed")
    )


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def files():
    return [path for path in ROOT.rglob("*.py") if "first_project" not in path.parts]


def module_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_room_is_in_the_plan():
    assert set(rooms()) <= {*MAY_KNOW, "cli", "pytest_plugin", "__init__", "__main__"}


@pytest.mark.parametrize("room", sorted(MAY_KNOW))
def test_a_room_knows_only_the_rooms_that_it_may_know(room):
    allowed = MAY_KNOW[room] | {room}
    for path in files():
        if module_of(path).split(".")[0] != room:
            continue
        for name in imports(path):
            inner = name.removeprefix("simulator.")
            if name == "simulator" or inner == name:
                continue
            assert any(inner == other or inner.startswith(f"{other}.") for other in allowed), f"{path} imports {name}"


@pytest.mark.parametrize("package", sorted(FOREIGN))
def test_a_foreign_library_is_known_only_at_its_boundary(package):
    for path in files():
        if package in {name.split(".")[0] for name in imports(path)}:
            module = module_of(path)
            assert any(module == place or module.startswith(f"{place}.") for place in FOREIGN[package]), path


def modules_after(code):
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy_and_patches_nothing():
    loaded = modules_after("import simulator")

    assert not loaded & {"locust", "gevent", "playwright", "pandas", "numpy", "rich", "yaml"}


def test_help_loads_no_engine_and_no_tables():
    loaded = modules_after(
        "import contextlib, io\nfrom simulator.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main(['--help'])"
    )

    assert not loaded & {"locust", "gevent", "playwright", "pandas", "numpy", "rich", "yaml"}


@pytest.mark.parametrize("command", ["compare", "report", "check"])
def test_readers_need_neither_engine_nor_browser(command):
    loaded = modules_after(
        f"import simulator.cli.{command}_command, simulator.cli.judgement, simulator.report.render\n"
        "import simulator.report.html_form, simulator.report.text_form, simulator.compare.document"
    )

    assert not loaded & {"locust", "gevent", "playwright"}


def test_load_carries_neither_makers_of_data_nor_compilers_of_schemas():
    loaded = modules_after("import simulator.cli.controller, simulator.engine.drive, simulator.engine.worker")

    assert "simulator.engine.drive" in loaded
    assert not loaded & {"mimesis", "faker", "jsonschema_rs", "schemathesis", "pact", "playwright", "pandas"}


def test_public_names_are_those_listed():
    loaded = modules_after(
        "import simulator\nfor name in simulator.__all__: assert getattr(simulator, name) is not None"
    )

    assert "simulator.journey.users" in loaded


SYSTEM = re.compile(
    r"\bos\.(killpg|getpgid|setsid|fork)\b|signal\.SIG(KILL|HUP)\b|^\s*import (fcntl|termios|pty)\b", re.M
)


def test_what_only_some_systems_have_is_known_in_one_place():
    knowing = {path.relative_to(ROOT).as_posix() for path in files() if SYSTEM.search(path.read_text())}

    assert knowing == {"environment/group.py"}
