"""Measures what one browser user costs on this machine: the shop's four steps, one user, then a few."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import psutil

from simulator.engine.browser import BrowserHost
from simulator.engine.browser.capacity import UserCost
from simulator.errors import BringUpError
from simulator.plan.cast import UserSpec
from simulator.record.recorder import Recorder

YARDSTICK = Path(__file__).with_name("yardstick") / "shop.py"
USER, JOURNEY = "Yardstick", "buy"
WARM, MEASURED, TOGETHER = 2, 6, 4


def measure_cost() -> UserCost:
    """What a user costs, in some ten seconds.

    Raises:
        BringUpError: there is no browser, or the shop does not start.
    """
    with _shop() as url:
        recorder = Recorder()
        host = BrowserHost([UserSpec(USER, "browser", str(YARDSTICK))], url)
        host.start(recorder)
        try:
            family = psutil.Process(host.pid)
            base_bytes = _memory(family)
            for _ in range(WARM):
                host.run(USER, 0, JOURNEY)
            cpu_s, began_s = _cpu_s(family), time.monotonic()
            for _ in range(MEASURED):
                host.run(USER, 0, JOURNEY)
            took_s, cpu_s = (time.monotonic() - began_s) / MEASURED, (_cpu_s(family) - cpu_s) / MEASURED
            user_bytes = max(1e6, (_most_memory(host, family) - base_bytes) / TOGETHER)
        finally:
            host.stop(0)
        _check(recorder)
    return UserCost(host.description, cpu_s, took_s, base_bytes, user_bytes, measured=True)


def _most_memory(host: BrowserHost, family: psutil.Process) -> float:
    """The most memory while some users go on journeys at the same time."""

    def live(number: int) -> None:
        for _ in range(2):
            host.run(USER, number, JOURNEY)

    users = [Thread(target=live, args=(number,)) for number in range(TOGETHER)]
    for user in users:
        user.start()
    most = 0.0
    while any(user.is_alive() for user in users):
        most = max(most, _memory(family))
        users[0].join(0.1)
        users[-1].join(0.1)
    return most


def _check(recorder: Recorder) -> None:
    window = recorder.fold(0)
    failed = [failure.message for failure in window.failures.values() if failure.is_failure]
    if failed:
        raise BringUpError("the shop's journey does not pass in this browser", detail="\n".join(failed))


@contextmanager
def _shop() -> Iterator[str]:
    command = [sys.executable, "-m", "simulator.demo", "shop"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as shop:
        assert shop.stdout is not None
        try:
            url = shop.stdout.readline().strip()
            if not url:
                raise BringUpError("the embedded shop does not start")
            yield url
        finally:
            shop.terminate()


def _members(family: psutil.Process) -> Iterator[psutil.Process]:
    yield family
    yield from family.children(recursive=True)


def _cpu_s(family: psutil.Process) -> float:
    total = 0.0
    for process in _members(family):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _memory(family: psutil.Process) -> float:
    total = 0.0
    for process in _members(family):
        try:
            about = process.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(about, "pss", about.uss)
    return total
