"""Cost and memory beside the peers, as ratios within the same round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.browser.cost import Cost, measure
from benchmarks.browser.peer import PEERS
from benchmarks.browser.shop import Shop

FRESH, RESET = "simulator", "simulator, reset"
NOT_CHROMIUM_MS = 45.0


@dataclass(frozen=True)
class Gate:
    """What one of ours may be at most of a peer's.

    Attributes:
        what: cpu or memory.
        ours: which of ours.
        peer: beside whom.
        users: how many; 0 for any number.
        most: the ratio.
    """

    what: str
    ours: str
    peer: str
    users: int
    most: float


GATES = (
    Gate("cpu", FRESH, "Artillery", 0, 0.9),
    Gate("cpu", FRESH, "locust-plugins", 8, 0.7),
    Gate("cpu", RESET, "Artillery", 0, 0.7),
    Gate("memory", FRESH, "Artillery", 8, 0.85),
    Gate("memory", FRESH, "locust-plugins", 8, 0.45),
)


def compare(
    names: Sequence[str], users: int, rounds: int, seconds: float, browser: str, tell: Callable[[str], None]
) -> dict[str, list[Cost]]:
    """What each cost in each round; they take turns, every other round in reversed order."""
    found: dict[str, list[Cost]] = {name: [] for name in names}
    peers = {name: PEERS[name]() for name in names}
    with Shop() as shop:
        for turn in range(rounds):
            for name in names if turn % 2 == 0 else reversed(names):
                cost = measure(peers[name], shop, users, browser, seconds)
                found[name].append(cost)
                tell(f"  {users} users {turn + 1}/{rounds} {name}: {cost.cpu_s:.3f} s, {cost.rest_s * 1000:.0f} ms of"
                     f" it not Chromium, {cost.memory_bytes / 2**20:.0f} MiB, {cost.journeys} journeys")  # fmt: skip
    return found


def table_of(found: Mapping[str, Sequence[Cost]], users: int) -> str:
    """Markdown: medians of each, then each ratio that is limited."""
    lines = [
        f"| {users} users, {len(next(iter(found.values())))} rounds | CPU s a journey, median | least "
        "| of it not Chromium, ms | PSS MiB, median | journeys |",
        "|---|---|---|---|---|---|",
    ]
    for name, costs in found.items():
        cpu, rest, memory = (sorted(values) for values in zip(*(figures(cost) for cost in costs), strict=True))
        journeys = sum(cost.journeys for cost in costs)
        lines.append(
            f"| {name} | {statistics.median(cpu):.3f} | {cpu[0]:.3f} | {statistics.median(rest) * 1000:.0f} "
            f"| {statistics.median(memory) / 2**20:.0f} | {journeys} |"
        )
    lines += ["", "| ratio, median of rounds | | at most | |", "|---|---|---|---|"]
    for gate in GATES:
        if gate.users in (0, users) and gate.ours in found and gate.peer in found:
            ratio = statistics.median(ratios(gate, found))
            verdict = "holds" if ratio <= gate.most else "missed"
            lines.append(f"| {gate.what} of {gate.ours} / {gate.peer} | {ratio:.3f} | {gate.most:g} | {verdict} |")
    if FRESH in found:
        rest_ms = statistics.median(cost.rest_s for cost in found[FRESH]) * 1000
        verdict = "holds" if rest_ms <= NOT_CHROMIUM_MS else "missed"
        lines.append(f"| not Chromium, ms | {rest_ms:.0f} | {NOT_CHROMIUM_MS:g} | {verdict} |")
    return "\n".join(lines)


def figures(cost: Cost) -> tuple[float, float, float]:
    """CPU, what of it is not Chromium, memory."""
    return cost.cpu_s, cost.rest_s, float(cost.memory_bytes)


def ratios(gate: Gate, found: Mapping[str, Sequence[Cost]]) -> list[float]:
    """Ours by the peer's, round by round."""
    pairs = zip(found[gate.ours], found[gate.peer], strict=True)
    if gate.what == "cpu":
        return [ours.cpu_s / theirs.cpu_s for ours, theirs in pairs]
    return [ours.memory_bytes / theirs.memory_bytes for ours, theirs in pairs]
