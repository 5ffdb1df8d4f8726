import csv
import io

import numpy as np
import pytest

from simulator.compare.change_point import Detector, change_points
from simulator.compare.history import flaky_thresholds, history, plans, tracks
from simulator.report.trend_text import sentence, spark, to_csv, to_plain, to_text


def flat(rng, builds=100, sd=0.04):
    return 0.3 * np.exp(rng.normal(0, sd, builds))


def stepped(rng, rise, at=60, builds=100, sd=0.04):
    values = flat(rng, builds, sd)
    values[at:] *= rise
    return values


def document(number, build=None, p95_s=0.1, verdict="passed", thresholds=(), load="20/s", errors=0.0):
    series = [
        {"level": level, "user": "U", "journey": "buy", "step": step, "name": None, "phase": None, "p50_s": 0.05,
         "p95_s": p95_s, "p99_s": 0.2, "error_rate": errors, "rate_per_s": 20.0}
        for level, step in (("journey", None), ("step", "pay"))
    ]  # fmt: skip
    return {
        "run": f"run-{number}", "build": build or f"b{number}",
        "started_at": f"2026-01-01T{number // 60:02}:{number % 60:02}:00+00:00",
        "verdict": verdict, "environment": "demo", "machine": {"system": "Linux", "processor": "x", "cores": 2},
        "journeys": [{"user": "U", "name": "buy", "weight": 1}],
        "phases": [{"name": "steady", "start_s": 0.0, "end_s": 60.0, "measured": True, "load": load}],
        "series": series, "thresholds": list(thresholds),
    }  # fmt: skip


def ruling(result, text="p95 < 1 s"):
    return {"text": text, "name": None, "scope": {"step": "pay"}, "result": result}


def test_flat_histories_raise_no_alarm(rng):
    alarms = [bool(change_points(f"series {n}", flat(rng))) for n in range(60)]
    assert sum(alarms) <= 2


def test_outliers_raise_no_alarm(rng):
    histories = [flat(rng) * np.where(rng.random(100) < 0.07, 1.5, 1.0) for _ in range(40)]
    assert sum(bool(change_points(f"series {n}", values)) for n, values in enumerate(histories)) <= 2


def test_a_fifth_more_is_found_where_it_happened(rng):
    found = [change_points(f"series {n}", stepped(rng, 1.2)) for n in range(40)]
    assert sum(any(abs(point.at - 60) <= 3 for point in points) for points in found) >= 38


def test_the_same_history_has_the_same_answer(rng):
    values = stepped(rng, 1.1)
    assert change_points("pay", values) == change_points("pay", values)


def test_two_changes_are_found_with_the_builds_that_may_have_brought_them(rng):
    values = flat(rng, 120, 0.02)
    values[40:80] *= 1.3
    first, second = change_points("pay", values)
    assert (first.at, second.at) == (40, 80)
    assert first.change == pytest.approx(0.3, abs=0.03)
    assert second.change == pytest.approx(1 / 1.3 - 1, abs=0.03)
    assert first.earliest <= 40 <= first.latest <= first.earliest + 3


def test_changes_below_what_counts_and_short_histories_are_left_alone(rng):
    assert change_points("pay", stepped(rng, 1.03, sd=0.005)) == []
    assert change_points("pay", [0.1, 0.1, 0.1, 0.5, 0.5]) == []
    assert change_points("pay", []) == []


def test_only_the_latest_window_is_looked_at(rng):
    values = stepped(rng, 1.5, at=20)
    assert change_points("pay", values, Detector(window=60)) == []


def test_runs_of_a_build_count_once_and_invalid_ones_never(rng):
    documents = [document(0, "a", 0.1), document(1, "a", 0.3), document(2, "a", 0.2), document(3, "b", 9, "invalid")]
    [point] = history(documents)
    assert (point.build, point.runs) == ("a", ("run-0", "run-1", "run-2"))
    [journey, step] = tracks([point])
    assert (journey.values, step.values) == ((0.2,), (0.2,))


def test_different_loads_are_different_histories():
    documents = [document(n, load="20/s" if n % 3 else "5/s") for n in range(9)]
    assert [len(runs) for runs in plans(documents).values()] == [6, 3]


def test_the_build_that_most_likely_brought_a_change_is_named(rng):
    documents = [document(n, p95_s=v) for n, v in enumerate(stepped(rng, 1.4, at=30, builds=50, sd=0.01))]
    points = history(documents)
    found = tracks(points)
    assert "most likely" in sentence(found[0], found[0].changes[0]) or "with build b30" in sentence(
        found[0], found[0].changes[0]
    )  # noqa: E501
    assert "b30" in to_text(points, found, [])
    assert to_plain(points, found, [])["tracks"][0]["changes"][0]["build"] == "b30"


def test_thresholds_that_keep_changing_their_result_are_flaky():
    results = ["pass", "fail", "pass", "pass", "fail", "pass", "fail", "fail", "pass", "pass"]
    documents = [
        document(n, thresholds=[ruling(result), ruling("pass", "p99 < 2 s")]) for n, result in enumerate(results)
    ]
    [flaky] = flaky_thresholds(documents)
    assert (flaky.text, flaky.runs, flaky.passed, flaky.changes) == ("p95 < 1 s (step pay)", 10, 6, 6)


def test_one_regression_and_its_repair_are_not_flaky():
    results = ["pass"] * 5 + ["fail"] * 4 + ["pass"] * 5
    assert flaky_thresholds([document(n, thresholds=[ruling(r)]) for n, r in enumerate(results)]) == []


def test_builds_that_pass_and_fail_are_flaky():
    rows = [("a", "pass"), ("a", "fail"), ("b", "fail"), ("b", "pass")]
    [flaky] = flaky_thresholds([document(n, build, thresholds=[ruling(r)]) for n, (build, r) in enumerate(rows)])
    assert flaky.within_build == 2


def test_csv_has_a_time_a_build_and_a_column_for_each_track():
    points = history([document(0, "=1+1"), document(1, "b")])
    rows = list(csv.DictReader(io.StringIO(to_csv(points, tracks(points)))))
    assert list(rows[0]) == ["time", "build", "U.buy.p95", "U.buy.pay.p95"]
    assert rows[0]["build"] == "'=1+1"
    assert rows[1] == {"time": "2026-01-01T00:01:00+00:00", "build": "b", "U.buy.p95": "0.1", "U.buy.pay.p95": "0.1"}


def test_sparks_go_from_the_smallest_to_the_largest():
    assert spark([1, 2, 3]) == "▁▅█"
    assert spark([1, 1]) == "▄▄"
