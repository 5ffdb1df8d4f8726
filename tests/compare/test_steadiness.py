import numpy as np
import pytest

from simulator.compare.steadiness import Steadiness, mser, sentences, steadiness_of
from simulator.record.sample import PhaseSpan


def found(measured, rng, shape, seconds=300):
    return steadiness_of(measured(lambda second: (0.1 * shape(second) * rng.lognormal(0, 0.4, 20)).tolist(), seconds))


def test_a_steady_run_has_nothing_to_say(measured, rng):
    result = found(measured, rng, lambda second: 1.0)
    assert result.judged
    assert result.is_steady
    assert sentences(result) == []


def test_warm_up_is_measured(measured, rng):
    result = found(measured, rng, lambda second: 2.0 if second < 40 else 1.0)
    assert result.warm_up_s == pytest.approx(40, abs=5)
    assert not result.shape
    assert sentences(result) == [
        f"the first {result.warm_up_s:g} s of the measured part still were warm-up; "
        "a longer warm_up would leave them out"
    ]


def test_a_leak_is_a_drift_and_never_cut_away(measured, rng):
    result = found(measured, rng, lambda second: 1 + second / 300)
    assert result.shape == "drift"
    assert result.change > 0.3
    assert "still rising when the run ended" in sentences(result)[0] or "still rising" in sentences(result)[-1]


def test_a_late_jump_is_a_step_with_its_moment(measured, rng):
    result = found(measured, rng, lambda second: 1.6 if second >= 225 else 1.0)
    assert result.shape == "step"
    assert result.at_s == pytest.approx(225, abs=1)
    assert result.change == pytest.approx(0.6, abs=0.15)


def test_short_runs_and_several_loads_are_not_judged(measured, rng):
    assert found(measured, rng, lambda second: 1.0, seconds=30) == Steadiness()
    phases = (PhaseSpan("steady", 0.0, 150.0, True), PhaseSpan("peak", 150.0, 300.0, True))
    assert steadiness_of(measured(lambda second: [0.1 if second < 150 else 0.5] * 20, 300, phases)) == Steadiness()


def test_mser_cuts_at_most_half(rng):
    assert mser(list(np.linspace(2, 1, 100))) <= 50
    assert mser([5.0] * 10 + [1.0] * 40) == 10
    assert mser([1.0] * 40) == 0
