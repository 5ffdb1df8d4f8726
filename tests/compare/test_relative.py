import numpy as np
import pytest

from simulator.record.sample import SeriesKey
from simulator.record.window import Window
from simulator.threshold.judge import judge
from simulator.threshold.load import parse_thresholds

KEY = SeriesKey("operation", "Shopper", "buy", "pay", "POST /orders", "http", "steady")


def rulings(text, run, baseline, final=True):
    return judge(parse_thresholds([("t.yaml", text)]), run, final=final, baseline=baseline)


@pytest.fixture
def runs(measured, rng):
    def make(count, slower=1.0):
        levels = 0.1 * slower * np.exp(rng.normal(0, 0.02, count))
        return [
            measured(lambda second, at=at: (levels[at] * rng.lognormal(0, 0.3, 20)).tolist()) for at in range(count)
        ]

    return make


def test_a_rise_beyond_what_is_allowed_fails_and_says_against_what(runs):
    [ruling] = rulings("[p95 rises < 10%]", runs(1, 1.4)[0], runs(8))
    assert (ruling.result, ruling.relative, ruling.is_broken) == ("fail", True, True)
    assert ruling.reason.startswith("p95 rose by ")
    assert "against 8 baseline runs, 10% is allowed" in ruling.reason
    assert ruling.low < ruling.value < ruling.high


def test_an_unchanged_run_passes(runs):
    [ruling] = rulings("[p95 rises < 25%]", runs(1)[0], runs(8))
    assert ruling.result == "pass"


def test_what_cannot_be_told_from_noise_does_not_fail_the_run(runs):
    [ruling] = rulings("[p95 rises < 10%]", runs(1, 1.08)[0], runs(2))
    assert (ruling.result, ruling.is_broken) == ("inconclusive", False)
    assert "noise" in ruling.reason


def test_each_step_is_compared_with_itself(runs):
    found = rulings("[{each: step, require: step_time p95 rises < 10%}]", runs(1, 1.5)[0], runs(4))
    assert [(ruling.scope["step"], ruling.result) for ruling in found] == [("pay", "fail")]


@pytest.mark.parametrize(("seconds", "expected"), [(60, "pass"), (36, "fail")])
def test_a_fall_is_limited_too(measured, seconds, expected):
    base = [measured(lambda second: [0.1] * 10, 60) for _ in range(5)]
    new = measured(lambda second: [0.1] * (10 if second % 5 < seconds // 12 else 0), 60)
    [ruling] = rulings("[throughput falls < 15%]", new, base)
    assert ruling.result == expected
    assert ("fell by 40%" in ruling.reason) == (expected == "fail")


@pytest.mark.parametrize(("failures", "expected"), [(0, "pass"), (5, "fail")])
def test_error_rates_change_in_points(measured, failures, expected):
    base = [measured(lambda second: [0.1] * 50) for _ in range(3)]
    new = measured(lambda second: [0.1] * 50)
    for second in range(60):
        window = Window(second)
        for _ in range(failures):
            window.cell(KEY).failed.add(0.1)
        new.add(window)
    [ruling] = rulings("[error_rate rises < 0.5%]", new, base)
    assert ruling.result == expected
    assert ("rose by 9.09 points" in ruling.reason) == (expected == "fail")
    assert "0.5 points is allowed" in ruling.reason


def test_while_the_run_lasts_a_change_has_no_data(runs):
    [ruling] = rulings("[p95 rises < 10%]", runs(1)[0], runs(3), final=False)
    assert (ruling.result, ruling.reason) == ("no data", "a change is judged when the run has ended")


def test_a_baseline_without_the_step_says_so(runs, measured):
    other = measured(lambda second: [], 60)
    [ruling] = rulings("[{step: pay, require: step_time p95 rises < 10%}]", runs(1)[0], [other])
    assert ruling.result == "no data"
