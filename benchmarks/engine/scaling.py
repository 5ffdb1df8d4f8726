"""What a second worker adds, and what the master costs beside it."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import psutil

from benchmarks.engine.generator import Generator, cpu_s_of
from benchmarks.engine.peer import Peer, ours
from benchmarks.engine.target import Target

CORES = (0, 1)
USERS = 25
SETTLE_S = 3.0


@dataclass(frozen=True)
class Pace:
    """What a number of workers did.

    Attributes:
        per_s: requests a second, as the server counted them.
        master_ratio: CPU of the master by that of one worker; `None` when there is none.
    """

    per_s: float
    master_ratio: float | None


def scaling(rounds: int, seconds: float) -> str:
    """Markdown: one generator on one core with a server of its own, and two such pairs on two cores, in turns."""
    ones, twos, ratios = [], [], []
    for turn in range(rounds):
        for count in (1, 2) if turn % 2 == 0 else (2, 1):
            (ones if count == 1 else twos).append(_pace(count, seconds))
        ratios.append(twos[-1].per_s / ones[-1].per_s)
        print(f"  workers {turn + 1}/{rounds}: {ones[-1].per_s:,.0f}/s, {twos[-1].per_s:,.0f}/s", flush=True)
    master = statistics.median(pace.master_ratio or 0.0 for pace in twos)
    gates = "two / one (at least 1.8) | master / a worker (under 5%)"
    one, two = (statistics.median(pace.per_s for pace in paces) for paces in (ones, twos))
    return "\n".join(
        [
            f"| {rounds} rounds, 50 series | requests/s, median | {gates} |",
            "|---|---|---|---|",
            f"| one process, one core | {one:,.0f} | | |",
            f"| two workers, two cores | {two:,.0f} | {statistics.median(ratios):.2f} | {master:.1%} |",
        ]
    )


def _pace(workers: int, seconds: float) -> Pace:
    cores, users, peer = CORES[:workers], USERS * workers, Peer("simulator", ours)
    with Target(cores) as target:
        words = [*peer.command(target.host, users), "--workers", str(workers)]
        with Generator(words, peer.env("series", target.host, users), ",".join(map(str, cores))) as generator:
            generator.await_users(target, USERS * workers)
            master, *crew = generator.processes()
            for process, core in zip(crew, cores, strict=False):
                process.cpu_affinity([core])
            time.sleep(SETTLE_S)
            before = [cpu_s_of(process) for process in (master, *crew)]
            asked, began_s = target.asked(), time.monotonic()
            time.sleep(seconds)
            asked, lasted_s = target.asked() - asked, time.monotonic() - began_s
            spent = [cpu_s_of(process) - cpu_s for process, cpu_s in zip((master, *crew), before, strict=True)]
    return Pace(asked / lasted_s, spent[0] / statistics.mean(spent[1:]) if crew else None)
