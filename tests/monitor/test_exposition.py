"""What services tell of themselves becomes readings that thresholds limit."""

import json
from http.server import BaseHTTPRequestHandler

import pytest

from simulator.monitor.exposition import MOST, Exposition, totals
from simulator.threshold.limit import LimitError, parse_limit
from tests.serving import serving

TEXT = """\
# HELP queue_depth Waiting orders.
# TYPE queue_depth gauge
queue_depth{queue="orders"} 3
queue_depth{queue="mails"} 4 1395066363000
# TYPE requests_total counter
requests_total{method="post",code="200"} 1027
requests_total{method="post",code="400"}    3
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.05"} 24054
latency_seconds_bucket{le="+Inf"} 144320
latency_seconds_sum 53423
latency_seconds_count 144320
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} 4773
rpc_seconds_sum 1.7560473e+07
rpc_seconds_count 2693
broken{ 3
nothing NaN
"""


def values(readings):
    return {reading.metric: reading.value for reading in readings}


def test_gauges_are_sums_over_labels_and_counters_are_rates():
    service = Exposition("shop", "http://x/metrics")

    assert values(service.readings(TEXT, 1.0)) == {"queue_depth": 7.0}
    later = TEXT.replace(" 1027", " 1047").replace("latency_seconds_count 144320", "latency_seconds_count 144330")
    assert values(service.readings(later, 3.0)) == {
        "queue_depth": 7.0, "requests_total": 10.0, "latency_seconds_count": 5.0, "latency_seconds_sum": 0.0,
        "rpc_seconds_count": 0.0, "rpc_seconds_sum": 0.0,
    }  # fmt: skip


def test_a_counter_that_began_anew_counts_from_there():
    service = Exposition("shop", "http://x/metrics", keep=["requests_*"])
    service.readings(TEXT, 1.0)

    restarted = "# TYPE requests_total counter\nrequests_total 5\n"
    assert values(service.readings(restarted, 2.0)) == {"requests_total": 5.0}


def test_only_so_many_are_kept_and_named_ones_first_of_all():
    text = "".join(f"gauge_{number:03} 1\n" for number in range(MOST + 10))

    assert len(Exposition("shop", "x").readings(text, 1.0)) == MOST
    assert values(Exposition("shop", "x", keep=["gauge_05?"]).readings(text, 1.0)).keys() == {
        f"gauge_05{digit}" for digit in range(10)
    }


def test_what_cannot_be_read_is_left_out():
    assert totals("<html>no</html>\n} {\n") == ({}, set())


def test_a_service_that_does_not_answer_has_no_readings_and_says_why():
    service = Exposition("shop", "http://127.0.0.1:9/metrics")

    assert service.read(1.0) == []
    assert "127.0.0.1:9" in service.problem


def test_the_language_of_limits_knows_them():
    limit = parse_limit("reading queue_depth max < 100")

    assert (limit.gauge, limit.aggregate, limit.value) == ("queue_depth", "max", 100.0)
    assert parse_limit("cpu p95 < 80%").gauge == "cpu"
    for text in ("reading < 3", "reading p95 < 3"):
        with pytest.raises(LimitError, match="needs a name"):
            parse_limit(text)


JOURNEYS = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0.1)

    @journey
    def call(self):
        self.client.get("/")
"""
SETTINGS = """
environments:
  here:
    services:
      shop: {url: "HOST", metrics: {path: /metrics, keep: [queue_depth]}}
    host: "{shop.url}"
profiles:
  gate: {users: 1, duration: 3s, validity: {loop_lag: 60s}, thresholds: limits.yaml}
"""


@pytest.fixture
def service():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = TEXT.encode() if self.path == "/metrics" else b"{}"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with serving(Handler) as url:
        yield url


def test_a_threshold_on_a_reading_decides_about_a_run(service, project):
    project.write("journeys/call.py", JOURNEYS)
    project.write("simulator.yaml", SETTINGS.replace("HOST", service))
    project.write(
        "limits.yaml", "- {service: shop, require: [reading queue_depth max < 5, reading queue_depth max < 9]}\n"
    )
    ended = project.run("run", "--profile", "gate")

    assert ended.code == 1, ended.out + ended.err
    document = json.loads((project.runs()[-1] / "run.json").read_text())
    assert [row["result"] for row in document["thresholds"]] == ["fail", "pass"]
    [reading] = [row for row in document["readings"] if row["source"] == "shop"]
    assert (reading["metric"], reading["max"]) == ("queue_depth", 7.0)
