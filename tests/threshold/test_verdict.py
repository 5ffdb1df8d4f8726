import pytest

from simulator.record.validity import ValidityCheck
from simulator.threshold.ruling import Ruling
from simulator.threshold.verdict import decide, title

FINE = ValidityCheck("generator CPU", True, 0.4, 0.9, "40% of a core")
SATURATED = ValidityCheck("generator CPU", False, 0.97, 0.9, "97% of a core")


def ruling(result, leaning=None, severity="fail", relative=False) -> Ruling:
    return Ruling(
        "p95 < 1 s", None, "t.yaml", 1, severity, result, "s", 1.0, "because", {}, leaning=leaning, relative=relative
    )


PASS, FAIL, NO_DATA = ruling("pass"), ruling("fail"), ruling("no data")
LEANS_PASS, LEANS_FAIL = ruling("inconclusive", "pass"), ruling("inconclusive", "fail")
WARN = [ruling(result, severity="warn") for result in ("fail", "no data")]


@pytest.mark.parametrize(
    ("rulings", "strict", "verdict", "exit_code"),
    [
        ([PASS], False, "passed", 0),
        ([PASS], True, "passed", 0),
        ([], False, "passed", 0),
        ([PASS, FAIL], False, "failed", 1),
        ([FAIL, NO_DATA], False, "failed", 1),
        ([FAIL, LEANS_PASS], True, "failed", 1),
        ([PASS, NO_DATA], False, "invalid", 4),
        ([PASS, LEANS_PASS], False, "passed", 0),
        ([PASS, LEANS_PASS], True, "invalid", 4),
        ([PASS, LEANS_FAIL], False, "failed", 1),
        ([PASS, LEANS_FAIL], True, "invalid", 4),
        ([NO_DATA, LEANS_FAIL], False, "failed", 1),
        ([PASS, ruling("inconclusive", "fail", relative=True)], False, "passed", 0),
        ([PASS, ruling("inconclusive", "fail", relative=True)], True, "invalid", 4),
        ([PASS, *WARN, ruling("inconclusive", "fail", "warn")], False, "passed", 0),
        ([PASS, *WARN, ruling("inconclusive", "fail", "warn")], True, "passed", 0),
    ],
)
def test_what_rulings_come_to(rulings, strict, verdict, exit_code):
    found = decide(rulings, [FINE], measured_operations=100, strict=strict)
    assert (found.verdict, found.exit_code) == (verdict, exit_code)
    assert found.reasons


@pytest.mark.parametrize("rulings", [[], [PASS], [FAIL]])
def test_a_measurement_that_cannot_be_trusted_is_invalid_whatever_the_rulings_say(rulings):
    found = decide(rulings, [FINE, SATURATED], measured_operations=100)
    assert (found.verdict, found.exit_code) == ("invalid", 4)
    assert found.reasons == ("generator CPU: 97% of a core",)


@pytest.mark.parametrize("rulings", [[], [PASS]])
def test_a_run_that_measured_nothing_is_never_a_pass(rulings):
    found = decide(rulings, [FINE], measured_operations=0)
    assert (found.verdict, found.exit_code, found.reasons) == ("invalid", 4, ("nothing was measured",))


@pytest.mark.parametrize(("signal", "exit_code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize(("rulings", "verdict"), [([PASS], "passed"), ([FAIL], "failed"), ([NO_DATA], "invalid")])
def test_an_interrupted_run_keeps_the_verdict_of_what_was_measured(signal, exit_code, rulings, verdict):
    found = decide(rulings, [FINE], measured_operations=5, interrupted=signal)
    assert (found.verdict, found.exit_code) == (verdict, exit_code)
    assert found.reasons[0].startswith(f"stopped by {signal}")


def test_warnings_are_told_after_the_reasons():
    found = decide([LEANS_PASS, FAIL, WARN[0]], [], measured_operations=5)
    assert [reason.startswith("warning: ") for reason in found.reasons] == [False, True, True]
    assert found.reasons[2].endswith("could not be decided, too few samples to tell; leaning to pass: p95 < 1 s")


def test_a_title_names_threshold_limit_and_scope():
    named = Ruling(
        "p99 < 2 s", "paying stays quick", "t.yaml", 1, "fail", "pass", "s", 2.0, "", {"journey": "buy", "step": "pay"}
    )
    assert title(named) == "paying stays quick: p99 < 2 s (journey buy, step pay)"
    assert title(PASS) == "p95 < 1 s"
