"""Cost and memory beside the peers, as ratios within the same round."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.browser.cost import Cost

FRESH, RESET = "simulator", "simulator, reset"
NOT_CHROMIUM_MS = 45.0


@dataclass(frozen=True)
class Gate:
    """What one of ours may be at most of a peer's.

    Attributes:
        ours: which of ours.
        peer: beside whom.
        users: how many; 0 for any number.
        most: the ratio.
    """

    ours: str
    peer: str
    users: int
    most: float


OF_CPU = (
    Gate(FRESH, "Artillery", 0, 0.9),
    Gate(FRESH, "locust-plugins", 8, 0.7),
    Gate(RESET, "Artillery", 0, 0.7),
)
OF_REST = (Gate(FRESH, "plain Playwright", 0, 1.125),)
"""What is not Chromium. The aim was 45 ms where plain Playwright took 40; how long either takes is up to the processor
and to the version of Playwright."""

OF_MEMORY = (Gate(FRESH, "Artillery", 8, 0.85), Gate(FRESH, "locust-plugins", 8, 0.45))


def cpu_table(found: Mapping[str, Sequence[Cost]], users: int) -> str:
    """Markdown: medians of each, then each ratio that is limited."""
    rounds = len(next(iter(found.values())))
    lines = [
        f"| {users} users, {rounds} rounds | CPU s a journey, median | least | of it not Chromium, ms | journeys |",
        "|---|---|---|---|---|",
    ]
    for name, costs in found.items():
        cpu_s = [cost.cpu_s for cost in costs]
        lines.append(
            f"| {name} | {statistics.median(cpu_s):.3f} | {min(cpu_s):.3f} "
            f"| {_rest_ms(costs):.0f} | {sum(cost.journeys for cost in costs)} |"
        )
    lines += _gated(OF_CPU, users, {name: [cost.cpu_s for cost in costs] for name, costs in found.items()})
    rest_s = {name: [cost.rest_s for cost in costs] for name, costs in found.items()}
    lines += _ratios(OF_REST, users, rest_s, ", what is not Chromium")
    if FRESH in found:
        rest_ms = _rest_ms(found[FRESH])
        verdict = "holds" if rest_ms <= NOT_CHROMIUM_MS else "missed"
        lines.append(f"| not Chromium, ms | {rest_ms:.0f} | {NOT_CHROMIUM_MS:g} | {verdict} |")
    return "\n".join(lines)


def memory_table(found: Mapping[str, Sequence[int]], users: int) -> str:
    """The same of memory."""
    rounds = len(next(iter(found.values())))
    lines = [f"| {users} users, {rounds} rounds | PSS MiB at its peak, median | least | most |", "|---|---|---|---|"]
    for name, peaks in found.items():
        least, median, most = (each / 2**20 for each in (min(peaks), statistics.median(peaks), max(peaks)))
        lines.append(f"| {name} | {median:.0f} | {least:.0f} | {most:.0f} |")
    return "\n".join([*lines, *_gated(OF_MEMORY, users, found)])


def _rest_ms(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.rest_s for cost in costs) * 1000


def _gated(gates: Sequence[Gate], users: int, figures: Mapping[str, Sequence[float]]) -> list[str]:
    head = ["", "| ratio, median of rounds | | at most | |", "|---|---|---|---|"]
    return head + _ratios(gates, users, figures)


def _ratios(gates: Sequence[Gate], users: int, figures: Mapping[str, Sequence[float]], of_what: str = "") -> list[str]:
    lines = []
    for gate in gates:
        if gate.users in (0, users) and gate.ours in figures and gate.peer in figures:
            pairs = zip(figures[gate.ours], figures[gate.peer], strict=True)
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            verdict = "holds" if ratio <= gate.most else "missed"
            lines.append(f"| {gate.ours} / {gate.peer}{of_what} | {ratio:.3f} | {gate.most:g} | {verdict} |")
    return lines
