import numpy as np
import pytest

from simulator.compare.comparison import Allowed, Gate, compare
from simulator.compare.document import comparison_document
from simulator.compare.explanation import explanations
from simulator.compare.facts import RunFacts, SubjectFacts
from simulator.compare.measured import facts_of
from simulator.compare.noise import MeasuredNoise, noise_of
from simulator.compare.subject import EVERYTHING, Subject
from simulator.compare.wording import conclusion, sentence, what_would_settle
from simulator.record.change import Estimate, Share
from simulator.record.sample import PhaseSpan

PAY = Subject("Shopper", "buy", "pay")
SEARCH = Subject("Shopper", "buy", "search")


def only(comparison, subject=PAY, metric="p95"):
    [delta] = [d for d in comparison.deltas if (d.subject, d.metric) == (subject, metric)]
    return delta


def side(run_of, rng, runs, pay_s=0.1, noise=0.02):
    return [run_of({PAY: pay_s * np.exp(rng.normal(0, noise)), SEARCH: 0.2}) for _ in range(runs)]


def test_a_slower_step_regresses_and_is_named(run_of, rng):
    comparison = compare(side(run_of, rng, 5), side(run_of, rng, 5, pay_s=0.13))
    assert only(comparison).judgement == "regressed"
    assert only(comparison, SEARCH).judgement == "unchanged"
    assert conclusion(comparison) == "regressed: buy › pay (p95)"
    assert comparison_document(comparison)["exit_code"] == 1


def test_the_sentence_gives_change_interval_and_what_is_allowed(run_of):
    rising = [run_of({PAY: 0.112})] * 8
    delta = only(compare([run_of({PAY: 0.1})] * 8, rising))
    assert sentence(delta) == "rose by 12% [10%, 14%], allowed +10%"


def test_a_small_real_rise_passes_and_says_so(run_of):
    delta = only(compare([run_of({PAY: 0.1})] * 20, [run_of({PAY: 0.104})] * 20))
    assert delta.judgement == "unchanged"
    assert sentence(delta).endswith("(small, but real)")


def test_an_inconclusive_change_says_how_many_runs_would_tell(run_of):
    base, new = ([run_of({PAY: time_s}) for time_s in side] for side in ((0.094, 0.1, 0.107), (0.104, 0.11, 0.117)))
    comparison = compare(base, new)
    delta = only(comparison)
    assert delta.judgement == "inconclusive"
    assert "interleaved runs of each build would show 10%" in what_would_settle(delta)
    assert comparison_document(comparison)["exit_code"] == 0


def test_one_run_each_is_a_first_comparison(run_of):
    comparison = compare([run_of({PAY: 0.1})], [run_of({PAY: 0.115})])
    assert comparison.is_first
    assert "not known yet" in what_would_settle(only(comparison))


def test_subjects_of_one_side_are_named_but_not_judged(run_of):
    comparison = compare([run_of({PAY: 0.1})], [run_of({SEARCH: 0.1})])
    assert only(comparison).missing == "only in the base"
    assert only(comparison, SEARCH).missing == "only in the new runs"
    assert comparison_document(comparison)["exit_code"] == 4


def test_a_named_gate_is_not_lost_among_many(run_of, rng):
    many = [Subject("Shopper", "buy", f"step {n}") for n in range(60)]

    def runs(pay_s):
        steps = [{s: 0.1 * np.exp(rng.normal(0, 0.05)) for s in many} for _ in range(4)]
        return [run_of({PAY: pay_s * wobble, **step}) for wobble, step in zip((0.93, 1, 1, 1.07), steps, strict=True)]

    base, new = runs(0.1), runs(0.112)
    assert only(compare(base, new)).judgement == "inconclusive"
    gated = only(compare(base, new, gates=[Gate("pay", "p95")]))
    assert (gated.judgement, gated.family) == ("regressed", "gate")


def test_failures_are_compared_in_points(run_of):
    comparison = compare([run_of({PAY: 0.1}, bad=1)] * 3, [run_of({PAY: 0.1}, bad=30)] * 3)
    delta = only(comparison, metric="error_rate")
    assert delta.judgement == "regressed"
    assert sentence(delta).startswith("rose by 2.9 points [")


def test_no_failures_on_either_side_are_nothing_to_wonder_about(run_of):
    delta = only(compare([run_of({PAY: 0.1}, count=50)], [run_of({PAY: 0.1}, count=50)]), metric="error_rate")
    assert (delta.judgement, sentence(delta)) == ("unchanged", "none on either side")


def test_throughput_is_judged_for_all_journeys_at_a_fixed_rate():
    def run(per_s):
        facts = SubjectFacts(1000, 0.1, {}, Share(0, 1000), Estimate(per_s, 0.005))
        return RunFacts("r", "b", {EVERYTHING: facts})

    assert not compare([run(20.0)] * 5, [run(17.0)] * 5).called("regressed")
    [delta] = compare([run(20.0)] * 5, [run(17.0)] * 5, fixed_rate=True).called("regressed")
    assert sentence(delta).startswith("fell by 15% [")
    assert sentence(delta).endswith("allowed −5%")


def test_what_is_allowed_can_be_changed(run_of):
    base, new = [run_of({PAY: 0.1})] * 5, [run_of({PAY: 0.12})] * 5
    assert only(compare(base, new, allowed=Allowed(slower=0.5))).judgement == "unchanged"


def test_measured_noise_is_used_and_survives_its_file(run_of, rng):
    table = noise_of(side(run_of, rng, 10, noise=0.2), "plan")
    assert 0.1 < table.of(PAY, "p95").ratio < 0.3
    again = MeasuredNoise.from_plain(table.to_plain())
    assert again == table
    base, new = [run_of({PAY: 0.1})], [run_of({PAY: 0.13})]
    assert only(compare(base, new)).judgement == "regressed"
    assert only(compare(base, new, noise=again)).judgement == "inconclusive"


def test_the_part_that_carries_a_change_is_named():
    operation, other = PAY._replace(name="POST /orders"), PAY._replace(name="GET /cart")

    def run(order_s):
        means = {PAY: order_s + 0.02, operation: order_s, other: 0.02}
        said = {s: SubjectFacts(1000, m, {"p95": Estimate(m)}, Share(0, 1000), None) for s, m in means.items()}
        return RunFacts("r", "b", said)

    comparison = compare([run(0.1)] * 5, [run(0.15)] * 5)
    explanation = next(e for e in explanations(comparison) if e.subject == PAY)
    assert [carrier.part for carrier in explanation.carriers] == [operation]
    assert explanation.carriers[0].share == pytest.approx(1.0)
    assert explanation.carriers[0].extra_s == pytest.approx(0.05)


def test_new_failures_and_gauges_that_moved_are_named(run_of):
    def with_more(facts, errors, cpu):
        return RunFacts("r", "b", facts.subjects, {PAY: errors}, {("shop", "cpu"): cpu, ("generator", "cpu"): cpu})

    base = [with_more(run_of({PAY: 0.1}), {"timeout": 1}, 0.4)] * 5
    new = [with_more(run_of({PAY: 0.2}), {"timeout": 1, "http 502": 7}, 0.8)] * 5
    [explanation] = explanations(compare(base, new))
    assert [(error.kind, error.after) for error in explanation.errors] == [("http 502", 7)]
    assert [(move.source, move.before, move.after) for move in explanation.moves] == [("shop", 0.4, 0.8)]


def test_the_phase_that_stands_out_is_named(measured):
    phases = (PhaseSpan("steady", 0.0, 60.0, True), PhaseSpan("peak", 60.0, 120.0, True))
    base = facts_of(measured(lambda second: [0.1] * 20, 120, phases))
    new = facts_of(measured(lambda second: [0.1 if second < 60 else 0.3] * 20, 120, phases))
    [found] = [e for e in explanations(compare([base] * 5, [new] * 5)) if e.subject == PAY]
    assert [phase.phase for phase in found.phases] == ["peak"]
    assert found.phases[0].rise == pytest.approx(2.0, rel=0.02)


def test_facts_are_those_of_the_measurements(measured, rng):
    facts = facts_of(measured(lambda second: rng.lognormal(-2, 0.5, 30).tolist(), 120), run="r", build="b")
    said = facts.subjects[PAY]
    assert said.count == 3600
    assert said.times["p95"].value == pytest.approx(np.exp(-2 + 0.5 * 1.645), rel=0.05)
    assert 0.005 < said.times["p95"].error < 0.05
    assert set(facts.subjects) == {
        EVERYTHING, Subject("Shopper", "buy"), PAY, PAY._replace(name="POST /orders"),
    }  # fmt: skip


def test_same_builds_do_not_regress_and_a_fifth_more_is_found(run_of, rng):
    """A smaller, seeded version of `python -m benchmarks.statistics comparisons`."""
    subjects = [PAY, *(SEARCH._replace(step=f"step {n}") for n in range(11))]

    def runs(pay=1.0):
        machines = rng.normal(0, 0.03, 5)
        return [
            run_of({s: 0.1 * (pay if s == PAY else 1) * np.exp(m + rng.normal(0, 0.04)) for s in subjects})
            for m in machines
        ]

    same = [compare(runs(), runs()).called("regressed") for _ in range(150)]
    assert sum(map(bool, same)) <= 3
    found = [any(d.subject == PAY for d in compare(runs(), runs(1.2)).called("regressed")) for _ in range(100)]
    assert sum(found) >= 95
