"""What a second worker adds, and what the master costs beside it.

What one core wakes on another costs a virtual machine dearly, so workers share their cores with servers.
"""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import ExitStack

from benchmarks.engine.crew import Crew, paces
from benchmarks.engine.generator import Generator, cpu_s_of
from benchmarks.engine.peer import SCRIPTS, Peer, ours
from benchmarks.engine.target import CORE as TARGETS_CORE
from benchmarks.engine.target import Target
from simulator.environment.environment import free_ports

CORES = (0, 1)
USERS = 25
SETTLE_S = 3.0
NAMES = ("one process, one core", "two processes that know nothing of each other", "two workers, two cores")


def scaling(rounds: int, seconds: float) -> str:
    """Markdown: one generator with a server, two that know nothing of each other, and two workers.

    The second is what the cores allow. What the master costs is measured beside a worker that has a core to itself, as
    workers elsewhere do: the master is on the server's core.
    """
    with ExitStack() as stack:
        crews = [_apart(stack, 1), _apart(stack, 2), _workers(stack)]
        rates = [[pace.requests / pace.lasted_s for pace in found] for found in paces(crews, rounds, seconds)]
    for turn, found in enumerate(rates, 1):
        print(f"  workers {turn}/{rounds}: " + ", ".join(f"{per_s:,.0f}/s" for per_s in found), flush=True)
    shares = [_master_share(seconds) for _ in range(rounds)]
    print(f"  master: {', '.join(f'{share:.1%}' for share in shares)}", flush=True)
    rows = [f"| {rounds} rounds, 50 series | requests/s, median | by one process (two workers: at least 1.8) |",
            "|---|---|---|"]  # fmt: skip
    for at, name in enumerate(NAMES):
        per_s = statistics.median(found[at] for found in rates)
        gained = statistics.median(found[at] / found[0] for found in rates)
        rows.append(f"| {name} | {per_s:,.0f} | {gained:.2f} |")
    master = f"The master takes {statistics.median(shares):.1%} of a worker that has a core to itself (under 5%)."
    return "\n".join([*rows, "", master])


def _apart(stack: ExitStack, many: int) -> Crew:
    """So many processes of their own, each on one core with its server."""
    peer, generators, targets = Peer("simulator", ours), [], []
    for core in CORES[:many]:
        target = stack.enter_context(Target(core))
        words, env = peer.command(target.host, USERS), peer.env("series", target.host, USERS)
        generators.append(stack.enter_context(Generator(words, env, core)))
        targets.append(target)
    return _settled(Crew(generators, targets))


def _workers(stack: ExitStack) -> Crew:
    """A worker and its server on each core; the master is where it likes to be."""
    peer, users = Peer("simulator", ours), USERS * len(CORES)
    targets = [stack.enter_context(Target(core)) for core in CORES]
    words = [*peer.command(targets[0].host, users), "--workers", str(len(CORES))]
    env = {**peer.env("series", targets[0].host, users), "BESIDE": ",".join(target.host for target in targets)}
    generator = stack.enter_context(Generator(words, env, ",".join(map(str, CORES))))
    return _settled(Crew([generator], targets))


def _settled(crew: Crew) -> Crew:
    crew.settle(USERS, SETTLE_S)
    return crew


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
