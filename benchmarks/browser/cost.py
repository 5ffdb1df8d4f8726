"""What a journey costs with each tool."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.browser.family import cpu_s, pss_bytes
from benchmarks.browser.group import Group
from benchmarks.browser.peer import Peer
from benchmarks.browser.shop import Shop

WARM_WITHIN_S = 120.0
WARM_JOURNEYS = 20
LOOK_EVERY_S = 2.0


@dataclass(frozen=True)
class Cost:
    """What was measured in one window.

    Attributes:
        journeys: orders that the shop counted.
        chromium_s: CPU seconds of the browser for each of them.
        rest_s: CPU seconds of everything else for each of them.
        memory_bytes: the most memory (PSS) of all processes that was seen.
        seconds: how long the window was.
    """

    journeys: int
    chromium_s: float
    rest_s: float
    memory_bytes: int
    seconds: float

    @property
    def cpu_s(self) -> float:
        """CPU seconds for each journey."""
        return self.chromium_s + self.rest_s


def measure(peer: Peer, shop: Shop, users: int, browser: str, seconds: float) -> Cost:
    """Let a tool's users go round until Node has compiled what it runs often, then measure for so long.

    Raises:
        RuntimeError: it ended by itself, or its users do not get through.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-browser-") as folder:
        log = Path(folder, "log")
        env = peer.env(shop.host, users, browser)
        words = [word.replace("$HOST", shop.host) for word in peer.command(users)]
        env = {name: value.replace("$BROWSER", browser) for name, value in env.items()}
        with log.open("wb") as out, Group() as group:
            process = subprocess.Popen(
                group.command(words), stdout=out, stderr=out, cwd=folder, env=env, start_new_session=True
            )
            try:
                _warm(process, shop, users, log)
                return _window(process.pid, group, shop, seconds)
            finally:
                _end(process)


def _warm(process: subprocess.Popen[bytes], shop: Shop, users: int, log: Path) -> None:
    wanted, deadline_s = shop.orders() + WARM_JOURNEYS + users, time.monotonic() + WARM_WITHIN_S
    while shop.orders() < wanted:
        if process.poll() is not None or time.monotonic() > deadline_s:
            raise RuntimeError(f"no journeys:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.2)


def _window(pid: int, group: Group, shop: Shop, seconds: float) -> Cost:
    began_s, before, orders = time.monotonic(), cpu_s(pid), shop.orders()
    all_before_s = group.cpu_s()
    memory_bytes = 0
    while time.monotonic() < began_s + seconds:
        memory_bytes = max(memory_bytes, pss_bytes(pid))
        time.sleep(LOOK_EVERY_S)
    after, orders, took_s = cpu_s(pid), shop.orders() - orders, time.monotonic() - began_s
    all_after_s = group.cpu_s()
    spent = {role: after[role] - before.get(role, 0.0) for role in after}
    chromium_s = spent.pop("chromium", 0.0)
    rest_s = sum(spent.values())
    if all_before_s is not None and all_after_s is not None:
        chromium_s = all_after_s - all_before_s - rest_s  # with those whose parents did not wait for them
    return Cost(orders, chromium_s / orders, rest_s / orders, memory_bytes, took_s)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Its own session: nobody else is in it, except browsers that made one of their own and end with their driver."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
