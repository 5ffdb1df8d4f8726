"""What monitoring systems get: Prometheus's text and OpenTelemetry's JSON say what the run says."""

import json
import re

import pytest

from simulator.report.render import render

LINE = re.compile(r'^(\w+)\{((?:\w+="(?:[^"\\\n]|\\.)*",?)*)\} (\S+)$')


@pytest.fixture(scope="module")
def run(tmp_path_factory, maker_of, shop):
    return maker_of(tmp_path_factory.mktemp("exports")).make(shop(failing=0.02))


def samples(text):
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = LINE.match(line).groups()
            yield name, dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)), float(value)


def test_prometheus_gets_the_numbers_of_the_document(run):
    found = list(samples(render(run, "prometheus")))
    pay = next(r for r in run.document["series"] if r["step"] == "pay" and r["level"] == "step" and r["phase"] is None)

    def of(name, **wanted):
        return [v for n, labels, v in found if n == name and wanted.items() <= labels.items()]

    assert of("simulator_verdict", verdict="failed") == [1.0]
    chosen = {"level": "step", "user": pay["user"], "step": "pay"}
    assert of("simulator_response_time_seconds", **chosen, quantile="0.95") == [pay["p95_s"]]
    assert of("simulator_response_time_seconds_count", **chosen) == [pay["count"] - pay["errors"]]
    assert of("simulator_errors", **chosen) == [pay["errors"]]


def test_every_family_is_declared_once_before_its_samples(run):
    lines = render(run, "prometheus").splitlines()
    declared = [line.split()[2] for line in lines if line.startswith("# TYPE")]

    assert len(declared) == len(set(declared))
    assert {re.sub(r"_(sum|count)$", "", name) for name, _, _ in samples("\n".join(lines))} <= set(declared)


def test_opentelemetry_gets_every_bucket_as_it_was_recorded(run):
    [resource] = json.loads(render(run, "otlp"))["resourceMetrics"]
    metrics = {metric["name"]: metric for metric in resource["scopeMetrics"][0]["metrics"]}
    points = metrics["simulator.response_time.ok"]["exponentialHistogram"]["dataPoints"]
    cells = [(k, c) for k, c in sorted(run.measurements.totals.items()) if k.level != "vital" and c.ok.count]

    assert len(points) == len(cells)
    for point, (_, cell) in zip(points, cells, strict=True):
        first = point["positive"]["offset"]
        counts = {first + at: int(n) for at, n in enumerate(point["positive"]["bucketCounts"]) if n != "0"}
        assert counts == cell.ok.counts
        assert int(point["count"]) == cell.ok.count
        assert point["sum"] == pytest.approx(cell.ok.sum_s * 1e6)
