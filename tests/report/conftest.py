import math
import random
import shutil
import struct
import zlib
from datetime import UTC, datetime

import pytest

from simulator.compare.measured import facts_of
from simulator.monitor.validity import validity_of
from simulator.record.failure import Evidence, Failure, FailureKey, pattern_of
from simulator.record.folder import RunFolder
from simulator.record.manifest import Manifest, PlannedJourney, PlannedPhase, ThresholdFile
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.trace import Span, Trace
from simulator.record.window import Window
from simulator.report.correlation import correlations
from simulator.report.document import run_document
from simulator.report.run import Run
from simulator.report.waterfall import waterfalls
from simulator.threshold.judge import judge
from simulator.threshold.load import load_thresholds
from simulator.threshold.threshold import limits_of
from simulator.threshold.verdict import decide
from tests.report.opened import SWITCHES, Opened

THRESHOLDS = """\
- error_rate < 1%
- p95 < 800 ms
- throughput >= 5/s
- name: paying stays quick
  journey: buy_a_lamp
  step: pay
  require: [p99 < 2 s, error_rate < 0.5%]
- each: step
  require: p95 < 1.5 s
  severity: warn
- kind: browser
  require: [lcp p75 < 2.5 s, cls p75 < 0.1]
"""
JOURNEYS = (
    PlannedJourney("Shopper", "api", "buy_a_lamp", 3, ["checkout", "critical"], ["find a lamp", "pay"], True),
    PlannedJourney("Visitor", "browser", "buy_in_the_browser", 1, ["checkout"], ["open the shop", "pay"], True),
)
PHASES = (
    PlannedPhase("warm-up", 0.0, 15.0, False, "5/s"),
    PlannedPhase("steady", 15.0, 75.0, True, "12/s, 4 Visitor"),
    PlannedPhase("outage", 90.0, 20.0, True, "12/s, 4 Visitor"),
    PlannedPhase("recovery", 110.0, 30.0, True, "12/s, 4 Visitor"),
)


class RunMaker:
    """Makes real run folders out of windows, judged as the command line does it."""

    def __init__(self, reports):
        self.reports = reports

    def make(self, windows, *, thresholds=THRESHOLDS, phases=PHASES, finished=True, events=(), build="2.4.1",
             started_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC), **more):  # fmt: skip
        folder = RunFolder.create(self.reports, started_at, build)
        file = folder.path / "release.yaml"
        file.write_text(thresholds, encoding="utf-8")
        judged_by = load_thresholds([file])
        limits_s = limits_of(judged_by)
        spans = [PhaseSpan(p.name, p.start_s, p.start_s + p.duration_s, p.measured) for p in phases]
        manifest = _manifest(folder, build, started_at, phases, ThresholdFile(str(file), thresholds), limits_s, more)
        ending = {"how": "finished", "reason": "", "duration_s": spans[-1].end_s} if finished else None
        writer = folder.writer()
        writer.note("manifest", manifest.to_plain())
        writer.note("limits_s", list(limits_s))
        writer.phases(spans)
        measured = Measurements(limits_s)
        for window in windows(limits_s) if callable(windows) else windows:
            for failure in window.failures.values():
                folder.keep_evidence(failure)
            writer.append(window)
            measured.add(window)
        for event in events:
            writer.event(*event)
        if ending:
            writer.note("ending", ending)
        writer.finish(measured.totals)
        return _judged(folder, manifest, ending, judged_by)


def _manifest(folder, build, started_at, phases, file, limits_s, more):
    plain = {
        "host": "http://127.0.0.1:8080",
        "environment": "demo",
        "profile": "gate",
        "command": "simulator run --profile gate",
        "machine": {"system": "Linux", "processor": "x86", "cores": 2, "memory_bytes": 8_000_000_000},
        "versions": {"python": "3.11.2", "simulator": "0.1.0", "browser": "Chromium 140"},
        "journeys": JOURNEYS,
        "services": ["shop", "payments"],
        **more,
    }
    return Manifest(folder.path.name, build, started_at.isoformat(timespec="seconds"), phases=phases,
                    thresholds=[file], limits_s=limits_s, **plain)  # fmt: skip


def _judged(folder, manifest, ending, thresholds):
    reader = folder.reader()
    measurements = reader.measurements()
    rulings = judge(thresholds, measurements, final=True)
    validity = validity_of(measurements, manifest, ending)
    verdict = decide(rulings, validity, measured_operations=measurements.total(measurements.keys()).count)
    facts = facts_of(measurements)
    document = run_document(manifest, measurements, ending, rulings, verdict, validity, facts=facts)
    document |= {"baseline": [], "notes": [], "outcomes": []}
    document["waterfalls"] = waterfalls(reader.traces(), measurements)
    document["correlations"] = correlations(measurements)
    return Run(folder.path, document, measurements, reader.events())


def phase_at(second, phases=PHASES):
    return [phase.name for phase in phases if phase.start_s <= second][-1]


def shop_windows(*, seconds=140, slow=1.0, failing=0.0, loop_lag_s=0.004, phases=PHASES, names=None, seed=7):
    """A shop under API and browser users; `names` replaces its names by hostile ones."""

    def name(text):
        return (names or {}).get(text, text)

    def make(limits_s):
        rng = random.Random(seed)
        for second in range(seconds):
            yield _second(second, phase_at(second, phases), limits_s, rng, name, slow, failing, loop_lag_s)

    return make


def _second(second, phase, limits_s, rng, name, slow, failing, loop_lag_s):
    window = Window(second)
    trouble = phase == "outage"
    times = 5 if phase == "warm-up" else 12
    stretch = slow * (2.2 if trouble else 1.0) * (1 + 0.1 * math.sin(second / 9))
    shopper, buys = name("Shopper"), name("buy_a_lamp")
    find = SeriesKey("operation", shopper, buys, name("find a lamp"), name("GET /api/products"), "http", phase)
    pay = SeriesKey("operation", shopper, buys, name("pay"), name("POST /api/orders"), "http", phase)
    finds = [stretch * rng.lognormvariate(-2.6, 0.4) for _ in range(times)]
    pays = [stretch * rng.lognormvariate(-1.4, 0.45) for _ in range(times)]
    share = failing * (6 if trouble else 1)
    lost = [value for value in pays if rng.random() < share]
    fine = [value for value in pays if value not in lost]
    _count(window, find, finds, [], limits_s)
    _count(window, pay, fine, lost, limits_s)
    _count(window, find._replace(level="step", name=""), finds, [], limits_s)
    _count(window, pay._replace(level="step", name=""), fine, lost, limits_s)
    journey = SeriesKey("journey", shopper, buys, "", "", "journey", phase)
    both = [a + b for a, b in zip(finds, pays, strict=True)]
    _count(window, journey, both[len(lost) :], both[: len(lost)], limits_s)
    window.traces.append(_bought(find, pay, second, finds[0], pays[0], lost))
    if lost:
        window.fail(_payment_failure(shopper, buys, pay, phase, len(lost), second, name))
    if second % 2 == 0:
        _browse(window, second, phase, limits_s, rng, name, stretch, failing)
    _read(window, second, rng, loop_lag_s, trouble)
    return window


def _browse(window, second, phase, limits_s, rng, name, stretch, failing):
    visitor, buys = name("Visitor"), name("buy_in_the_browser")
    opens = SeriesKey("operation", visitor, buys, name("open the shop"), name("open the shop"), "browser", phase)
    opened, paid = [stretch * rng.lognormvariate(-0.9, 0.3)], [stretch * rng.lognormvariate(-0.6, 0.3)]
    lost = failing and second % 20 == 0
    pays = opens._replace(step=name("pay"), name=name("pay"))
    _count(window, opens, opened, [], limits_s)
    _count(window, opens._replace(level="step", name=""), opened, [], limits_s)
    _count(window, pays, [] if lost else paid, paid if lost else [], limits_s)
    _count(window, pays._replace(level="step", name=""), [] if lost else paid, paid if lost else [], limits_s)
    journey = SeriesKey("journey", visitor, buys, "", "", "journey", phase)
    total = [opened[0] + paid[0]]
    _count(window, journey, [] if lost else total, total if lost else [], limits_s)
    window.traces.append(_browsed(opens, pays, second, opened[0], paid[0], lost, name))
    for metric, value in (("lcp", 2.2 * opened[0]), ("fcp", opened[0]), ("cls", 0.02 * rng.random())):
        vital = SeriesKey("vital", visitor, buys, name("/"), metric, "browser", phase)
        _count(window, vital, [value], [], limits_s)
    if lost:
        message = 'Locator.expect_to_be_visible: timeout 5000 ms\n  waiting for get_by_text("Thank you")'
        kind = FailureKey(visitor, buys, pays.step, pays.name, "timeout", pattern_of(message), phase)
        picture = Evidence("screenshot.png", png(320, 200))
        window.fail(Failure(kind, name(message), 1, second + 0.4, second + 0.4, [picture]))


def _bought(find, pay, second, find_s, pay_s, lost):
    outcome, error_class = ("error", "http 502") if lost else ("ok", "")
    spans = [
        Span("operation", find.name, "http", 0.001, find_s - 0.002, "ok"),
        Span("step", find.step, "", 0.0, find_s, "ok"),
        Span("operation", pay.name, "http", find_s + 0.001, pay_s - 0.002, outcome),
        Span("step", pay.step, "", find_s, pay_s, outcome),
    ]
    lot = (second * 0.618) % 1
    return Trace(find.user, find.journey, find.phase, error_class, second + 0.1, 0.0, find_s + pay_s, lot, spans)


def _browsed(opens, pays, second, open_s, pay_s, lost, name):
    outcome, error_class = ("error", "timeout") if lost else ("ok", "")
    address = name("GET /api/products").removeprefix("GET ")
    spans = [
        Span("step", opens.step, "", 0.0, open_s, "ok"),
        Span("step", pays.step, "", open_s, pay_s, outcome),
        Span("request", "http://127.0.0.1:8080/", "document", 0.01, 0.3 * open_s, "ok"),
        Span("request", f"http://127.0.0.1:8080{address}", "fetch", 0.4 * open_s, 0.5 * open_s, "ok"),
        Span("request", "http://127.0.0.1:8080/api/orders", "fetch", open_s + 0.05, 0.8 * pay_s, outcome),
    ]
    lot = (second * 0.618) % 1
    return Trace(opens.user, opens.journey, opens.phase, error_class, second + 0.2, 0.0, open_s + pay_s, lot, spans)


def _payment_failure(user, journey, key, phase, count, second, name):
    message = name("order refused: 502 payment provider did not answer")
    kind = FailureKey(user, journey, key.step, key.name, "http 502", pattern_of(message), phase)
    text = name("POST /api/orders HTTP/1.1\nHost: 127.0.0.1\n\n{\"product\": 7}\n\nHTTP/1.1 502 Bad Gateway\n\n"
                '{"detail": "<b>payment provider</b> did not answer"}')  # fmt: skip
    return Failure(kind, message, count, second + 0.2, second + 0.9, [Evidence("exchange.txt", text.encode())])


def _count(window, key, ok, failed, limits_s):
    cell = window.cell(key)
    cell.add_ok(ok, limits_s)
    for value in failed:
        cell.failed.add(value)
    cell.size_bytes += 1200 * (len(ok) + len(failed))


def _read(window, second, rng, loop_lag_s, trouble):
    at_s = second + 0.5
    shop_cpu = (0.75 if trouble else 0.4) + 0.1 * rng.random()
    gauges = [
        ("generator", "cpu", "share", 0.2 + 0.05 * rng.random()),
        ("generator", "memory", "bytes", 120e6 + second * 2e4),
        ("generator", "loop_lag", "s", loop_lag_s),
        ("generator", "loop_cpu", "share", 0.2),
        ("machine", "cpu", "share", 0.5 + 0.1 * rng.random()),
        ("machine", "memory", "bytes", 2.1e9),
        ("shop", "cpu", "share", shop_cpu),
        ("shop", "memory", "bytes", 180e6 + second * 4e5),
        ("payments", "cpu", "share", 0.05 * rng.random()),
        ("payments", "memory", "bytes", 40e6),
        ("generator", "users", "", float(min(16, 4 + second))),
        ("generator", "arrivals_planned", "", 12.0),
        ("generator", "arrivals_started", "", 11.0 if trouble else 12.0),
        ("generator", "arrivals_dropped", "", 1.0 if trouble else 0.0),
    ]
    window.readings += [Reading(source, metric, unit, at_s, value) for source, metric, unit, value in gauges]


def png(width, height):
    """A plain picture, so that evidence is a real image."""
    row = b"\x00" + b"".join(bytes((235, 238, 245 - x % 40)) for x in range(width))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(row * height))]
    body = b"".join(
        struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in [*chunks, (b"IEND", b"")]
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture
def maker(tmp_path):
    return RunMaker(tmp_path / "reports")


@pytest.fixture(scope="session")
def maker_of():
    return RunMaker


@pytest.fixture(scope="session")
def shop():
    return shop_windows


@pytest.fixture(scope="module")
def browser():
    """Of one module alone: Playwright's loop must have ended before anybody else in this process has one."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("google-chrome")
    with playwright.sync_playwright() as driver:
        try:
            made = driver.chromium.launch(executable_path=found, args=SWITCHES)
        except playwright.Error as error:
            pytest.skip(f"no browser: {str(error).splitlines()[0]}")
        yield made
        made.close()


@pytest.fixture
def opened(browser):
    contexts = []

    def open_(file, size="desktop"):
        made = Opened(browser, file, size)
        contexts.append(made.context)
        return made

    yield open_
    for context in contexts:
        context.close()
