"""What README and docs show is true: their YAML is read, their Python imported, their commands known."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from simulator.cli import COMMANDS
from simulator.contract.written import read_written
from simulator.data.spec_file import load_spec
from simulator.document import parse_document
from simulator.journey.component.case_file import cases_of
from simulator.node import Problems
from simulator.plan.discovery import load_cast
from simulator.plan.project import parse_project
from simulator.threshold.invariant import parse_invariants
from simulator.threshold.load import read_thresholds
from simulator.threshold.metric import METRICS
from simulator.virtual.stub_file import load_stub_file

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language):
    for page in PAGES:
        for number, match in enumerate(BLOCK.finditer(page.read_text())):
            if match[1] == language:
                yield pytest.param(match[2], id=f"{page.name}-{number}")


@pytest.mark.parametrize("text", list(blocks("yaml")))
def test_yaml_is_what_it_claims_to_be(text, tmp_path):
    if "entities:" in text or text.startswith("feeders:"):
        (tmp_path / "data.yaml").write_text(text)
        assert load_spec(tmp_path / "data.yaml").entities
        return
    if "journeys:" in text:
        (tmp_path / "journeys.yaml").write_text(text)
        assert load_cast([tmp_path / "journeys.yaml"]).users
        return
    if "cases:" in text:
        (tmp_path / "cases.yaml").write_text(text)
        assert cases_of(tmp_path / "cases.yaml")
        return
    if text.startswith("invariants:"):
        assert parse_invariants([("docs", text)], {})
        return
    if text.startswith(("environments:", "profiles:", "allowed_hosts:")):
        parse_project(text, "docs", ROOT, {})
        return
    if text.startswith("consumer:"):
        (tmp_path / "contract.yaml").write_text(text)
        assert read_written(tmp_path / "contract.yaml", {}).interactions
        return
    if text.startswith("states:"):
        assert parse_document(text, "docs", environ={}, problems=Problems()).get("states")
        return
    if "stubs:" in text:
        (tmp_path / "stubs.yaml").write_text(text)
        load_stub_file(tmp_path / "stubs.yaml", {})
        return
    problems = Problems()
    node = parse_document(text, "docs", environ={}, problems=problems)
    assert read_thresholds(node.mapping(("thresholds",))["thresholds"])
    problems.raise_if_any()


@pytest.mark.parametrize("text", list(blocks("python")))
def test_python_is_a_journey_file(text):
    tree = ast.parse(text)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    import simulator

    if "simulator.virtual" in text or "simulator.contract" in text:
        exec(compile(tree, "docs", "exec"), {})
        return
    assert imported <= set(simulator.__all__)
    assert any(isinstance(node, ast.ClassDef) for node in tree.body)


def commands():
    for page in PAGES:
        text = page.read_text()
        found = re.findall(r"`(simulator [^`\n]+)`", text)
        found += [line for match in BLOCK.finditer(text) if not match[1] for line in match[2].splitlines()]
        for line in found:
            if line.startswith("simulator "):
                yield pytest.param(line, id=f"{page.name}: {line[:40]}")


@pytest.mark.parametrize("line", list(commands()))
def test_commands_and_their_options_exist(line):
    from importlib import import_module

    words = [word.strip("[]") for word in shlex.split(line, comments=True)[1:]]
    assert words[0] in COMMANDS or words[0] == "COMMAND"
    if words[0] not in COMMANDS:
        return
    help_text = import_module(f"simulator.cli.{words[0]}_command")
    shared = [ROOT / "simulator/cli" / name for name in ("project_arguments.py", "browsers.py")]
    source = "".join(file.read_text() for file in (Path(help_text.__file__), *shared))
    for word in words[1:]:
        if word.startswith("--"):
            assert f'"{word}"' in source, word


def test_the_readme_lists_every_command():
    listed = set(re.findall(r"^\| `simulator (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE))

    assert listed == set(COMMANDS)


def test_the_documentation_of_thresholds_lists_every_metric():
    listed = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", (ROOT / "docs/thresholds.md").read_text(), re.MULTILINE))

    assert {name: text for name, text in listed.items() if name in METRICS}.keys() == METRICS.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target
