import pytest

from simulator.cli.capacity_command import GeneratorLimitError, Measuring, scaled, step_of
from simulator.compare.capacity import Step
from simulator.plan.load import ANYONE, Arrivals, Phase


def document(*rulings, ok=True):
    return {
        "validity": [{"ok": ok, "reason": "the loop was late"}],
        "thresholds": [
            {"severity": "fail", "result": result, "leaning": leaning, "text": f"limit {n}"}
            for n, (result, leaning) in enumerate(rulings)
        ],
        "series": [{"rate_per_s": 20.0, "error_rate": 0.1, "p95_s": 0.3}],
    }


@pytest.mark.parametrize(
    ("rulings", "verdict", "reason"),
    [
        ([("pass", None)], "holds", ""),
        ([("pass", None), ("fail", None)], "breaks", "limit 1"),
        ([("no data", None)], "breaks", "limit 0"),
        ([("inconclusive", "pass"), ("pass", None)], "leans to hold", "limit 0"),
        ([("inconclusive", "pass"), ("inconclusive", "fail")], "leans to break", "limit 1"),
    ],
)
def test_a_run_says_whether_its_load_holds(rulings, verdict, reason):
    step = step_of(document(*rulings), 20.0, 30.0)
    assert (step.verdict, step.reason) == (verdict, reason)
    assert step.throughput_per_s == pytest.approx(18.0)


def test_a_generator_that_is_the_limit_says_nothing_about_the_target():
    with pytest.raises(GeneratorLimitError, match="load generator was the limit: the loop was late"):
        step_of(document(("pass", None), ok=False), 20.0, 30.0)


class Disturbed(Measuring):
    """So many runs are disturbed before one is not."""

    def __init__(self, times):
        self.left = times

    def once(self, load, duration_s):
        if self.left:
            self.left -= 1
            raise GeneratorLimitError("the loop was late")
        return Step(load, "holds", duration_s, load, 0.1)


def test_a_step_that_was_disturbed_is_measured_once_more(capsys):
    assert Disturbed(1).measure(20.0, 30.0).verdict == "holds"
    assert "disturbed; once more" in capsys.readouterr().err
    with pytest.raises(GeneratorLimitError):
        Disturbed(2).measure(20.0, 30.0)


def test_a_mix_of_arrivals_is_kept_at_every_rate():
    phase = Phase("steady", 0, 10, users={"Visitor": 2}, arrivals=(Arrivals("buy", 3), Arrivals("look", 1, 5)))
    users, streams = scaled(phase, 20, by="rate")
    assert users == {"Visitor": 2}
    assert streams == (Arrivals("buy", 15), Arrivals("look", 5))
    assert scaled(Phase("steady", 0, 10), 7, by="rate")[1] == (Arrivals(ANYONE, 7),)


def test_a_mix_of_users_is_kept_at_every_number():
    phase = Phase("steady", 0, 10, users={"Shopper": 3, "Visitor": 1})
    assert scaled(phase, 9, by="users")[0] == {"Shopper": 7, "Visitor": 2}
    assert sum(scaled(phase, 101, by="users")[0].values()) == 101
    assert scaled(Phase("steady", 0, 10), 7, by="users")[0] == {ANYONE: 7}
