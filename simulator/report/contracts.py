"""What a run says about contracts: how many answers were checked, what broke, and from which load level on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.record.cell import Cell, merged
from simulator.record.measurements import Measurements
from simulator.record.sample import SeriesKey
from simulator.record.source import GENERATOR

CLASS = "contract"
"""The error class of a broken promise."""


@dataclass(frozen=True)
class Onset:
    """From which load level on promises are broken.

    Attributes:
        per_s: operations that ended in the calmest second with a violation.
        users: how many lived in it; `None` when nobody counted.
        at_s: when the first violation was seen, since the run began.
        clean: answers that were checked in calmer seconds, all of them as promised.
        clean_per_s: operations in the busiest of those; `None` when there were none.
    """

    per_s: float
    users: float | None
    at_s: float
    clean: int
    clean_per_s: float | None


def contract_rows(measurements: Measurements, about: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The part of `run.json` about contracts; `None` when the run checked none.

    Args:
        measurements: of the whole run.
        about: what answers were checked against, as the controller noted it.
    """
    if not about:
        return None
    phases = {phase.name for phase in measurements.phases if phase.measured}
    series: dict[SeriesKey, list[Cell]] = defaultdict(list)
    for key, cell in measurements.totals.items():
        if key.level == CLASS and key.phase in phases:
            series[key._replace(phase="")].append(cell)
    rows = [_row(key, merged(cells)) for key, cells in sorted(series.items())]
    began = onset(measurements)
    checked = sum(row["checked"] for row in rows)
    return {
        "files": list(about.get("files", ())),
        "checked": checked,
        "violating": sum(row["violating"] for row in rows),
        "left_out": sum(row["left_out"] for row in rows),
        "mean_check_s": merged(cell for cells in series.values() for cell in cells).ok.mean(),
        "unchecked": sorted(set(_without_contract(measurements, phases))),
        "onset": None if began is None else vars(began),
        "operations": rows,
    }


def onset(measurements: Measurements) -> Onset | None:
    """The calmest second in which an answer broke a contract; `None` when none did."""
    operations = measurements.seconds(key for key in measurements.totals if key.level == "operation")
    checks = measurements.seconds(key for key in measurements.totals if key.level == CLASS)
    broken = [second for second, cell in checks.items() if cell.errors]
    if not broken:
        return None

    def per_s(second: int) -> int:
        cell = operations.get(second)
        return cell.count if cell else 0

    calmest = min(broken, key=lambda second: (per_s(second), second))
    calmer = [second for second, cell in checks.items() if cell.count and per_s(second) < per_s(calmest)]
    users = [reading.value for reading in measurements.readings(GENERATOR, "users") if int(reading.at_s) == calmest]
    return Onset(
        float(per_s(calmest)), sum(users) if users else None, float(min(broken)),
        sum(checks[second].count for second in calmer), max(map(per_s, calmer), default=None),
    )  # fmt: skip


def contract_sentences(rows: Mapping[str, Any] | None) -> Iterator[str]:
    """What a reader should know about the contracts of a run."""
    if rows is None:
        return
    total = rows["checked"] + rows["left_out"]
    looked = f"{rows['checked']:,} of {total:,} answers were checked against {', '.join(rows['files'])}"
    yield f"{looked}; {rows['violating']:,} broke a contract" if rows["violating"] else f"{looked}; all keep it"
    began = rows["onset"]
    if began is not None:
        users = f" and {began['users']:g} users" if began["users"] is not None else ""
        level = (
            f"contract violations appear from {began['per_s']:g} operations/s{users} on, first at {began['at_s']:g} s"
        )
        if began["clean"]:
            calm = f"; {began['clean']:,} answers at up to {began['clean_per_s']:g} operations/s were all as promised"
        else:
            calm = "; there was no calmer second in which all was as promised"
        yield level + calm
    if rows["unchecked"]:
        yield f"no contract says anything about {', '.join(rows['unchecked'][:5])}" + (
            f" and {len(rows['unchecked']) - 5} more" if len(rows["unchecked"]) > 5 else ""
        )


def _row(key: SeriesKey, cell: Cell) -> dict[str, Any]:
    return {
        "user": key.user, "journey": key.journey, "step": key.step or None, "name": key.name,
        "checked": cell.count, "violating": cell.errors, "left_out": cell.dropped,
        "share": cell.errors / cell.count if cell.count else None,
    }  # fmt: skip


def _without_contract(measurements: Measurements, phases: set[str]) -> Iterator[str]:
    """HTTP operations of API users that no contract mentions."""
    covered = {key._replace(level="operation") for key in measurements.totals if key.level == CLASS}
    users = {key.user for key in covered}
    for key in measurements.totals:
        is_asked = key.level == "operation" and key.kind == "http" and key.phase in phases
        if is_asked and key not in covered and (not users or key.user in users):
            yield key.name
