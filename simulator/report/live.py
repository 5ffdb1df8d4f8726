"""A run while it goes on: a screen for terminals, a line for logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from simulator.record.cell import Cell, merged
from simulator.record.manifest import Manifest, PlannedPhase
from simulator.record.measurements import Measurements
from simulator.record.sample import SeriesKey
from simulator.report.wording import SIGNS
from simulator.safe_text import clean, without_commands
from simulator.threshold.ruling import Ruling
from simulator.threshold.verdict import title
from simulator.units import show

LOOK_BACK_S = 10
STYLES = {"pass": "green", "fail": "red", "no data": "dim", "inconclusive": "yellow"}


def live_line(
    manifest: Manifest,
    measurements: Measurements,
    elapsed_s: float,
    users: Mapping[str, int],
    rulings: Sequence[Ruling],
) -> str:
    """One plain line: when, phase, users, rate, p50, p95, errors, thresholds that do not hold."""
    cell, lasted_s = _lately(measurements, [k for k in measurements.totals if k.level == "operation"])
    broken = sum(ruling.is_broken for ruling in rulings)
    parts = [
        f"{_clock(elapsed_s)} {_phase_name(manifest, elapsed_s)}",
        f"{sum(users.values())} users",
        show(cell.count / lasted_s if lasted_s else 0.0, "per_s"),
        f"p50 {show(cell.ok.percentile(0.5), 's')}",
        f"p95 {show(cell.ok.percentile(0.95), 's')}",
        f"errors {show(cell.errors / cell.count if cell.count else None, 'share')}",
    ]
    if rulings:
        parts.append(_standing(rulings, broken))
    return without_commands("  ".join(parts))


def _standing(rulings: Sequence[Ruling], broken: int) -> str:
    """How thresholds stand, in a few words; one without data does not hold."""
    if broken:
        return f"{broken} of {len(rulings)} thresholds broken"
    waiting = sum(ruling.result == "no data" for ruling in rulings)
    holding = f"{len(rulings) - waiting} thresholds hold"
    return f"{holding}, {waiting} without data" if waiting else holding


def live_screen(
    manifest: Manifest,
    measurements: Measurements,
    elapsed_s: float,
    users: Mapping[str, int],
    rulings: Sequence[Ruling],
    notes: Sequence[str],
    width: int,
    height: int,
) -> RenderableType:
    """Progress, journeys and steps over the last seconds, thresholds; the least important is left out when it is tight.

    Args:
        manifest: what was planned.
        measurements: so far.
        elapsed_s: since the run began.
        users: user class → how many live now.
        rulings: of the thresholds so far.
        notes: what happened lately.
        width: of the terminal, in columns.
        height: of the terminal, in lines.
    """
    parts: list[RenderableType] = [_head(manifest, elapsed_s, users, width)]
    left = height - 6 - len(notes[-2:])
    journeys = _journeys(measurements, max(3, left - min(len(rulings) + 1, max(4, left // 3))))
    parts.append(journeys)
    if rulings:
        parts += ["", _rulings(rulings, max(3, left - journeys.row_count - 1))]
    parts += [Text(clean(note), style="dim", no_wrap=True, overflow="ellipsis") for note in notes[-2:]]
    return Group(*parts)


def _head(manifest: Manifest, elapsed_s: float, users: Mapping[str, int], width: int) -> RenderableType:
    total_s = sum(phase.duration_s or 0.0 for phase in manifest.phases)
    line = Table.grid(padding=(0, 2), expand=True)
    line.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for _ in range(3):
        line.add_column(no_wrap=True, overflow="ellipsis")
    living = ", ".join(f"{count} {clean(name)}" for name, count in users.items() if count)
    line.add_row(
        Text(f"{clean(manifest.build)} at {clean(manifest.host)}", style="bold"),
        Text(_phase_name(manifest, elapsed_s), style="cyan"),
        Text(f"{_clock(elapsed_s)} of {_clock(total_s)}"),
        Text(living, style="dim"),
    )
    return Group(line, ProgressBar(total=total_s or 1.0, completed=min(elapsed_s, total_s), width=min(width, 100)), "")


def _journeys(measurements: Measurements, lines: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(f"journey / step, last {LOOK_BACK_S} s", overflow="ellipsis", no_wrap=True)
    for head in ("rate", "p50", "p95", "errors"):
        table.add_column(head, justify="right", no_wrap=True)
    groups: dict[tuple[str, str, str], list[SeriesKey]] = defaultdict(list)
    for key in measurements.totals:
        if key.level in ("journey", "step"):
            groups[key.user, key.journey, key.step].append(key)
    chosen = sorted(groups) if len(groups) <= lines else sorted(k for k in groups if not k[2])[:lines]
    for user, journey, step in chosen:
        cell, lasted_s = _lately(measurements, groups[user, journey, step])
        name = Text(f"  {clean(step)}" if step else clean(journey), style="" if step else "bold")
        errors = Text(f"{cell.errors:,}", style="red" if cell.errors else "dim")
        rate = show(cell.count / lasted_s if lasted_s else 0.0, "per_s")
        table.add_row(name, rate, *(show(cell.ok.percentile(q), "s") for q in (0.5, 0.95)), errors)
    return table


def _rulings(rulings: Sequence[Ruling], lines: int) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, min_width=1)
    table.add_column(no_wrap=True, min_width=7, justify="right")
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    weight = {"fail": 0, "inconclusive": 1, "no data": 2, "pass": 3}
    ordered = sorted(rulings, key=lambda r: weight[r.result])
    shown = ordered if len(ordered) <= lines else ordered[: lines - 1]
    for ruling in shown:
        style = STYLES[ruling.result]
        value = show(ruling.value, ruling.unit, beside=None if ruling.relative else ruling.limit)
        table.add_row(Text(SIGNS[ruling.result], style=style), Text(value, style=style), Text(clean(title(ruling))))
    if len(shown) < len(ordered):
        rest = sum(ruling.result == "pass" for ruling in ordered[len(shown) :])
        table.add_row("", "", Text(f"and {len(ordered) - len(shown)} more, {rest} of them hold", style="dim"))
    return table


def _lately(measurements: Measurements, keys: Sequence[SeriesKey]) -> tuple[Cell, float]:
    """What was measured in the last seconds, and how many those are."""
    first = max(0, measurements.last_second - LOOK_BACK_S + 1)
    cells = measurements.seconds(keys)
    lasted_s = float(measurements.last_second - first + 1)
    return merged(cell for second, cell in cells.items() if second >= first), lasted_s


def _phase_name(manifest: Manifest, elapsed_s: float) -> str:
    begun = [phase for phase in manifest.phases if phase.start_s <= elapsed_s]
    phase: PlannedPhase | None = begun[-1] if begun else None
    return clean(phase.name) if phase else ""


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"
