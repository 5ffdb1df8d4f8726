import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.record.change import (
    Estimate,
    Noise,
    Share,
    change_of_shares,
    change_of_values,
    discoveries,
    judgement,
    newcombe,
    runs_to_show,
    t_tails,
)


@pytest.mark.parametrize("degrees", [1, 3, 4, 12, 100])
def test_tails_of_t_agree_with_scipy(degrees):
    for t in (0.0, 0.3, 1.0, 2.5, 7.0):
        assert t_tails(t, degrees) == pytest.approx(2 * stats.t.sf(t, degrees), rel=1e-9)
        assert t_tails(-t, degrees) == t_tails(t, degrees)
    assert t_tails(1.96, math.inf) == pytest.approx(2 * stats.norm.sf(1.96), rel=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_discoveries_agree_with_scipy(chances):
    adjusted = stats.false_discovery_control(chances)
    close = np.isclose(adjusted, 0.05)
    found = np.array(discoveries(chances))
    assert (found == (adjusted <= 0.05))[~close].all()


@pytest.mark.parametrize(("older", "newer"), [((56, 70), (48, 80)), ((10, 10), (0, 20)), ((0, 50), (1, 50))])
def test_difference_of_shares_is_newcombes(older, newer):
    # Newcombe (1998), table II, method 10: 56/70 less 48/80 lies between 0.0524 and 0.3339.
    low, high = newcombe(Share(*newer), Share(*older), 1.0, stats.norm.ppf(0.975))
    wilson = [stats.binomtest(bad, count).proportion_ci(0.95, "wilson") for bad, count in (older, newer)]
    p1, p2 = older[0] / older[1], newer[0] / newer[1]
    assert low == pytest.approx(p1 - p2 - math.hypot(p1 - wilson[0].low, wilson[1].high - p2))
    assert high == pytest.approx(p1 - p2 + math.hypot(wilson[0].high - p1, p2 - wilson[1].low))
    if older == (56, 70):
        assert (low, high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_a_rise_is_the_ratio_of_geometric_means():
    change = change_of_values([Estimate(0.1), Estimate(0.4)], [Estimate(0.3), Estimate(0.3)])
    assert change.base == pytest.approx(0.2)
    assert change.estimate == pytest.approx(0.5)
    assert change.low < change.estimate < change.high


def test_turned_changes_swap_their_ends():
    change = change_of_values([Estimate(10.0)] * 3, [Estimate(8.0)] * 3).turned()
    assert change.estimate == pytest.approx(0.2)
    assert 0 < change.low < 0.2 < change.high


def test_two_noisy_runs_do_not_hide_behind_a_small_assumption():
    quiet = change_of_values([Estimate(1.0)] * 5, [Estimate(1.2)] * 5)
    noisy = change_of_values(
        [Estimate(v) for v in (0.7, 1.4, 1, 1.2, 0.8)], [Estimate(v) for v in (0.9, 1.7, 1, 1, 1.5)]
    )
    assert quiet.low > 0.1
    assert noisy.low < 0


def test_noise_measured_before_widens_a_first_comparison():
    assumed = change_of_values([Estimate(1.0)], [Estimate(1.15)])
    measured = change_of_values([Estimate(1.0)], [Estimate(1.15)], noise=Noise(0.10, 20, measured=True))
    assert not assumed.known
    assert measured.known
    assert measured.low < 0 < measured.estimate < measured.high


def test_the_error_within_a_run_is_never_undercut():
    change = change_of_values([Estimate(1.0, 0.3)] * 5, [Estimate(1.2, 0.3)] * 5)
    assert change.low < 0


def test_a_first_comparison_fails_only_at_twice_what_is_allowed():
    for rise, expected in ((1.15, "inconclusive"), (1.25, "regressed")):
        change = change_of_values([Estimate(1.0)], [Estimate(rise)])
        assert judgement(change, 0.10, proven=True) == expected


def test_what_is_not_proven_among_its_family_is_inconclusive():
    change = change_of_values([Estimate(1.0)] * 5, [Estimate(1.2)] * 5)
    assert judgement(change, 0.10, proven=True) == "regressed"
    assert judgement(change, 0.10, proven=False) == "inconclusive"


@pytest.mark.parametrize(("rise", "expected"), [(0.8, "improved"), (1.0, "unchanged"), (1.04, "unchanged")])
def test_small_changes_and_improvements_never_fail(rise, expected):
    change = change_of_values([Estimate(1.0)] * 8, [Estimate(rise)] * 8)
    assert judgement(change, 0.10, proven=True) == expected


def test_pairs_take_out_what_both_sides_shared(rng):
    weather = np.exp(rng.normal(0, 0.3, 8))
    base, new = [Estimate(w) for w in weather], [Estimate(w * 1.2) for w in weather]
    alone, paired = change_of_values(base, new), change_of_values(base, new, paired=True)
    assert (alone.pairs, paired.pairs) == (0, 8)
    assert alone.low < 0 < paired.low
    assert change_of_values(base[:4], new[:4], paired=True).pairs == 0


def test_bursts_of_failures_need_more_evidence():
    independent = change_of_shares([Share(10, 3000)], [Share(40, 3000)])
    bursts = change_of_shares([Share(10, 3000, 8.0)], [Share(40, 3000, 12.0)])
    assert independent.low > 0 > bursts.low
    assert independent.chance < 0.001 < bursts.chance


def test_runs_that_disagree_about_failures_count_as_few():
    same = change_of_shares([Share(10, 1000)] * 4, [Share(20, 1000)] * 4)
    apart = change_of_shares([Share(n, 1000) for n in (0, 0, 0, 40)], [Share(n, 1000) for n in (0, 0, 0, 80)])
    assert same.low > 0 > apart.low


def test_more_runs_show_a_smaller_change():
    change = change_of_values([Estimate(1.0), Estimate(1.1)], [Estimate(1.05), Estimate(1.15)])
    few, many = runs_to_show(change, 0.3), runs_to_show(change, 0.1)
    assert few < many
    assert runs_to_show(change, 0.001) is None
