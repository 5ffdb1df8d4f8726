"""What a second worker adds, and what the master costs beside it."""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.engine.generator import Generator, cpu_s_of
from benchmarks.engine.peer import SCRIPTS, Peer, ours
from benchmarks.engine.target import CORE as TARGETS_CORE
from benchmarks.engine.target import Target
from simulator.environment.environment import free_ports

CORES = (0, 1)
USERS = 25
SETTLE_S = 3.0


@dataclass(frozen=True)
class Pace:
    """What a number of workers did.

    Attributes:
        per_s: requests a second, as the server counted them.
        per_cpu_s: requests for each second of CPU that a worker had; what others do on the machine does not change it.
    """

    per_s: float
    per_cpu_s: float


def scaling(rounds: int, seconds: float) -> str:
    """Markdown: one generator on one core with a server of its own, and two such pairs on two cores, in turns.

    There, workers share their cores with servers. What the master costs is measured beside a worker that has a core to
    itself, as workers elsewhere do: the master is on the server's core.
    """
    pairs: list[tuple[Pace, Pace]] = []
    shares: list[float] = []
    for turn in range(rounds):
        found = {count: _pace(count, seconds) for count in ((1, 2) if turn % 2 == 0 else (2, 1))}
        pairs.append((found[1], found[2]))
        shares.append(_master_share(seconds))
        print(
            f"  workers {turn + 1}/{rounds}: {found[1].per_s:,.0f}/s, {found[2].per_s:,.0f}/s, master {shares[-1]:.1%}",
            flush=True,
        )
    ones, twos = zip(*pairs, strict=True)
    master = statistics.median(shares)
    gained = statistics.median(two.per_s / one.per_s for one, two in pairs)
    by_cpu = statistics.median(2 * two.per_cpu_s / one.per_cpu_s for one, two in pairs)
    gates = (
        "two / one (at least 1.8) | by the CPU that workers had | master / a worker with a core to itself (under 5%)"
    )
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
    """Each worker asks the server on its own core: what one core wakes on another costs a virtual machine dearly."""
    cores, users, peer = CORES[:workers], USERS * workers, Peer("simulator", ours)
    with ExitStack() as stack:
        targets = [stack.enter_context(Target(core)) for core in cores]
        words = [*peer.command(targets[0].host, users), "--workers", str(workers)]
        env = {**peer.env("series", targets[0].host, users), "BESIDE": ",".join(target.host for target in targets)}
        generator = stack.enter_context(Generator(words, env, ",".join(map(str, cores))))
        for target in targets:
            generator.await_users(target, USERS)
        family = generator.processes()
        time.sleep(SETTLE_S)
        before = [cpu_s_of(process) for process in family]
        asked, began_s = sum(target.asked() for target in targets), time.monotonic()
        time.sleep(seconds)
        asked, lasted_s = sum(target.asked() for target in targets) - asked, time.monotonic() - began_s
        spent = [cpu_s_of(process) - cpu_s for process, cpu_s in zip(family, before, strict=True)]
    return Pace(asked / lasted_s, asked / sum(spent[1:] or spent))


def _master_share(seconds: float) -> float:
    """CPU of the master by that of its one worker."""
    [port], peer = free_ports(1), Peer("simulator", ours)
    with Target() as target:
        env = peer.env("series", target.host, USERS)
        listen = ["--remote-workers", "1", "--listen", f"127.0.0.1:{port}"]
        joins = ["worker", str(SCRIPTS / "ours.py"), "--master", f"127.0.0.1:{port}"]
        with (
            Generator([*peer.command(target.host, USERS), *listen], env, TARGETS_CORE) as master,
            Generator([sys.executable, "-m", "simulator", *joins], env) as crew,
        ):
            crew.await_users(target, USERS)
            time.sleep(SETTLE_S)
            before = [cpu_s_of(generator.processes()[0]) for generator in (master, crew)]
            time.sleep(seconds)
            after = [cpu_s_of(generator.processes()[0]) for generator in (master, crew)]
    of_master_s, of_worker_s = (late_s - early_s for early_s, late_s in zip(before, after, strict=True))
    return of_master_s / of_worker_s
