import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.record.cell import Cell
from simulator.record.interval import (
    mean_interval,
    percentile_interval,
    samples_to_settle,
    share_interval,
    slices,
    spread,
    t_quantile,
    wilson,
)


@pytest.mark.parametrize(("degrees", "within"), [(3, 2e-3), (4, 5e-4), (10, 1e-5), (29, 1e-6), (1000, 1e-9)])
def test_t_quantile_agrees_with_scipy(degrees, within):
    for p in (0.9, 0.95, 0.975, 0.99):
        assert t_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=within * (4 if p > 0.975 else 1))
    assert t_quantile(0.975, math.inf) == pytest.approx(stats.norm.ppf(0.975), rel=1e-9)


@given(st.integers(1, 10_000), st.data())
def test_wilson_agrees_with_scipy(count, data):
    bad = data.draw(st.integers(0, count))
    expected = stats.binomtest(bad, count).proportion_ci(0.95, "wilson")
    low, high = wilson(bad / count, count, t_quantile(0.975, math.inf))
    assert low == pytest.approx(expected.low, abs=1e-9)
    assert high == pytest.approx(expected.high, abs=1e-9)


@pytest.mark.parametrize(("allowed", "needed"), [(0.5, 4), (0.1, 35), (0.05, 73), (0.01, 381), (0.001, 3838)])
def test_how_many_samples_without_one_slow_are_needed(allowed, needed):
    just_one = share_interval([0.0], [1.0])
    assert 1 + samples_to_settle(just_one, allowed) == pytest.approx(needed, abs=max(1, needed * 0.002))


def test_what_is_settled_needs_nothing_and_what_lies_on_the_limit_never_settles():
    assert samples_to_settle(share_interval([1.0], [1000.0]), 0.05) == 0
    assert samples_to_settle(share_interval([5.0], [100.0]), 0.05) is None
    more = samples_to_settle(share_interval([4.0], [100.0]), 0.05)
    assert wilson(0.04, 100 + more, 1.96)[1] < 0.0501


def test_slices_keep_the_sum_and_the_order():
    assert slices([1, 2, 3, 4], 2) == [3, 7]
    assert slices([1, 2], 30) == [1, 2]
    assert sum(slices(list(range(100)))) == sum(range(100))
    assert len(slices(list(range(100)))) == 30


def test_independent_failures_have_no_design_effect_and_bursts_have_one():
    rng = np.random.default_rng(5)
    even = share_interval(rng.binomial(50, 0.05, 600).tolist(), [50.0] * 600)
    assert even.design_effect < 2.5
    burst = [25.0 if 100 <= second < 160 else 0.0 for second in range(600)]
    clustered = share_interval(burst, [50.0] * 600)
    assert clustered.estimate == pytest.approx(0.05)
    assert clustered.design_effect > 20
    assert clustered.low < even.low < even.high < clustered.high


def test_too_few_seconds_tell_nothing_about_how_they_hang_together():
    found = spread([1.0, 0.0, 2.0], [10.0, 10.0, 10.0])
    assert found.variance is None
    assert found.ratio == pytest.approx(0.1)
    assert mean_interval([1.0, 2.0], [1.0, 1.0]) is None
    assert mean_interval([], []) is None
    assert percentile_interval({}, 0.95) is None


def cells(times_s: np.ndarray) -> dict[int, Cell]:
    found = {}
    for second, row in enumerate(times_s):
        found[second] = Cell()
        found[second].ok.add_many(row.tolist())
    return found


def correlated(rng: np.random.Generator, seconds: int, per_second: int, phi: float, sd: float) -> np.ndarray:
    level = np.empty(seconds)
    level[0] = rng.normal(0, sd)
    for second in range(1, seconds):
        level[second] = phi * level[second - 1] + rng.normal(0, sd * math.sqrt(1 - phi * phi))
    return 0.1 * np.exp(level[:, None] + rng.normal(0, 0.5, (seconds, per_second)))


def truth(q: float, sd: float) -> float:
    return 0.1 * math.exp(stats.norm.ppf(q) * math.hypot(0.5, sd))


@pytest.mark.parametrize(("phi", "sd"), [(0.0, 0.0), (0.9, 0.1)])
def test_nineteen_of_twenty_intervals_hold_the_truth_even_when_seconds_resemble_each_other(phi, sd):
    rng = np.random.default_rng(11)
    held, repetitions = {0.5: 0, 0.95: 0}, 60
    for _ in range(repetitions):
        measured = cells(correlated(rng, 300, 20, phi, sd))
        for q in held:
            found = percentile_interval(measured, q)
            held[q] += found.low <= truth(q, sd) * 1.003 and found.high >= truth(q, sd) / 1.003
    assert all(count >= 0.86 * repetitions for count in held.values()), held


def test_a_percentile_lies_in_its_own_interval_and_more_confidence_is_wider():
    measured = cells(correlated(np.random.default_rng(3), 60, 10, 0.5, 0.1))
    usual, careful = percentile_interval(measured, 0.9), percentile_interval(measured, 0.9, confidence=0.999)
    assert careful.low <= usual.low <= usual.estimate <= usual.high <= careful.high
    assert careful.high > usual.high


def test_the_interval_of_a_mean_covers_it():
    rng = np.random.default_rng(17)
    held = 0
    for _ in range(200):
        counts = rng.poisson(20, 120)
        sums = [float(rng.exponential(0.2, n).sum()) for n in counts]
        found = mean_interval(sums, counts.tolist())
        held += found.low <= 0.2 <= found.high
    assert held >= 180
