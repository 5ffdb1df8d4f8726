"""Can this measurement be trusted? Looks at the generator, the plan and the data, never at the target's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.record.sample import Reading
from simulator.record.source import GENERATOR
from simulator.record.validity import ValidityCheck
from simulator.units import show_duration, show_share

MOST_LOOP_CPU = 0.90
MOST_LATE_SECONDS = 0.2
STALL_S = 1.0
MOST_STALLED_RATIO = 0.01
MOST_LOST_RATIO = 0.05
MOST_CLOCK_STEP_S = 1.0
MOST_BROWSER_LAG_S = 0.25
MINUTE_S = 60.0


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
    most_s = manifest.most_loop_lag_s
    checks = [_complete(ending, measurements), _loop_lag(measurements, most_s), _loop_cpu(measurements)]
    checks += [_stalls(measurements, most_s)]
    checks += [_start_lag(measurements, most_s), _workers(ending), _clock(measurements), _pace(measurements)]
    checks += [_browser_lag(measurements), _browser_wait(measurements, manifest.most_browser_wait_ratio)]
    checks += [_browser_deaths(measurements, manifest.most_browser_deaths)]
    checks += [_data(ending), _open_files(measurements)]
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


def _stalls(measurements: Measurements, most_s: float) -> ValidityCheck | None:
    """Whole seconds in which the generator stood still, as when its machine sleeps; they made every answer late.

    A percentile as high as p99 hangs on 1% of the run.
    """
    values = list(_measured(measurements, "loop_lag"))
    if not values:
        return None
    stalls = [value for value in values if value > max(STALL_S, most_s)]
    ratio = sum(stalls) / max(len(values) + sum(stalls), 1.0)
    ok = ratio <= MOST_STALLED_RATIO
    if not stalls:
        reason = "the generator never stood still"
    else:
        reason = f"the generator stood still for {show_duration(max(stalls))} or less, {len(stalls)} times"
    reason = reason if ok else f"{reason}: what came late then was not the target's doing"
    return ValidityCheck("stalls", ok, ratio, MOST_STALLED_RATIO, reason)


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


def _workers(ending: Mapping[str, Any] | None) -> ValidityCheck | None:
    """Whether the load of lost workers was taken over by others soon enough."""
    if ending is None or not ending.get("workers"):
        return None
    lost, workers, ratio = ending["lost_workers"], ending["workers"], ending["lost_ratio"]
    ok = ratio <= MOST_LOST_RATIO
    if not lost and ok:
        reason = f"all {workers} workers reported until their end"
    else:
        reason = f"{lost} of {workers} workers were lost or stood still, and with them {show_share(ratio)} of the load"
    return ValidityCheck("workers", ok, ratio, MOST_LOST_RATIO, reason)


def _clock(measurements: Measurements) -> ValidityCheck | None:
    """Times are measured with a clock that nobody sets; but a machine whose time of day jumps is no quiet place."""
    worst_s = max(_measured(measurements, "clock_step"), default=None)
    if worst_s is None:
        return None
    ok = worst_s <= MOST_CLOCK_STEP_S
    text = "the generator's time of day was steady" if ok else "the generator's time of day was set during the run"
    return ValidityCheck("clock", ok, worst_s, MOST_CLOCK_STEP_S, f"{text} (at most {show_duration(worst_s)} a second)")


def _pace(measurements: Measurements) -> ValidityCheck | None:
    """Closed users that could not keep their pace: the load was less than asked for, which is the target's doing."""
    slipped = sum(_measured(measurements, "pace_slipped"))
    if not slipped:
        return None
    worst_s = max(_measured(measurements, "pace_slip"))
    reason = (
        f"{slipped:.0f} journeys of the closed model began later than their pace asked for, by up to "
        f"{show_duration(worst_s)}: answers took longer than the pace allows, so there was less load than meant"
    )
    return ValidityCheck("pace", True, worst_s, None, reason)


def _browser_lag(measurements: Measurements) -> ValidityCheck | None:
    """The browser host's own lateness; a reading is the worst of two seconds."""
    values = sorted(_measured(measurements, "browser_lag"))
    if not values:
        return None
    lag_s = values[min(len(values) - 1, int(len(values) * (1 - MOST_LATE_SECONDS)))]
    ok = lag_s <= MOST_BROWSER_LAG_S
    text = f"the browser host was late by up to {show_duration(lag_s)} most of the time"
    reason = text if ok else f"{text}: steps were timed too late; use fewer browser users, or more workers"
    return ValidityCheck("browser lag", ok, lag_s, MOST_BROWSER_LAG_S, reason)


def _browser_wait(measurements: Measurements, most: float) -> ValidityCheck | None:
    """How much browsers waited for a processor: with 80%, what they compute takes five times as long."""
    values = list(_measured(measurements, "browser_wait"))
    if not values:
        return None
    mean = sum(values) / len(values)
    ok = mean <= most
    text = f"browsers waited for a processor {show_share(mean)} of the time that they could have computed"
    more = "this machine carries fewer browser users; `simulator doctor --measure` says how many"
    reason = text if ok else f"{text}: {more}"
    return ValidityCheck("browser starvation", ok, mean, most, reason)


def _browser_deaths(measurements: Measurements, most: int) -> ValidityCheck | None:
    """How many browsers died within one minute: one fails its journeys, a series of them has a cause here."""
    deaths = list(_measured_readings(measurements, "browser_deaths"))
    if not deaths and not list(_measured(measurements, "browser_lag")):
        return None
    total, worst = sum(reading.value for reading in deaths), _most_within(MINUTE_S, deaths)
    ok = worst <= most
    text = f"browsers died {total:.0f} times, {worst:.0f} of them within one minute"
    if total <= 1:
        text = "one browser died" if total else "no browser died"
    more = "what failed then is not the target's doing; give this machine fewer browser users, or more memory"
    return ValidityCheck("browser deaths", ok, worst, float(most), text if ok else f"{text}: {more}")


def _most_within(span_s: float, readings: Sequence[Reading]) -> float:
    """The largest sum of values that lie within so many seconds; readings in any order."""
    ordered = sorted(readings, key=lambda reading: reading.at_s)
    worst = within = 0.0
    first = 0
    for reading in ordered:
        within += reading.value
        while ordered[first].at_s <= reading.at_s - span_s:
            within -= ordered[first].value
            first += 1
        worst = max(worst, within)
    return worst


def _data(ending: Mapping[str, Any] | None) -> ValidityCheck | None:
    """Whether the rows that users need were enough for the load."""
    reason = str((ending or {}).get("reason") or "")
    if not reason.startswith("out of data"):
        return None
    return ValidityCheck("test data", False, None, None, f"{reason}; give the feeder more rows, or the run less load")


def _open_files(measurements: Measurements) -> ValidityCheck | None:
    """Requests that were never sent because the generator had no more files to open."""
    count = sum(failure.count for failure in measurements.failures.values() if failure.key.error_class == "open files")
    if not count:
        return None
    reason = f"{count:,} operations failed because the generator may not open more files; raise `ulimit -n`"
    return ValidityCheck("open files", False, float(count), 0.0, reason)


def _measured(measurements: Measurements, metric: str) -> Iterator[float]:
    return (reading.value for reading in _measured_readings(measurements, metric))


def _measured_readings(measurements: Measurements, metric: str) -> Iterator[Reading]:
    for phase in measurements.phases:
        if not phase.measured:
            continue
        end_s = phase.end_s if phase.end_s is not None else measurements.last_second + 1
        for reading in measurements.readings(GENERATOR, metric):
            if phase.start_s <= reading.at_s <= end_s:
                yield reading
