"""What is measured, and what it may cost beside each peer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from benchmarks.engine.crew import Crew, paces
from benchmarks.engine.generator import Generator
from benchmarks.engine.peer import Peer
from benchmarks.engine.target import Target

SETTLE_S = 1.5


@dataclass(frozen=True)
class Case:
    """Some work, done by each peer in turns.

    Attributes:
        name: also what the scripts are told.
        title: for readers.
        users: how many.
        gates: peer → how many times its figure ours may be at most.
        tls: whether the work is done over TLS.
        of_memory: the figure is memory instead of CPU per request.
    """

    name: str
    title: str
    users: int
    gates: Mapping[str, float]
    tls: bool = False
    of_memory: bool = False

    def only(self, names: Sequence[str]) -> Case:
        """The same work, beside these peers alone."""
        return replace(self, gates={name: gate for name, gate in self.gates.items() if name in names})


CASES = (
    Case(
        "get",
        "One GET of small JSON with a status check, 50 users",
        50,
        {"FastHttpUser": 0.125, "k6": 0.25, "HttpUser": 0.03, "wrk": 4.0},
    ),
    Case(
        "journey", "A journey of four JSON requests with steps and checks, 50 users", 50,
        {"k6": 0.25, "FastHttpUser": 0.2},
    ),
    Case("tls", "One GET over TLS, kept alive, 50 users", 50, {"k6": 0.33, "FastHttpUser": 0.25, "wrk": 4.0}, tls=True),
    Case("think", "Memory of 1,000 users who think for a second", 1000, {"k6": 0.4}, of_memory=True),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What one peer took.

    Attributes:
        peer: its name.
        figures: one a round: CPU microseconds per request, or bytes.
        ratios: ours by its figure, in the same round; empty for ourselves.
        gate: what the ratio may be at most, or `None`.
    """

    peer: str
    figures: Sequence[float]
    ratios: Sequence[float]
    gate: float | None

    @property
    def ratio(self) -> float | None:
        """The median ratio, or `None` for ourselves."""
        return statistics.median(self.ratios) if self.ratios else None


def measure(case: Case, peers: Mapping[str, Peer], rounds: int, seconds: float) -> list[Row]:
    """Let ourselves and each peer of a case do its work in turns, in reversed order every other time."""
    names = ["simulator", *case.gates]
    found = (_memory if case.of_memory else _cpu)(case, [peers[name] for name in names], rounds, seconds)
    for turn, figures in enumerate(found, 1):
        said = ", ".join(f"{name} {figure:,.1f}" for name, figure in zip(names, figures, strict=True))
        print(f"  {case.name} {turn}/{rounds}: {said}", flush=True)
    return [
        Row(
            name,
            [figures[at] for figures in found],
            [figures[0] / figures[at] for figures in found] if at else [],
            case.gates.get(name),
        )
        for at, name in enumerate(names)
    ]


def _cpu(case: Case, peers: Sequence[Peer], rounds: int, seconds: float) -> list[list[float]]:
    """Microseconds a request of each peer in each round."""
    with ExitStack() as stack:
        crews = []
        for peer in peers:
            target = stack.enter_context(Target())
            crew = Crew([stack.enter_context(_generator(case, target, peer))], [target])
            crew.settle(case.users, SETTLE_S)
            crews.append(crew)
        return [[pace.cpu_s / pace.requests * 1e6 for pace in found] for found in paces(crews, rounds, seconds)]


def _memory(case: Case, peers: Sequence[Peer], rounds: int, seconds: float) -> list[list[float]]:
    """Bytes of each peer in each round, one peer alive at a time."""
    found: list[list[float]] = []
    with Target() as target:
        for turn in range(rounds):
            figures = {}
            for peer in peers if turn % 2 == 0 else reversed(peers):
                with _generator(case, target, peer) as generator:
                    generator.await_users(target, case.users)
                    time.sleep(SETTLE_S + seconds)
                    generator.check()
                    figures[peer.name] = float(generator.memory_bytes())
            found.append([figures[peer.name] for peer in peers])
    return found


def _generator(case: Case, target: Target, peer: Peer) -> Generator:
    host = target.tls_host if case.tls else target.host
    return Generator(peer.command(host, case.users), peer.env(case.name, host, case.users))
