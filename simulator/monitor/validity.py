"""Can this measurement be trusted? Looks at the generator, the plan and the data, never at the target's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.record.validity import ValidityCheck
from simulator.units import show_duration, show_share

MOST_LOOP_CPU = 0.90
MOST_LATE_SECONDS = 0.2


def validity_of(
    measurements: Measurements,
    manifest: Manifest,
    ending: Mapping[str, Any] | None,
) -> list[ValidityCheck]:
    """Every condition under which a measurement counts, with what was found.

    Args:
        measurements: of the whole run.
        manifest: what was planned.
        ending: how the run ended; `None` when it never came to its end.
    """
    checks = [
        _complete(ending, measurements),
        _loop_lag(measurements, manifest.most_loop_lag_s),
        _loop_cpu(measurements),
    ]
    checks.append(_start_lag(measurements, manifest.most_loop_lag_s))
    return [check for check in checks if check is not None]


def _complete(ending: Mapping[str, Any] | None, measurements: Measurements) -> ValidityCheck:
    reason = "the run came to its end"
    if ending is None:
        reason = (
            f"the run was killed: what was measured until second {measurements.last_second} is here, the rest is not"
        )
    elif ending.get("lost"):
        reason = f"the run stopped measuring: {ending['lost']}"
    ok = ending is not None and not ending.get("lost")
    return ValidityCheck("complete", ok, None, None, reason)


def _loop_lag(measurements: Measurements, most_s: float) -> ValidityCheck | None:
    """The generator's own lateness.

    A reading is the worst of some 20 beats in its second: a fifth of the seconds beyond the limit are 1 beat in 100.
    """
    values = sorted(_measured(measurements, "loop_lag"))
    if not values:
        return None
    lag_s = values[min(len(values) - 1, int(len(values) * (1 - MOST_LATE_SECONDS)))]
    ok = lag_s <= most_s
    text = f"the generator's event loop was late by up to {show_duration(lag_s)} in 4 of 5 seconds"
    reason = text if ok else f"{text}: it was too busy to measure; give it more CPU or less load"
    return ValidityCheck("loop lag", ok, lag_s, most_s, reason)


def _loop_cpu(measurements: Measurements) -> ValidityCheck | None:
    values = sorted(_measured(measurements, "loop_cpu"))
    if not values:
        return None
    mean = sum(values) / len(values)
    ok = mean <= MOST_LOOP_CPU
    text = f"the generator's process used {show_share(mean)} of a core"
    reason = text if ok else f"{text}: it could not keep up; use more workers or less load"
    return ValidityCheck("generator CPU", ok, mean, MOST_LOOP_CPU, reason)


def _start_lag(measurements: Measurements, most_s: float) -> ValidityCheck | None:
    """Planned starts that were late because of the generator, not because nobody was free."""
    values = sorted(_measured(measurements, "start_lag"))
    if not values:
        return None
    median_s = values[len(values) // 2]
    ok = median_s <= most_s
    text = (
        f"journeys were started {show_duration(median_s)} after their planned moment (median of the worst per second)"
    )
    reason = text if ok else f"{text}: the generator was too slow"
    return ValidityCheck("start lag", ok, median_s, most_s, reason)


def _measured(measurements: Measurements, metric: str) -> Iterator[float]:
    for phase in measurements.phases:
        if not phase.measured:
            continue
        end_s = phase.end_s if phase.end_s is not None else measurements.last_second + 1
        for reading in measurements.readings("generator", metric):
            if phase.start_s <= reading.at_s <= end_s:
                yield reading.value
