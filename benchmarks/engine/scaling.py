"""What a second worker adds, and what the master costs beside it."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

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
        per_cpu_s: requests for each second of CPU that a worker had; what others do on the machine does not change it.
        master_ratio: CPU of the master by that of one worker; `None` when there is none.
    """

    per_s: float
    per_cpu_s: float
    master_ratio: float | None


def scaling(rounds: int, seconds: float) -> str:
    """Markdown: one generator on one core with a server of its own, and two such pairs on two cores, in turns."""
    pairs: list[tuple[Pace, Pace]] = []
    for turn in range(rounds):
        found = {count: _pace(count, seconds) for count in ((1, 2) if turn % 2 == 0 else (2, 1))}
        pairs.append((found[1], found[2]))
        print(f"  workers {turn + 1}/{rounds}: {found[1].per_s:,.0f}/s, {found[2].per_s:,.0f}/s", flush=True)
    ones, twos = zip(*pairs, strict=True)
    master = statistics.median(two.master_ratio or 0.0 for two in twos)
    gained = statistics.median(two.per_s / one.per_s for one, two in pairs)
    by_cpu = statistics.median(2 * two.per_cpu_s / one.per_cpu_s for one, two in pairs)
    gates = "two / one (at least 1.8) | by the CPU that workers had | master / a worker (under 5%)"
    return "\n".join(
        [
            f"| {rounds} rounds, 50 series | requests/s, median | {gates} |",
            "|---|---|---|---|---|",
            f"| one process, one core | {statistics.median(one.per_s for one in ones):,.0f} | | | |",
            f"| two workers, two cores | {statistics.median(two.per_s for two in twos):,.0f} "
            f"| {gained:.2f} | {by_cpu:.2f} | {master:.1%} |",
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
    workers_cpu_s = spent[1:] or spent
    ratio = spent[0] / statistics.mean(workers_cpu_s) if crew else None
    return Pace(asked / lasted_s, asked / sum(workers_cpu_s), ratio)
