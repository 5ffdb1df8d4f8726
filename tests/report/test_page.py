import json
import re
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from simulator.record.manifest import PlannedPhase
from simulator.record.sample import SeriesKey
from simulator.record.window import Window
from simulator.report.html_form import to_html
from simulator.report.index import write_index
from simulator.report.render import render

pytestmark = pytest.mark.browser
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
CALM = "- error_rate < 1%\n- p95 < 2 s\n- throughput >= 5/s\n"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EVIL = "</script><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>\u202e\x00{{ 7 * 7 }}"
EVIL += "u" * 5000


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("google-chrome")
    with playwright.sync_playwright() as driver:
        try:
            made = driver.chromium.launch(executable_path=found, args=SWITCHES)
        except playwright.Error as error:
            pytest.skip(f"no browser: {str(error).splitlines()[0]}")
        yield made
        made.close()


class Opened:
    """A page in a browser, with everything it did that a report must not do."""

    def __init__(self, browser, file, size):
        self.requests, self.noise = [], []
        width, height = SIZES[size]
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.noise.append(message.text))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.noise.append(dialog.message), dialog.dismiss()))
        self.page.goto(file.as_uri())

    def outside(self):
        return [url for url in self.requests[1:] if not url.startswith("data:")]


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


@pytest.fixture(scope="module")
def runs(tmp_path_factory, maker_of, shop):
    maker = maker_of(tmp_path_factory.mktemp("runs"))
    made = {
        "FAILED": maker.make(shop(failing=0.02), events=[(92.0, "service died", "service 'payments' ended")]),
        "PASSED": maker.make(shop(), thresholds=CALM),
        "INVALID": maker.make(shop(loop_lag_s=0.4), thresholds=CALM, finished=False),
    }
    for run in made.values():
        (run.folder / "report.html").write_text(to_html(run), encoding="utf-8")
        (run.folder / "run.json").write_text(render(run, "json"), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, maker_of, shop):
    names = dict.fromkeys(
        ("find a lamp", "pay", "GET /api/products", "/", "buy_a_lamp", "Visitor",
         "order refused: 502 payment provider did not answer"), EVIL,
    )  # fmt: skip
    phases = (PlannedPhase(EVIL, 0.0, 20.0, True, EVIL),)
    run = maker_of(tmp_path_factory.mktemp("hostile")).make(
        shop(seconds=20, failing=0.3, phases=phases, names=names), phases=phases, build=EVIL, host=EVIL, profile=EVIL,
        command=EVIL, versions={EVIL: EVIL}, events=[(1.0, "note", EVIL)],
        thresholds="- each: step\n  require: p95 < 1 ms\n",
    )  # fmt: skip
    (run.folder / "report.html").write_text(to_html(run), encoding="utf-8")
    return run


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("word", ["FAILED", "PASSED", "INVALID"])
def test_the_first_screen_says_the_verdict_and_why(runs, opened, word, size):
    view = opened(runs[word].folder / "report.html", size)

    assert not view.noise
    assert not view.outside()
    badge = view.page.locator(".badge")
    assert word in badge.inner_text()
    assert badge.bounding_box()["y"] < 100
    why = view.page.locator(".why li, .reasons li").first.bounding_box()
    assert why["y"] + why["height"] <= SIZES[size][1]
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.fault(
    25, "hostile names in every field of the page, opened in Chromium", "no script runs, no request leaves"
)
def test_hostile_names_are_text(hostile, opened, size):
    view = opened(hostile.folder / "report.html", size)

    assert not view.noise
    assert not view.outside()
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert view.page.evaluate("document.scripts.length") == 2
    assert view.page.locator("img:not(.shot img)").count() == 0
    assert "<script>alert(1)</script>" in view.page.locator("h1").inner_text()
    assert "{{ 7 * 7 }}" in view.page.locator("h1").inner_text()


def test_a_failed_threshold_leads_to_the_step_the_moment_and_the_evidence(runs, opened):
    page = opened(runs["FAILED"].folder / "report.html").page
    first = page.locator(".why > li").first

    first.get_by_text("the step").click()
    assert page.locator("tr:target th").inner_text() == "pay"
    first.get_by_text(re.compile("worst at")).click()
    assert "outage" in page.locator("#readout").inner_text()
    first.get_by_text(re.compile("evidence")).click()
    assert page.locator("details.error:target").get_attribute("open") is not None
    page.locator("details.error:target details.exchange summary").click()
    assert "HTTP/1.1 502 Bad Gateway" in page.locator("details.error:target pre").inner_text()


def test_screenshots_are_inside_the_file(runs, opened, tmp_path):
    alone = shutil.copy(runs["FAILED"].folder / "report.html", tmp_path / "alone.html")
    view = opened(Path(alone))

    picture = view.page.locator(".shot img").first
    picture.scroll_into_view_if_needed()
    view.page.wait_for_function("document.querySelector('.shot img').complete")
    assert picture.evaluate("image => image.naturalWidth") == 320
    assert not view.outside()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("page", ["FAILED/report.html", "index.html"])
def test_axe_finds_nothing_serious(runs, opened, page, colours):
    word, _, name = page.rpartition("/")
    folder = runs["FAILED"].folder
    write_index(folder.parent)
    view = opened(folder / name if word else folder.parent / name)
    view.page.emulate_media(color_scheme=colours)
    view.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = view.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]

    grave = [
        f"{row['id']}: {row['nodes'][0]['html'][:150]}" for row in found if row["impact"] in ("serious", "critical")
    ]
    assert not grave


def test_charts_can_be_read_with_the_keyboard(runs, opened):
    page = opened(runs["FAILED"].folder / "report.html").page

    page.locator("#charts").focus()
    page.keyboard.press("Home")
    first = page.locator("#readout").inner_text()
    page.keyboard.press("End")

    assert "warm-up" in first
    assert "recovery" in page.locator("#readout").inner_text()
    assert "p95" in page.locator("#readout").inner_text()


def test_operations_are_filtered_sorted_and_shown_for_a_phase(runs, opened):
    page = opened(runs["FAILED"].folder / "report.html").page
    rows = page.locator("#operation-table tbody tr:visible")
    whole = rows.count()

    page.locator("input[data-table=operation-table]").fill("api/orders")
    assert rows.count() == 1
    page.locator("input[data-table=operation-table]").fill("")
    page.locator("#operation-table").get_by_role("button", name="p95", exact=True).click()
    assert "pay" in rows.first.inner_text()
    before = rows.first.inner_text()
    page.locator("select[data-table=operation-table]").select_option("outage")
    assert rows.count() == whole
    assert rows.first.inner_text() != before


def test_the_page_is_whole_without_its_script(runs, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((runs["FAILED"].folder / "report.html").as_uri())

    assert page.locator("svg.chart.wide path.l").count() >= 10
    assert page.locator("#operation-table tbody tr:visible").count() == 4
    context.close()


def test_the_index_lists_every_run_and_survives_damaged_ones(runs, opened):
    reports = runs["FAILED"].folder.parent
    for name, content in {
        "20250101-000000-cut": "{",
        "20250102-000000-odd": '{"series": []}',
        "20250103-000000-list": "[]",
    }.items():
        (reports / name).mkdir(exist_ok=True)
        (reports / name / "run.json").write_text(content)
    going = reports / "20270101-000000-going"
    going.mkdir(exist_ok=True)
    (going / "data.sqlite").write_bytes(b"")
    (reports / "not a run").mkdir(exist_ok=True)

    write_index(reports)

    view = opened(reports / "index.html", "phone")
    rows = view.page.locator("#runs tbody tr")
    assert not view.noise
    assert not view.outside()
    assert rows.count() == 7
    assert "still going on" in rows.first.text_content()
    assert view.page.get_by_text("no verdict", exact=True).count() == 4
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    view.page.get_by_role("link", name="2.4.1").first.click()
    assert view.page.locator(".badge").count() == 1


def test_an_hour_of_fifty_series_stays_one_small_file(maker):
    keys = [SeriesKey("operation", "Shopper", "buy", f"step {at}", f"GET /{at}", "http", "steady") for at in range(50)]

    def windows(limits_s):
        for second in range(0, 3600, 9):
            window = Window(second)
            for at, key in enumerate(keys):
                window.cell(key).add_ok((0.01 * (at + 1), 0.012 * (at + 1)), limits_s)
            yield window

    run = maker.make(windows, phases=(PlannedPhase("steady", 0.0, 3600.0, True, "50/s"),), thresholds="- p95 < 2 s\n")

    page = to_html(run)

    assert len(page.encode()) < 1_500_000
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1])
    assert 200 <= len(data["at"]) <= 300
