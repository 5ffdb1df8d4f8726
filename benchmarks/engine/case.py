"""What is measured, and what it may cost beside each peer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.engine.generator import Cost, Generator
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


def measure(case: Case, target: Target, peers: Mapping[str, Peer], rounds: int, seconds: float) -> list[Row]:
    """Let ourselves and each peer of a case do its work in turns, in reversed order every other round."""
    names = ["simulator", *case.gates]
    figures: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names if turn % 2 == 0 else reversed(names):
            figures[name].append(_figure(case, _one(case, target, peers[name], seconds)))
            print(f"  {case.name} {turn + 1}/{rounds} {name}: {figures[name][-1]:,.1f}", flush=True)
    own = figures["simulator"]
    return [
        Row(
            name,
            figures[name],
            [] if name == "simulator" else [ours / theirs for ours, theirs in zip(own, figures[name], strict=True)],
            case.gates.get(name),
        )
        for name in names
    ]


def _one(case: Case, target: Target, peer: Peer, seconds: float) -> Cost:
    host = target.tls_host if case.tls else target.host
    with Generator(peer.command(host, case.users), peer.env(case.name, host, case.users)) as generator:
        generator.await_users(target, case.users)
        time.sleep(SETTLE_S)
        cost = generator.cost(target, seconds)
    while target.connections():  # the next one shall not be billed for these
        time.sleep(0.1)
    return cost


def _figure(case: Case, cost: Cost) -> float:
    return float(cost.memory_bytes) if case.of_memory else cost.us_per_request
