"""What monitoring systems get: Prometheus's text and OpenTelemetry's JSON say what the run says."""

import json
import re
import struct
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from simulator.errors import UnreachableError
from simulator.report.remote_write import push, snappy, write_request
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


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at


def fields(data):
    """Protobuf's wire format, read by its own rules."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 2:
            length, at = varint(data, at)
            yield key >> 3, data[at : at + length]
            at += length
        elif key & 7 == 1:
            yield key >> 3, struct.unpack("<d", data[at : at + 8])[0]
            at += 8
        else:
            value, at = varint(data, at)
            yield key >> 3, value


def unsnapped(data):
    length, at = varint(data, 0)
    found = b""
    while at < len(data):
        tag = data[at]
        assert tag & 3 == 0, "a literal"
        size, extra = (tag >> 2) + 1, 0
        if size > 60:
            extra = size - 60
            size = int.from_bytes(data[at + 1 : at + 1 + extra], "little") + 1
        at += 1 + extra
        found += data[at : at + size]
        at += size
    assert len(found) == length
    return found


def written(data):
    for _, series in fields(data):
        parts = list(fields(series))
        pairs = [dict(fields(content)) for number, content in parts if number == 1]
        [sample] = [dict(fields(content)) for number, content in parts if number == 2]
        labels = {pair[1].decode(): pair[2].decode() for pair in pairs}
        assert list(labels) == sorted(labels)
        yield labels, sample[1], sample[2]


def test_remote_write_carries_every_sample_of_the_text(run):
    told = {(name, tuple(sorted(labels.items()))): value for name, labels, value in samples(render(run, "prometheus"))}
    found = {}
    for labels, value, at_ms in written(write_request(run)):
        name = labels.pop("__name__")
        found[name, tuple(sorted(labels.items()))] = value
        assert at_ms > 1_600_000_000_000

    assert found == told


@pytest.mark.parametrize("size", [0, 1, 60, 65536, 65537, 200_000])
def test_snappy_is_what_its_format_says(size):
    content = bytes(number % 251 for number in range(size))

    assert unsnapped(snappy(content)) == content


def test_a_run_is_pushed_and_a_refusal_is_said(run):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.seen = (self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204 if self.path == "/good" else 400)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        push(run, f"{address}/good")
        headers, body = server.seen
        with pytest.raises(UnreachableError, match="400"):
            push(run, f"{address}/bad")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert headers["Content-Encoding"] == "snappy"
    assert unsnapped(body) == write_request(run)


def test_journeys_become_traces_whose_spans_lie_in_each_other(run):
    rows = run.document["waterfalls"]
    [resource] = json.loads(render(run, "otlp-traces"))["resourceSpans"]
    spans = resource["scopeSpans"][0]["spans"]
    by_id = {(span["traceId"], span["spanId"]): span for span in spans}

    assert len({span["traceId"] for span in spans}) == len(rows) > 0
    assert len(spans) == len(by_id) == len(rows) + sum(len(row["spans"]) for row in rows)
    for span in spans:
        assert re.fullmatch("[0-9a-f]{32}", span["traceId"])
        assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"])
        if "parentSpanId" in span:
            parent = by_id[span["traceId"], span["parentSpanId"]]
            assert int(parent["startTimeUnixNano"]) <= int(span["startTimeUnixNano"]) + 1000
    failed = {row["journey"] for row in rows if row["error_class"]}
    assert failed == {s["name"] for s in spans if "parentSpanId" not in s and s["status"]["code"] == 2}
