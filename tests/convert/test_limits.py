"""Limits of k6 and Taurus become threshold files that are read as such."""

import pytest

from simulator.convert.source import from_k6, from_taurus
from simulator.errors import FileError
from simulator.threshold.load import load_thresholds

K6 = """
import http from 'k6/http';
export const options = {
  vus: 10, // not a limit
  thresholds: {
    http_req_duration: ['p(95)<500', 'avg < 200',
      { threshold: 'p(99.9)<2000', abortOnFail: true, delayAbortEval: '10s' }],
    'http_req_duration{name:pay}': ["max<=1500",],
    http_req_failed: [`rate<0.01`],
    checks: ['rate>0.99'],
    'group_duration{group:::checkout}': ['med<800'],
    http_reqs: ['rate>=100'],
    /* ours has no such thing */
    vus: ['value>5'],
    my_trend: ['p(95)<1'],
  },
};
"""
TAURUS = """
reporting:
- module: passfail
  criteria:
  - avg-rt of pay>150ms for 10s, stop as failed
  - fail>5%, continue as failed
  - "p99 > 2s, continue as non-failed"
  - rc5??>1%
  - hits<20
  - subject: p90
    condition: '>'
    threshold: 800ms
    stop: false
  - concurr-above>100
"""


def made(convert, tmp_path, text, name):
    source = tmp_path / name
    source.write_text(text)
    result = convert(source, name)
    (tmp_path / "made.yaml").write_text(result.text)
    found = load_thresholds([tmp_path / "made.yaml"], environ={})
    told = [
        (t.limit.text, {word: [p.text for p in patterns] for word, patterns in t.scope.items()}, t.abort_after_s)
        for t in found
    ]
    return result, told, found


def test_k6_thresholds(tmp_path):
    result, told, _ = made(from_k6, tmp_path, K6, "script.js")

    assert told == [
        ("response_time p95 < 500 ms", {}, None),
        ("response_time mean < 200 ms", {}, None),
        ("response_time p99.9 < 2 s", {}, 10.0),
        ("response_time max <= 1.5 s", {"request": ["pay"]}, None),
        ("error_rate < 1%", {}, None),
        ("step_time p50 < 800 ms", {"step": ["checkout"]}, None),
        ("throughput >= 100/s", {}, None),
    ]
    assert [what.split(":")[0] for what in result.left_out] == ["vus", "my_trend"]
    assert "# Left out: vus: value>5" in result.text


def test_taurus_criteria_say_when_to_fail_and_thresholds_what_must_hold(tmp_path):
    result, told, found = made(from_taurus, tmp_path, TAURUS, "test.yml")

    assert told == [
        ("response_time mean <= 150 ms for every 10s", {"request": ["pay"]}, None),
        ("error_rate <= 5%", {}, None),
        ("response_time p99 <= 2 s", {}, None),
        ("status 5xx <= 1%", {}, 0.0),
        ("throughput >= 20/s", {}, 0.0),
        ("response_time p90 <= 800 ms", {}, None),
    ]
    assert [t.severity for t in found] == ["fail", "fail", "warn", "fail", "fail", "fail"]
    assert [what.split(":")[0] for what in result.left_out] == ["concurr-above>100"]


@pytest.mark.parametrize("text", ["", "export const options = {}", "options = {thresholds: {a: [f(3)]}}"])
def test_a_script_without_readable_thresholds_is_an_error(text, tmp_path):
    with pytest.raises(FileError, match="script.js"):
        made(from_k6, tmp_path, text, "script.js")


def test_foreign_text_stays_in_its_comment(tmp_path):
    evil = "export const options = {thresholds: {'x\\n- error_rate < 99%': ['p(95)<1\\n- p95 < 9 s']}}"
    result, told, _ = made(from_k6, tmp_path, evil.replace("\\n", "\n"), "script.js")

    assert told == []
    assert len(result.left_out) == 1
