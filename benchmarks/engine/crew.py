"""Generators that take turns with others, each of which has the machine to itself.

A machine that is shared changes its speed within seconds, by more than generators differ. So all that are compared are
alive at once and take turns of half a second, in which the others are held still: shorter than what makes a master give
a worker up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.engine.generator import Generator
from benchmarks.engine.target import Target

TURN_S = 0.5
WARM_TURNS = 4


@dataclass(frozen=True)
class Pace:
    """What was done in one round.

    Attributes:
        requests: as the servers counted them.
        lasted_s: all turns together.
        cpu_s: user and system time of all processes of the generators.
    """

    requests: int
    lasted_s: float
    cpu_s: float


@dataclass(frozen=True)
class Crew:
    """Generators that work together, and the servers that they ask."""

    generators: Sequence[Generator]
    targets: Sequence[Target]

    def settle(self, users: int, seconds: float) -> None:
        """Wait until so many users are at each server and have found their pace, then hold still."""
        for target in self.targets:
            self.generators[0].await_users(target, users)
        time.sleep(seconds)
        self.freeze()

    def freeze(self) -> None:
        """Hold the generators still."""
        for generator in self.generators:
            generator.freeze()

    def turn(self) -> tuple[int, float]:
        """Have the machine for a turn; returns how many requests the servers counted, and how long it was."""
        asked, began_s = self._asked(), time.monotonic()
        for generator in self.generators:
            generator.thaw()
        time.sleep(TURN_S)
        self.freeze()
        lasted_s = time.monotonic() - began_s
        for generator in self.generators:
            generator.check()
        return self._asked() - asked, lasted_s

    def cpu_s(self) -> float:
        """What the generators took so far."""
        return sum(generator.cpu_s() for generator in self.generators)

    def _asked(self) -> int:
        return sum(target.asked() for target in self.targets)


def paces(crews: Sequence[Crew], rounds: int, seconds: float) -> list[list[Pace]]:
    """What each crew does in each round.

    Args:
        crews: settled.
        rounds: how many.
        seconds: how long each has the machine in a round, turn by turn.
    """
    _round(crews, WARM_TURNS)
    return [_round(crews, max(1, round(seconds / TURN_S))) for _ in range(rounds)]


def _round(crews: Sequence[Crew], turns: int) -> list[Pace]:
    requests, lasted_s = [0] * len(crews), [0.0] * len(crews)
    before_s = [crew.cpu_s() for crew in crews]
    for turn in range(turns):
        for at in range(len(crews)) if turn % 2 == 0 else reversed(range(len(crews))):
            more, turn_s = crews[at].turn()
            requests[at] += more
            lasted_s[at] += turn_s
    return [
        Pace(requests[at], lasted_s[at], crew.cpu_s() - spent_s)
        for at, (crew, spent_s) in enumerate(zip(crews, before_s, strict=True))
    ]
