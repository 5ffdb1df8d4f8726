"""What a journey costs with each tool.

A machine that is shared changes its speed within seconds, by more than tools differ. So all tools are alive at once and
take turns of a few seconds, in which the others are held still.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.browser.peer import PEERS
from benchmarks.browser.shop import Shop
from benchmarks.browser.spent import Spent
from benchmarks.browser.tool import Tool

TURN_S = 2.0
WARM_TURNS = 4


@dataclass(frozen=True)
class Cost:
    """What was measured in one round.

    Attributes:
        journeys: orders that the shop counted.
        spent: CPU seconds.
    """

    journeys: int
    spent: Spent

    @property
    def cpu_s(self) -> float:
        """CPU seconds for each journey."""
        return self.spent.all_s / self.journeys

    @property
    def rest_s(self) -> float:
        """What of it is not Chromium."""
        return self.spent.rest_s / self.journeys


def costs(
    names: Sequence[str], users: int, rounds: int, seconds: float, browser: str, tell: Callable[[str], None]
) -> dict[str, list[Cost]]:
    """What each tool's journeys cost in each round.

    Args:
        names: of the tools.
        users: of each.
        rounds: how many.
        seconds: how long each has the machine in a round, turn by turn.
        browser: the executable.
        tell: is told how it goes.
    """
    found: dict[str, list[Cost]] = {name: [] for name in names}
    with Shop() as shop, ExitStack() as stack:
        tools = []
        for name in names:
            tool = stack.enter_context(Tool(PEERS[name](), shop, users, browser))
            tool.warm_up()
            tool.freeze()
            tools.append(tool)
        _round(tools, shop, WARM_TURNS)  # the first to be held still have got cold meanwhile
        for turn in range(rounds):
            for name, cost in _round(tools, shop, max(1, round(seconds / TURN_S))).items():
                found[name].append(cost)
                tell(f"  {users} users {turn + 1}/{rounds} {name}: {cost.cpu_s:.3f} s, {cost.rest_s * 1000:.0f} ms of"
                     f" it not Chromium, {cost.journeys} journeys")  # fmt: skip
    return found


def _round(tools: Sequence[Tool], shop: Shop, turns: int) -> dict[str, Cost]:
    spent = {tool.peer.name: Spent(0.0, 0.0) for tool in tools}
    journeys = dict.fromkeys(spent, 0)
    for turn in range(turns):
        for tool in tools if turn % 2 == 0 else reversed(tools):
            before, orders = tool.spent(), shop.orders()
            tool.thaw()
            time.sleep(TURN_S)
            tool.freeze()
            tool.check()
            name = tool.peer.name
            spent[name] += tool.spent() - before
            journeys[name] += shop.orders() - orders
    return {name: Cost(journeys[name], spent[name]) for name in spent}
