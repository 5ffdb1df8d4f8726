import numpy as np

from simulator.compare.measured import facts_of
from simulator.compare.proposal import propose, threshold_file
from simulator.compare.subject import Subject
from simulator.threshold.judge import judge
from simulator.threshold.load import parse_thresholds


def runs(measured, rng, count=3):
    levels = 0.1 * np.exp(rng.normal(0, 0.03, count))
    return [
        measured(lambda second, at=at: (levels[at] * rng.lognormal(0, 0.3, 20)).tolist(), 60) for at in range(count)
    ]


def test_the_runs_pass_what_is_proposed_from_them(measured, rng):
    found = runs(measured, rng)
    facts = [facts_of(run, run="r", build="1.4") for run in found]
    thresholds = parse_thresholds([("t.yaml", threshold_file(propose(facts), facts, 0.2))])
    assert len(thresholds) == 5
    for run in found:
        assert {ruling.result for ruling in judge(thresholds, run, final=True)} == {"pass"}


def test_a_build_that_is_half_as_slow_again_breaks_them(measured, rng):
    facts = [facts_of(run) for run in runs(measured, rng)]
    thresholds = parse_thresholds([("t.yaml", threshold_file(propose(facts), facts, 0.2))])
    slower = measured(lambda second: (0.16 * rng.lognormal(0, 0.3, 20)).tolist(), 60)
    assert "fail" in {ruling.result for ruling in judge(thresholds, slower, final=True)}


def test_a_larger_margin_allows_more(run_of):
    pay = Subject("Shopper", "buy", "pay")
    [tight] = propose([run_of({pay: 0.1})], margin=0.0)
    [wide] = propose([run_of({pay: 0.1})], margin=1.0)
    assert (tight.text, wide.text) == ("step_time p95 < 120 ms", "step_time p95 < 250 ms")


def test_hostile_names_stay_names(run_of):
    odd = Subject("Shopper", 'buy "*" #1', "pay: [now]\n")
    text = threshold_file(propose([run_of({odd: 0.1})]), [run_of({odd: 0.1})], 0.2)
    [threshold] = parse_thresholds([("t.yaml", text)])
    assert threshold.scope["journey"][0].fits(odd.journey)
    assert threshold.scope["step"][0].fits(odd.step)
    assert not threshold.scope["journey"][0].fits('buy "x" #1')
