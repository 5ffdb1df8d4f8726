"""The executive summary: what it says follows from findings, and it says nothing without one."""

import pytest

from simulator.report.advice import recommendations
from simulator.report.summary import summary_of

TOTAL = {"level": "operation", "user": None, "journey": None, "step": None, "name": None, "phase": None,
         "count": 900, "errors": 9, "rate_per_s": 15.0, "dropped": 0}  # fmt: skip
JOURNEY = {**TOTAL, "level": "journey", "user": "Shopper", "journey": "buy", "count": 300, "errors": 9}
THRESHOLD = {"text": "p95 < 1 s", "name": None, "scope": {}, "severity": "fail", "result": "pass", "leaning": None,
             "reason": "p95 is 400 ms", "unit": "s"}  # fmt: skip
ERROR = {"user": "Shopper", "journey": "buy", "step": "pay", "name": "POST /orders", "class": "http 502",
         "message": "refused", "count": 8, "first_s": 1.0, "last_s": 9.0, "evidence": [],
         "phase": "outage"}  # fmt: skip
READING = {"source": "shop", "metric": "cpu", "unit": "share", "mean": 0.9, "max": 1.0, "p95": 0.98}
GOOD = {
    "run": "r1", "verdict": "passed", "reasons": [], "ended": "finished", "duration_s": 60.0, "measured_s": 60.0,
    "phases": [{"name": "steady"}, {"name": "outage"}], "journeys": [{"user": "Shopper", "name": "buy"}],
    "series": [TOTAL, JOURNEY], "thresholds": [THRESHOLD], "errors": [], "readings": [], "validity": [],
}  # fmt: skip
BROKEN = {**THRESHOLD, "result": "fail", "reason": "p95 is 2 s"}
CHANGE = {"base": "v1", "text": "since v1: regressed: pay (p95)", "better": [], "worse": [
    {"title": "buy › pay", "metric": "p95", "text": "p95 rose by 30%", "explained": ["POST /orders carries 90% of it"]},
]}  # fmt: skip
KNEE = {"title": "p95 of buy › pay", "step": "pay", "load": "users", "above": 18.0, "before": 0.4, "after": 2.0,
        "with": "POST /orders", "text": "p95 rises from 400 ms to 2 s above 18 users"}  # fmt: skip


def test_a_good_run_needs_no_advice():
    assert recommendations(GOOD) == []
    assert recommendations({**GOOD, "correlations": [KNEE]}) == []
    assert recommendations({**GOOD, "thresholds": [BROKEN], "correlations": [{**KNEE, "after": 0.1}]}) == []


@pytest.mark.parametrize(
    ("found", "advice", "finding"),
    [
        ({"validity": [{"check": "loop lag", "ok": False, "reason": "it was too busy"}]}, "Repeat the run", "too busy"),
        ({"thresholds": [BROKEN], "errors": [ERROR, {**ERROR, "class": "timeout", "count": 2}]},
         "Look at buy › pay › POST /orders first", "8 of 10 failures are http 502 there, all in phase outage"),
        ({"change": CHANGE}, "Look at what changed in buy › pay since v1", "POST /orders carries 90% of it"),
        ({"thresholds": [BROKEN], "readings": [READING]}, "Profile shop", "its CPU was at 98% of a core"),
        ({"thresholds": [BROKEN], "correlations": [KNEE]}, "what POST /orders waits for above 18 users", "p95 rises"),
        ({"series": [{**TOTAL, "dropped": 40}, JOURNEY]}, "`simulator capacity`", "40 arrivals were dropped"),
        ({"thresholds": [{**THRESHOLD, "result": "no data"}]}, "take them out", "no data for p95 < 1 s"),
        ({"thresholds": [{**THRESHOLD, "result": "inconclusive", "leaning": "pass", "reason": "too few"}]},
         "Measure longer", "undecided: p95 < 1 s: too few"),
        ({"thresholds": []}, "`simulator thresholds propose r1`", "nothing was judged"),
    ],
)  # fmt: skip
def test_each_finding_has_its_advice_and_the_advice_names_it(found, advice, finding):
    [one] = recommendations({**GOOD, **found})

    assert advice in one.text
    assert finding in one.finding


def test_a_busy_service_is_no_finding_while_every_time_limit_is_kept():
    assert recommendations({**GOOD, "readings": [READING]}) == []
    assert recommendations({**GOOD, "thresholds": [BROKEN], "readings": [{**READING, "source": "generator"}]}) == []


def test_the_summary_says_verdict_confidence_pass_rate_and_what_was_not_tested():
    open_one = {**THRESHOLD, "result": "inconclusive", "leaning": "pass", "reason": "too few"}
    unmet = [*GOOD["journeys"], {"user": "Visitor", "name": "look"}]
    summary = summary_of({**GOOD, "verdict": "failed", "thresholds": [BROKEN, open_one], "journeys": unmet})

    assert summary.headline == "Failed: 1 of 2 limits are broken, 1 of 2 decided with 95% confidence, the others lean"
    assert dict(summary.facts)["of them succeeded"] == "97%"
    assert summary.critical == ("p95 < 1 s: p95 is 2 s",)
    assert summary.not_tested == ("journey look of Visitor never came to its end",)
    assert summary.change is None


def test_limits_that_only_warn_are_named_where_they_are_counted_with_the_others():
    warning = {**THRESHOLD, "severity": "warn"}
    facts = dict(summary_of({**GOOD, "thresholds": [THRESHOLD, THRESHOLD, warning]}).facts)
    assert facts["limits kept"] == "3 of 3, 1 of which only warn"
    assert dict(summary_of(GOOD).facts)["limits kept"] == "1 of 1"
