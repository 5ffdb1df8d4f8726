import os
import subprocess
import sys
from time import monotonic

import psutil
import pytest

from simulator.engine.appetite import Appetite
from simulator.engine.family import Family, usage_of

COMPUTES_S = 0.4
HELPER = f"""
import subprocess, sys
child = "import time; end = time.process_time() + {COMPUTES_S}\\nwhile time.process_time() < end: pass"
for line in sys.stdin:
    subprocess.run([sys.executable, "-c", child])
    print("done", flush=True)
"""
PARENT = """
import subprocess, sys
for line in sys.stdin:
    child = subprocess.Popen(["sleep", "60"])
    print(child.pid, flush=True)
"""


class Helping:
    """A process that does something for each line that it is sent, and answers with one."""

    def __init__(self, script: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask(self) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def helping(request: pytest.FixtureRequest):
    made = Helping(request.param)
    yield made
    made.end()


@pytest.mark.parametrize("helping", [HELPER], indirect=True)
def test_what_a_helpers_children_computed_counts_though_they_have_ended(helping: Helping):
    helping.ask()
    appetite = Appetite(lambda: [helping.pid], monotonic)
    before_s = monotonic()
    helping.ask()
    cpu_ratio, size_bytes = appetite.read()
    assert cpu_ratio is not None
    assert cpu_ratio * (monotonic() - before_s) >= COMPUTES_S * 0.9
    assert size_bytes > 10_000_000


@pytest.mark.parametrize("helping", [PARENT], indirect=True)
def test_a_family_finds_children_of_those_who_had_some_and_forgets_who_has_ended(helping: Helping):
    outer = Family(os.getpid())
    assert helping.pid in outer.members
    first = int(helping.ask())
    assert first not in outer.members
    outer.scan()
    second = int(helping.ask())
    outer.refresh()
    assert {first, second} <= outer.members
    for pid in (first, second):
        subprocess.run(["kill", str(pid)], check=True)
    outer.forget({first, second})
    assert not {first, second} & outer.members


def test_a_helper_that_is_gone_takes_nothing():
    gone = Helping(HELPER)
    gone.ask()  # it has come up
    appetite = Appetite(lambda: [gone.pid], monotonic)
    _, with_it_bytes = appetite.read()
    gone.end()
    _, without_bytes = appetite.read()
    assert without_bytes < with_it_bytes


@pytest.mark.parametrize("helping", [PARENT], indirect=True)
def test_what_a_process_has_used_is_what_psutil_says_of_it(helping: Helping):
    child = int(helping.ask())  # it has come up, and waits
    usage, known = usage_of(helping.pid), psutil.Process(helping.pid)
    assert usage is not None
    times = known.cpu_times()
    assert usage.cpu_s == pytest.approx(times.user + times.system, abs=0.02)
    assert usage.memory_bytes == pytest.approx(known.memory_info().rss, rel=0.1)
    subprocess.run(["kill", str(child)], check=True)
    helping.end()
    assert usage_of(helping.pid) is None


def test_pages_of_browsers_are_members_and_not_looked_into():
    page = Helping(PARENT, "--type=renderer")
    try:
        child = int(page.ask())
        family = Family(os.getpid())
        subprocess.run(["kill", str(child)], check=True)
        assert page.pid in family.members
        assert child not in family.members
    finally:
        page.end()
