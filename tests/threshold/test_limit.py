import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.threshold.limit import LimitError, parse_limit
from simulator.threshold.metric import METRICS, SCOPES


@pytest.mark.parametrize(
    ("text", "metric", "aggregate", "operator", "value", "unit"),
    [
        ("p95 < 800 ms", "response_time", "p95", "<", 0.8, "s"),
        ("response_time p99.9 <= 2s", "response_time", "p99.9", "<=", 2.0, "s"),
        ("mean<1m 30s", "response_time", "mean", "<", 90.0, "s"),
        ("stdev < 100 ms", "response_time", "stdev", "<", 0.1, "s"),
        ("service_time p50 < 10 ms", "service_time", "p50", "<", 0.01, "s"),
        ("wait_time max < 1 s", "wait_time", "max", "<", 1.0, "s"),
        ("step_time p90 < 3 s", "step_time", "p90", "<", 3.0, "s"),
        ("journey_time p95 < 1m", "journey_time", "p95", "<", 60.0, "s"),
        ("error_rate < 1%", "error_rate", "rate", "<", 0.01, "share"),
        ("error_rate count <= 3", "error_rate", "count", "<=", 3.0, ""),
        ("journey_error_rate <= 0%", "journey_error_rate", "rate", "<=", 0.0, "share"),
        ("throughput >= 15/s", "throughput", "rate", ">=", 15.0, "per_s"),
        ("throughput count > 300", "throughput", "count", ">", 300.0, ""),
        ("journeys >= 300/m", "journeys", "rate", ">=", 5.0, "per_s"),
        ("journeys >= 100", "journeys", "count", ">=", 100.0, ""),
        ("response_time rate > 3/s", "response_time", "rate", ">", 3.0, "per_s"),
        ("status 5xx < 1%", "status", "rate", "<", 0.01, "share"),
        ("status 404 < 10", "status", "count", "<", 10.0, ""),
        ("contract_violations <= 0", "contract_violations", "count", "<=", 0.0, ""),
        ("bytes < 50 kB", "bytes", "mean", "<", 50_000.0, "bytes"),
        ("bytes count < 10 MB", "bytes", "count", "<", 10_000_000.0, "bytes"),
        ("lcp p75 < 2.5 s", "lcp", "p75", "<", 2.5, "s"),
        ("cls < 0.1", "cls", "p75", "<", 0.1, ""),
        ("cpu p95 < 180%", "cpu", "p95", "<", 1.8, "share"),
        ("memory max < 600 MB", "memory", "max", "<", 600_000_000.0, "bytes"),
    ],
)
def test_limits_that_can_be_written(text, metric, aggregate, operator, value, unit):
    limit = parse_limit(text)
    assert (limit.metric, limit.aggregate, limit.operator, limit.unit) == (metric, aggregate, operator, unit)
    assert limit.value == pytest.approx(value, rel=1e-12)
    assert limit.change is None


def test_qualifiers_and_changes():
    limit = parse_limit("p95 < 400 ms within 10 s for every 5 s")
    assert (limit.within_s, limit.every_s) == (10.0, 5)
    assert parse_limit("error_rate < 5% for every 2500 ms").every_s == 3
    rises, falls = parse_limit("p95 rises < 10%"), parse_limit("throughput falls <= 5%")
    assert (rises.change, rises.value, rises.unit) == ("rises", 0.1, "s")
    assert (falls.change, falls.value, falls.aggregate) == ("falls", 0.05, "rate")


def test_the_edge_is_what_a_cell_counts_at_or_over():
    assert parse_limit("p95 < 1 s").edge_s == 1.0
    assert parse_limit("p95 <= 1 s").edge_s == math.nextafter(1.0, 2)
    assert parse_limit("p95 > 1 s").edge_s == math.nextafter(1.0, 2)
    assert parse_limit("p95 >= 1 s").edge_s == 1.0


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("", 0, "the limit is empty (write it like p95 < 800 ms)"),
        ("< 3 s", 0, "the limit does not say what is limited (write it like p95 < 800 ms)"),
        ("eror_rate < 1%", 0, "unknown metric 'eror_rate' (did you mean 'error_rate'?)"),
        ("p100 < 1 s", 0, "unknown metric 'p100' (use max)"),
        ("latency p95 < 1 s", 0, "unknown metric 'latency'"),
        ("step_time < 1 s", 0, "step_time needs an aggregate (write it like step_time p95)"),
        ("step_time p95s < 1 s", 10, "unknown aggregate 'p95s' (did you mean 'p95'?)"),
        ("step_time men < 1 s", 10, "unknown aggregate 'men' (did you mean 'mean'?)"),
        ("error_rate p95 < 1%", 11, "error_rate has no p95 (it has count, rate)"),
        ("cpu rate < 1%", 4, "cpu has no rate (it has p50, p75, p90, p95, p99, p99.9, p99.99, mean, min, max, stdev"),
        ("p95 p99 < 1 s", 4, "unexpected 'p99' before the operator"),
        ("p95 raises < 10%", 4, "unexpected 'raises' before the operator (did you mean 'rises'?)"),
        ("p95 800 ms", 4, "unexpected '800' before the operator"),
        ("p95", 3, "the limit has no operator (write it like p95 < 800 ms)"),
        ("p95 = 3 s", 4, "expected <, <=, > or >=, found '='"),
        ("p95 ≤ 3 s", 4, "expected <, <=, > or >=, found '≤'"),
        ("p95 rises > 10%", 10, "a change is limited from above, found '>' (rises < 10%)"),
        ("p95 <", 5, "the limit has no value (response_time p95 takes a duration like 800 ms)"),
        ("p95 < 800", 6, "response_time p95 takes a duration, but '800' is a plain number (write it like 800 ms)"),
        ("p95 < 5%", 6, "response_time p95 takes a duration, but '5%' is a percentage (write it like 800 ms)"),
        ("p95 < 800 msec", 6, "'800 msec' is not a duration (did you mean 'sec'?)"),
        ("p95 < soon", 6, "'soon' is not a duration (write it like 800 ms)"),
        ("error_rate < 1", 13, "error_rate takes a percentage, but '1' is a plain number (write it like 1%)"),
        ("error_rate < 101%", 13, "more than 100% of everything (write a percentage like 1%)"),
        ("error_rate < 0%", 13, "nothing is below zero, so this can never hold"),
        ("throughput >= 15", 14, "throughput takes a rate, but '15' is a plain number (write it like 15/s)"),
        ("memory max < 600", 13, "memory max takes a size, but '600' is a plain number (write it like 600 MB)"),
        ("memory max < 600 Mb", 13, "'600 Mb' is not a size (did you mean 'MB'?)"),
        ("cls p75 < 0.1 s", 10, "cls p75 takes a plain number, but '0.1 s' is a duration (write it like 0.1)"),
        ("status < 1%", 6, "status needs a code or a class (status 5xx)"),
        ("status 6xx < 1%", 7, "status needs a code or a class, found '6xx' (status 5xx)"),
        ("status 200 < 1%", 7, "status 200 is not counted (only failures keep their status: 4xx and 5xx)"),
        ("status 5xx < 0.5", 13, "status takes a percentage, but '0.5' is a plain number (write it like 1%)"),
        ("p95 < 1 s for 10 s", 14, "expected 'every' after 'for'"),
        ("p95 < 1 s for every", 19, "expected a duration (like 10 s)"),
        ("p95 < 1 s within ten", 17, "'ten' is not a duration (like 10 s)"),
        ("p95 < 1 s within 1 s within 2 s", 21, "'within' is there twice"),
        ("max < 1 s for every 10 s", 10, "max is not judged in windows (use a percentile or mean)"),
        ("status 5xx < 1% for every 10 s", 16, "status is only counted for the whole run (use error_rate)"),
        ("p95 rises < 10% for every 10 s", 16, "a change against the baseline is judged over the whole run"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_column(text, at, message):
    with pytest.raises(LimitError) as raised:
        parse_limit(text)
    assert str(raised.value).startswith(message)
    assert raised.value.at == at


WORDS = st.sampled_from(
    [*METRICS, *SCOPES, "p95", "p99.9", "p0", "mean", "count", "rate", "rises", "falls", "<", "<=", ">", ">=", "=",
     "800", "ms", "1%", "15/s", "10 MB", "0.1", "-1", "within", "for", "every", "10 s", "5xx", "", "\x00",
     "é", "9" * 400]
)  # fmt: skip


@given(st.lists(WORDS, max_size=9).map(" ".join) | st.text(max_size=40))
def test_the_parser_never_fails_with_anything_but_its_own_error(text):
    try:
        limit = parse_limit(text)
    except LimitError as error:
        assert 0 <= error.at <= len(text)
        assert error.message
    else:
        assert math.isfinite(limit.value)


VALUES = {"s": "800 ms", "share": "12.5%", "per_s": "15/s", "bytes": "600 MB", "": "7"}


@given(st.sampled_from(sorted(METRICS)), st.data(), st.sampled_from(["<", "<=", ">"]), st.sampled_from(["", " ", "  "]))
def test_what_is_shown_reads_as_the_same_limit(name, data, operator, gap):
    metric = METRICS[name]
    aggregate = data.draw(st.sampled_from(metric.aggregates))
    value = VALUES[metric.unit_of(aggregate)]
    word = {"status": "status 5xx", "reading": "reading queue_depth"}.get(name, name)
    limit = parse_limit(f"{word}  {aggregate}{gap}{operator}{gap}{value}")
    assert parse_limit(limit.text) == limit
    assert limit.aggregate == aggregate
    assert limit.operator == operator


def test_every_metric_has_what_documentation_needs():
    for metric in METRICS.values():
        assert metric.meaning
        assert metric.aggregates
        assert all(metric.unit_of(aggregate) is not None for aggregate in (*metric.aggregates, *metric.default))
        assert set(metric.scopes) <= set(SCOPES)
