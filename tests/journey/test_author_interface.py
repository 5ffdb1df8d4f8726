"""What `import simulator` gives to authors, and what it must not load."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

JOURNEY_FILE = """
from simulator import ApiUser, BrowserUser, between, check, expect, journey

class Shopper(ApiUser):
    wait_time = between(1, 3)
    @journey
    def buy(self):
        pass

class Visitor(BrowserUser):
    @journey
    def look(self, page):
        pass
"""


def loaded_after(code: str, **environment: str) -> set[str]:
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), **environment}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, check=True)
    return set(json.loads(done.stdout))


def test_importing_simulator_loads_nothing_heavy():
    loaded = loaded_after("import simulator\nfrom simulator import journey, check, between, BrowserUser, expect")
    assert not loaded & {"locust", "gevent", "playwright", "numpy", "requests"}


def test_a_journey_file_imports_in_the_browser_host_without_locust_and_gevent():
    loaded = loaded_after(JOURNEY_FILE, SIMULATOR_BROWSER_HOST="1")
    assert not loaded & {"locust", "gevent"}


def test_unknown_names_are_attribute_errors():
    import simulator

    with pytest.raises(AttributeError, match="nobody"):
        simulator.nobody  # noqa: B018
    assert set(simulator.__all__) <= set(dir(simulator))


def test_a_journey_file_patches_nothing():
    loaded = loaded_after(
        JOURNEY_FILE + "\nimport socket, os\nassert 'gevent' not in socket.socket.__module__\n"
        "assert 'LOCUST_SKIP_MONKEY_PATCH' not in os.environ"
    )
    assert "locust" in loaded
    assert "playwright" not in loaded
