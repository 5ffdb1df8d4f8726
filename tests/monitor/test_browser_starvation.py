"""When browsers wait for a processor, the run is invalid."""

from __future__ import annotations

import pytest

from simulator.monitor.validity import validity_of
from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading
from simulator.record.window import Window


def checks(metric: str, values: list[float], **manifest: float) -> dict[str, bool]:
    measurements = Measurements()
    measurements.begin_phase(PhaseSpan("steady", 0.0, None, True))
    for second, value in enumerate(values):
        window = Window(second)
        window.readings.append(Reading("generator", metric, "s", float(second), value))
        measurements.add(window)
    found = validity_of(measurements, Manifest("run", "build", "", "", **manifest), {"how": "finished"})
    return {check.check: check.ok for check in found}


@pytest.mark.parametrize(("waited", "ok"), [([0.2, 0.3, 0.6], True), ([0.8, 0.95, 0.7], False)])
def test_browsers_that_wait_for_a_processor_most_of_the_time_invalidate(waited: list[float], ok: bool):
    assert checks("browser_wait", waited)["browser starvation"] is ok


def test_the_profile_may_allow_more():
    assert checks("browser_wait", [0.8, 0.9], most_browser_wait_ratio=0.9)["browser starvation"]


@pytest.mark.parametrize(("lags_s", "ok"), [([0.01] * 9 + [2.0], True), ([0.01, 0.5, 0.6, 0.7], False)])
def test_a_host_that_is_late_invalidates(lags_s: list[float], ok: bool):
    assert checks("browser_lag", lags_s)["browser lag"] is ok


def test_without_browsers_nothing_is_said():
    assert not {"browser lag", "browser starvation"} & checks("users", [1.0]).keys()
