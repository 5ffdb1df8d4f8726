"""The tool against its own server, both kinds of users: what is known beside what is measured."""

import json

import pytest

from simulator.selftest.known import Row


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    from tests.command_line import Project

    project = Project(tmp_path_factory.mktemp("selftest"))
    for _ in range(3):  # a machine that others use may be too busy to tell
        ended = project.run("selftest", "--format", "json")
        found = json.loads(ended.out)
        if found["good"]:
            break
    return ended, found


def rows(found, *words):
    return [row for row in [*found["api"], *found["browser"]] if any(word in row["what"] for word in words)]


@pytest.mark.fault("percentiles", "latencies are known", "percentiles within 1% of "
                   "its own; rates and counts, too")  # fmt: skip
def test_percentiles_rates_and_counts_are_what_the_server_knows(told):
    ended, found = told
    assert found["good"], json.dumps(found, indent=1)
    assert ended.code == (4 if found["invalid"] else 0)
    assert len([row for row in found["api"] if row["what"].startswith("response time p")]) == 3
    assert all(row["known"] > 100 for row in rows(found, "requests of API users", "drawn times"))


@pytest.mark.fault("percentiles", "errors come as often as the server says", "each kind as often, in its class")
def test_errors_are_counted_by_kind(told):
    _, found = told
    assert [row["measured"] for row in rows(found, "errors:")] == [row["known"] for row in rows(found, "errors:")]
    assert all(row["known"] > 5 for row in rows(found, "errors:"))


@pytest.mark.fault("percentiles", "the server stands still for two seconds", "arrivals see it in full (no coordinated "
                   "omission), which users of a closed loop leave out")  # fmt: skip
def test_a_stall_shows_in_full_for_arrivals(told):
    _, found = told
    [p99] = rows(found, "… their response time p99")
    assert p99["measured"] == pytest.approx(1.95, abs=0.1)
    assert found["closed_loop_p99_s"] < p99["measured"]


@pytest.mark.fault("percentiles", "browsers open pages that take a known time", "as many pages, that time to their "
                   "first byte")  # fmt: skip
def test_browser_users_measure_what_is_known(told, browser):
    _, found = told
    assert {row["what"].split(",")[0] for row in found["browser"] if row["good"]} == {
        "pages that browsers opened", "time to the first byte of a page", "step with such a page",
    }  # fmt: skip


def test_a_number_that_is_off_is_told():
    assert Row("errors", 5, 5, "").good
    assert not Row("errors", 5, 4, "").good
    assert not Row("errors", 5, None, "").good
    assert Row("p50", 0.2, 0.2019, "s", 0.002).good
    assert not Row("p50", 0.2, 0.2021, "s", 0.002).good
