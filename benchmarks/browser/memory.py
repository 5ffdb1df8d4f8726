"""How much memory each tool takes, with the machine to itself: what tools share would count for neither."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.browser.peer import PEERS
from benchmarks.browser.shop import Shop
from benchmarks.browser.tool import Tool

LOOK_EVERY_S = 2.0


def peaks(
    names: Sequence[str], users: int, rounds: int, seconds: float, browser: str, tell: Callable[[str], None]
) -> dict[str, list[int]]:
    """The most bytes (PSS) that each was seen to take in each round; every other round in reversed order."""
    found: dict[str, list[int]] = {name: [] for name in names}
    peers = {name: PEERS[name]() for name in names}
    with Shop() as shop:
        for turn in range(rounds):
            for name in names if turn % 2 == 0 else reversed(names):
                with Tool(peers[name], shop, users, browser) as tool:
                    tool.warm_up()
                    found[name].append(_peak(tool, seconds))
                    tell(f"  {users} users {turn + 1}/{rounds} {name}: {found[name][-1] / 2**20:.0f} MiB")
    return found


def _peak(tool: Tool, seconds: float) -> int:
    until_s, most = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:
        most = max(most, tool.memory_bytes())
        time.sleep(LOOK_EVERY_S)
    tool.check()
    return most
