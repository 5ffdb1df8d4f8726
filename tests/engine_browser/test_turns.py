"""How the host and its browsers share the processors with others."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

from simulator.engine.browser.turns import take_long_turns
from tests.engine_browser.browser_run import Run
from tests.engine_browser.browser_site import Site

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux computes in batches")


def test_the_host_and_all_that_it_starts_push_nobody_aside_and_the_engine_stays_as_it_was(
    own_run: Callable[..., Run], site: Site
):
    run = own_run().start()
    site.forget("/never")
    run.set_out("wait")
    assert site.reached("/never").acquire(timeout=30)
    policies = {each.pid: os.sched_getscheduler(each.pid) for each in run.family()}
    known = {run.host.pid, run.driver().pid, run.browser().pid, *(each.pid for each in run.renderers())}
    assert len(known) >= 4
    assert known <= policies.keys()
    assert set(policies.values()) == {os.SCHED_BATCH}
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_a_system_that_refuses_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    take_long_turns()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
