"""What is fuzzed: a way to make cases, and what is done with one. Only errors of our own may come out."""

import functools
import json
import os
import tempfile
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgpack
import orjson
from hypothesis import strategies as st

from tests.fuzz.mutation import edited_bytes, edited_text, edited_value

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class FuzzTarget:
    """One reader of foreign input.

    Attributes:
        cases: makes inputs.
        attempt: reads one; raises errors of our own, or nothing.
    """

    cases: st.SearchStrategy[Any]
    attempt: Callable[[Any], object]


@functools.cache
def scratch() -> Path:
    """A folder for files of cases; each takes the place of the one before."""
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    scratch.keep = folder
    return Path(folder.name)


def written(name: str, content: str | bytes) -> Path:
    path = scratch() / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return path


def texts_of(*patterns: str) -> list[str]:
    return [path.read_text() for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def thresholds(text: str) -> None:
    from simulator.threshold.load import load_thresholds

    load_thresholds([written("limits.yaml", text)], environ={"X": "1"})


def limit(text: str) -> None:
    from simulator.errors import UsageError
    from simulator.threshold.limit import LimitError, parse_limit

    try:
        parse_limit(text)
    except LimitError as error:  # its caller gives it a place
        raise UsageError(str(error)) from error


def project(text: str) -> None:
    from simulator.plan.profile import load_of
    from simulator.plan.project import load_project

    written("simulator.yaml", text)
    for profile in load_project(scratch(), {"X": "1"}).profiles.values():
        load_of(profile)


def stubs(text: str) -> None:
    from simulator.virtual.stub_file import load_stub_file

    load_stub_file(written("stubs.yaml", text), {})


def data_spec(text: str) -> None:
    from simulator.data.spec_file import load_spec

    load_spec(written("data.yaml", text), {})


def har(value: Any) -> None:
    from simulator.virtual.reading import read_foreign

    read_foreign(written("case.har", json.dumps(value)))


def openapi(value: Any) -> None:
    from simulator.contract.openapi.description import read_description
    from simulator.errors import SimulatorError
    from simulator.virtual.reading import read_foreign

    path, refused = written("openapi.json", json.dumps(value)), None
    for read in (read_description, read_foreign):
        try:
            read(path)
        except SimulatorError as error:
            refused = error
    if refused is not None:
        raise refused


def openapi_text(text: str) -> None:
    from simulator.contract.openapi.description import read_description

    read_description(written("openapi.yaml", text))


def pact(value: Any) -> None:
    from simulator.contract.pact.read import read_pact

    read_pact(written("pact.json", json.dumps(value)))


def recorded(exchanges: list[Any]) -> None:
    from simulator.virtual.answer import Answer
    from simulator.virtual.exchange import Exchange
    from simulator.virtual.record import write_recording
    from simulator.virtual.request import Request

    made = [
        Exchange(Request(method, target, headers, body), Answer(status, fields, content), took_s, in_flight)
        for method, target, headers, body, status, fields, content, took_s, in_flight in exchanges
    ]
    if made:
        write_recording(made, scratch() / "recorded.yaml")


def answer(content: bytes) -> None:
    from simulator.errors import UsageError
    from simulator.journey.http.answer import read_answer
    from simulator.journey.http.decoding import decode
    from simulator.journey.http.headers import parse_head
    from simulator.journey.http.problem import HttpProblem

    parts = iter([content[: len(content) // 2], content[len(content) // 2 :]])
    try:
        _, head, body, _, _ = read_answer(lambda: next(parts, b""), False, 100_000)
        decode(body, parse_head(head).get("content-encoding", ""), 100_000)
    except (HttpProblem, OSError) as error:  # which the client counts as an error class
        raise UsageError(str(error)) from error


def worker_report(content: bytes) -> None:
    from simulator.engine.gathering import Gathering
    from simulator.engine.outbox import unpacked

    gathering = Gathering(["worker"])
    gathering.take("worker", unpacked(1, content))
    gathering.due(2**62)
    gathering.users()
    gathering.arrivals()


@functools.cache
def small_run() -> tuple[bytes, dict[str, Any]]:
    """Data file and `run.json` of a small run."""
    from simulator.cli.judgement import judged
    from simulator.record.failure import Evidence, Failure, FailureKey
    from simulator.record.folder import RunFolder
    from simulator.record.manifest import Manifest, ThresholdFile
    from simulator.record.measurements import Measurements
    from simulator.record.sample import PhaseSpan, Reading, SeriesKey
    from simulator.record.window import Window

    folder = RunFolder.create(scratch() / "origin", datetime.now(UTC), "v1")
    writer, live, spans = folder.writer(), Measurements((0.1,)), [PhaseSpan("steady", 0.0, 65.0, True)]
    manifest = Manifest(
        run=folder.path.name,
        build="v1",
        started_at="2026-01-01T00:00:00+00:00",
        host="http://127.0.0.1",
        environment="",
        profile="",
        command="simulator run",
        machine={"cores": 2},
        versions={"simulator": "0"},
        phases=[],
        journeys=[],
        thresholds=[ThresholdFile("limits.yaml", "- p95 < 800 ms\n- error_rate < 5%\n")],
        limits_s=[0.1],
        services=[],
        most_loop_lag_s=0.1,
        most_browser_wait_ratio=0.8,
        most_browser_deaths=3,
        baseline=[],
        against="",
        pid=os.getpid(),
    )
    writer.note("manifest", manifest.to_plain())
    writer.note("limits_s", [0.1])
    writer.phases(spans)
    for second in range(65):
        window = Window(second)
        for name in ("GET /", "POST /orders"):
            window.cell(SeriesKey("operation", "U", "buy", "pay", name, "http", "steady")).add_ok((0.05, 0.2), (0.1,))
        window.readings.append(Reading("generator", "loop_lag", "s", float(second), 0.001))
        window.fail(
            Failure(
                FailureKey("U", "buy", "pay", "GET /", "http 502", "bad", "steady"),
                "bad",
                1,
                1.0,
                2.0,
                [Evidence("a.txt", b"x")],
            )
        )
        writer.append(window)
        live.add(window)
    writer.note("ending", {"how": "finished", "reason": "", "duration_s": 65.0})
    writer.finish(live.totals)
    run = judged(folder)
    return (folder.path / "data.sqlite").read_bytes(), orjson.loads(orjson.dumps(run.document, default=str))


FORMS = ("text", "html", "md", "junit", "json", "csv", "prometheus", "otlp")


def told(form: str) -> None:
    from simulator.cli.report_command import run

    run(Namespace(run=scratch() / "run", format=form, charts=False, push=None, output=scratch() / "told"))


def run_folder(case: tuple[bytes, str]) -> None:
    content, form = case
    (scratch() / "run").mkdir(exist_ok=True)
    for left in (scratch() / "run").glob("*"):
        left.unlink()
    written("run/data.sqlite", content)
    told(form)


def run_document(case: tuple[Any, str]) -> None:
    value, form = case
    (scratch() / "run").mkdir(exist_ok=True)
    written("run/data.sqlite", small_run()[0])
    written("run/run.json", json.dumps(value))
    told(form)


def _har() -> dict[str, Any]:
    def entry(method: str, url: str, text: str) -> dict[str, Any]:
        return {
            "startedDateTime": "2026-01-01T00:00:00Z",
            "time": 12.5,
            "request": {
                "method": method,
                "url": url,
                "headers": [{"name": "Accept", "value": "*/*"}],
                "queryString": [],
                "cookies": [],
                "postData": {"mimeType": "application/json", "text": '{"a": 1}'},
            },
            "response": {
                "status": 200,
                "statusText": "OK",
                "headers": [{"name": "Content-Type", "value": "application/json"}],
                "cookies": [],
                "content": {"size": len(text), "mimeType": "application/json", "text": text},
            },
            "timings": {"send": 1, "wait": 10, "receive": 1.5},
        }

    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "x", "version": "1"},
            "entries": [
                entry("GET", "https://shop.test/api/products?q=lamp", '[{"id": 1}]'),
                entry("POST", "https://shop.test/api/orders/6f9619ff-8b86-d011-b42d-00cf4fc964ff", '{"token": "x"}'),
            ],
        }
    }


def _reports() -> list[bytes]:
    from simulator.engine.outbox import Outbox
    from simulator.record.sample import Reading, SeriesKey
    from simulator.record.window import Window

    outbox = Outbox()
    window = Window(3)
    window.cell(SeriesKey("operation", "U", "buy", "pay", "GET /", "http", "steady")).add_ok((0.05, 0.2), (0.1,))
    window.readings.append(Reading("generator", "loop_lag", "s", 3.0, 0.001))
    outbox.put(window, [10, 9, 1, {"U": 3}])
    return [content for _, content in outbox.to_send()]


def packed_report(plain: Any) -> bytes:
    import zlib

    return zlib.compress(msgpack.packb(plain, default=str), 1)


def plain_reports() -> list[Any]:
    import zlib

    return [msgpack.unpackb(zlib.decompress(each), strict_map_key=False) for each in _reports()]


def storable_value(value: Any) -> bool:
    try:
        msgpack.packb(value)
    except (ValueError, OverflowError, UnicodeEncodeError, TypeError):
        return False
    return True


TEXT = st.text(max_size=30)
BODY = st.one_of(st.binary(max_size=60), st.sampled_from([b"{}", b'{"id": 1, "token": "x"}', b"[1, 2]", b"a=1&b=2"]))
EXCHANGE = st.tuples(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    st.one_of(
        TEXT.map(lambda text: f"/{text}"),
        st.sampled_from(["/api/1", "/api/a?b=c", "/x/6f9619ff-8b86-d011-b42d-00cf4fc964ff"]),
    ),
    st.dictionaries(st.sampled_from(["content-type", "cookie", "authorization", "x-y"]), TEXT, max_size=3),
    BODY,
    st.integers(200, 599),
    st.lists(st.tuples(st.sampled_from(["Content-Type", "Set-Cookie", "Location", "ETag"]), TEXT), max_size=3).map(
        tuple
    ),
    BODY,
    st.floats(0, 10),
    st.integers(1, 5),
)
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b; Path=/\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 22\r\n\r\n"
    + bytes.fromhex("1f8b08000000000002ffabae05004300bfa302000000"),
]


@functools.cache
def targets() -> dict[str, FuzzTarget]:
    """By name."""
    description = json.loads((ROOT / "simulator/demo/openapi.json").read_text())
    pacts = [json.loads(text) for text in texts_of("journeys/contracts/*.json")]
    data, document = small_run()
    forms = st.sampled_from(FORMS)
    reports = edited_value(plain_reports()).filter(storable_value).map(packed_report)
    limits = [
        "p95 < 800 ms",
        "error_rate < 1% for every 10 s",
        "throughput >= 15/s",
        "p95 rises < 10%",
        "lcp p75 < 2.5 s",
        "response_time p99.9 <= 1.5s within 10 s",
        "status 5xx < 3",
        "memory max < 600 MB",
    ]
    import yaml

    return {
        "limits": FuzzTarget(edited_text(limits), limit),
        "threshold files": FuzzTarget(
            edited_text(texts_of("thresholds/*.yaml", "journeys/**/thresholds*.yaml")), thresholds
        ),
        "simulator.yaml": FuzzTarget(edited_text(texts_of("simulator.yaml", "simulator/**/simulator.yaml")), project),
        "stubs": FuzzTarget(edited_text(texts_of("journeys/virtual/*.yaml")), stubs),
        "data specs": FuzzTarget(edited_text(texts_of("journeys/data/*.yaml")), data_spec),
        "run folders: data.sqlite": FuzzTarget(st.tuples(edited_bytes([data]), forms), run_folder),
        "run folders: run.json": FuzzTarget(st.tuples(edited_value([document]), forms), run_document),
        "HAR": FuzzTarget(edited_value([_har()]), har),
        "OpenAPI": FuzzTarget(edited_value([description]), openapi),
        "OpenAPI in YAML": FuzzTarget(edited_text([yaml.safe_dump(description)[:6000]]), openapi_text),
        "Pact files": FuzzTarget(edited_value(pacts), pact),
        "recorded traffic": FuzzTarget(st.lists(EXCHANGE, max_size=4), recorded),
        "HTTP answers": FuzzTarget(edited_bytes(ANSWERS), answer),
        "worker messages": FuzzTarget(st.one_of(edited_bytes(_reports()), reports), worker_report),
    }
