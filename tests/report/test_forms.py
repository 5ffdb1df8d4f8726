import csv
import io
import json
import random
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from simulator.cli import main
from simulator.record.manifest import PlannedJourney, PlannedPhase
from simulator.record.sample import SeriesKey
from simulator.record.window import Window
from simulator.report.chart_files import chart_files
from simulator.report.render import FORMATS, render
from simulator.report.text_form import journey_rows
from simulator.report.wording import ends, finding, with_ends
from simulator.units import show

TIMES = ("p50_s", "p95_s", "p99_s")
PHASE = (PlannedPhase("steady", 0.0, 60.0, True, "20/s"),)
KEY = SeriesKey("operation", "Shopper", "buy", "pay", "POST /orders", "http", "steady")

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "]]><x>",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "=cmd|' /C calc'!A0",
    "\x00=1+1",
    "http://example.org/" + "a" * 10_000,
    "\u202eevil\u202c \u2066x\u2069 \u061c",
    "nul\x00nul",
    "::error file=x::boom",
    "##vso[task.setvariable]x",
    "##[error]x",
    "@everyone #1 ![x](http://example.org/x.png) `code` | *b* www.example.org",
    "[/red] :smile: [bold]",
    "{{ 7 * 7 }} {% x %}",
    "line\u2028two\u2029three\nfour\r\n::five",
    "' onmouseover='alert(3)' \"x\"",
)


def exact(values, q):
    return sorted(values)[max(0, -(-int(round(q * 1e6)) * len(values) // 10**6) - 1)]


@pytest.fixture
def known(maker):
    rng = random.Random(3)
    values = [rng.lognormvariate(-2, 0.8) for _ in range(6000)]

    def windows(limits_s):
        for second in range(60):
            window = Window(second)
            cell = window.cell(KEY)
            cell.add_ok(values[second * 100 : second * 100 + 100], limits_s)
            if second % 10 == 0:
                cell.failed.add(0.2)
            yield window

    run = maker.make(windows, phases=PHASE, thresholds="- p95 < 800 ms\n- p99 < 805.2 ms\n- error_rate < 1%\n")
    return run, values


def test_percentiles_are_within_one_percent_of_the_exact_ones(known):
    run, values = known

    row = json.loads(render(run, "json"))["series"][0]

    for name, q in {"p50_s": 0.5, "p75_s": 0.75, "p90_s": 0.9, "p95_s": 0.95, "p99_s": 0.99, "p999_s": 0.999}.items():
        assert row[name] == pytest.approx(exact(values, q), rel=0.01)
    assert (row["min_s"], row["max_s"], row["count"], row["errors"]) == (min(values), max(values), 6006, 6)
    assert row["mean_s"] == pytest.approx(sum(values) / 6000)


def test_the_same_value_has_the_same_text_in_every_form(known):
    run, _ = known

    for row in run.document["thresholds"]:
        value = finding(row).split(" [")[0].split(",")[0]
        for form in ("text", "md", "html"):
            assert value in re.sub(r"\s+", " ", render(run, form)), (form, row["text"])


def test_the_numbers_of_a_journey_have_the_same_text_in_every_form(maker, shop):
    run = maker.make(shop(failing=0.02))
    told = {form: re.sub(r"\s+", " ", render(run, form)) for form in ("text", "md", "html")}

    for row in journey_rows(run.document):
        times = [show(row[name], "s") for name in TIMES]
        assert " ".join(times) in told["text"]
        figures = (("p50_s", "s"), ("p95_s", "s"), ("p99_s", "s"), ("error_rate", "share"))
        cells = [with_ends(row, figure, unit) for figure, unit in figures]
        assert f"| {row['count']:,} | {' | '.join(cells)} |" in told["md"]
        beneath = [
            f'>{t}<small class="ends">{ends(row, f, "s")}</small></td>' for t, f in zip(times, TIMES, strict=True)
        ]
        assert "".join(beneath) in re.sub(r"<td[^>]*>", ">", told["html"])
        if row["errors"]:
            share = show(row["error_rate"], "share")
            assert f"{row['errors']:,} ({share})" in told["text"]
            assert f"{row['errors']:,} ({share})" in told["html"]


def test_a_value_is_never_rounded_onto_its_limit():
    row = {"value": 0.8002, "low": 0.79998, "high": 0.9, "limit": 0.8, "unit": "s", "count": 5, "reason": ""}

    assert finding(row) == "800.2 ms [799.98 ms, 900 ms], limit 800 ms, 5 samples"


def test_the_first_series_is_all_operations_and_phases_follow(maker, shop):
    rows = maker.make(shop()).document["series"]

    assert {rows[0][part] for part in ("user", "journey", "step", "name", "kind", "phase")} == {None}
    assert {row["level"] for row in rows} == {"operation", "step", "journey"}
    assert {row["phase"] for row in rows} == {None, "warm-up", "steady", "outage", "recovery"}


@pytest.fixture(scope="module", params=range(len(HOSTILE)), ids=lambda at: repr(HOSTILE[at][:20]))
def evil(request):
    return HOSTILE[request.param]


@pytest.fixture(scope="module")
def hostile(evil, tmp_path_factory, maker_of, shop):
    """A run in which every name that comes from outside is hostile."""
    names = dict.fromkeys(
        ("find a lamp", "GET /api/products", "POST /api/orders", "/", "buy_a_lamp", "Shopper",
         "order refused: 502 payment provider did not answer"), evil,
    )  # fmt: skip
    journeys = (PlannedJourney(evil, "api", evil, 1, [evil], [evil], True, evil),)
    phases = (PlannedPhase(evil, 0.0, 20.0, True, evil),)
    return maker_of(tmp_path_factory.mktemp("hostile")).make(
        shop(seconds=20, failing=0.3, phases=phases, names=names), phases=phases, journeys=journeys, build=evil,
        host=evil, profile=evil, environment=evil, command=evil, versions={evil: evil}, machine={"system": evil},
        events=[(3.0, "note", evil)], thresholds="- error_rate < 1%\n- each: step\n  require: p95 < 1 ms\n",
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_can_be_written_in_every_form(hostile, form):
    text = render(hostile, form)

    assert text.encode("utf-8").strip()
    assert "\x00" not in text
    assert "\x1b" not in text


@pytest.mark.fault(30, "NUL and other signs that XML forbids", "replaced; the file parses")
def test_hostile_names_are_text_in_junit(hostile):
    root = ElementTree.fromstring(render(hostile, "junit"))

    assert {element.tag for element in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip


@pytest.mark.fault(28, "pipes, backticks, HTML and mentions from the target", "escaped in Markdown")
def test_hostile_names_are_text_in_markdown(hostile):
    text = render(hostile, "md")

    own = re.sub(r"</?details>|</?summary>|&nbsp;|&lt;|&gt;|&amp;|&#8203;|&#58;", "", text)
    assert "<" not in own
    assert not re.search(r"@\w|(?<!\\)!\[|(?<!\\)`|https?://", text)
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 5, 7), line


@pytest.mark.fault(29, "cells that begin with `=`, `+`, `-`, `@`", "no formulas")
def test_hostile_names_are_no_formulas_in_csv(hostile):
    rows = list(csv.reader(io.StringIO(render(hostile, "csv"))))

    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+@\t\r") or re.match(r"-[^\d]", cell)]


@pytest.mark.parametrize("form", list(FORMATS))
def test_hostile_names_are_no_commands_to_a_ci_system(hostile, form):
    for line in render(hostile, form).splitlines():
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)


def test_hostile_names_keep_their_lines_in_the_terminal(hostile):
    text = render(hostile, "text")

    assert not re.search("[\u202a-\u202e\u2066-\u2069\u061c\u2028\u2029\r]", text)
    assert max(map(len, text.splitlines())) < 400


def test_hostile_names_are_text_in_chart_files(hostile):
    for title, name, content in chart_files(hostile):
        root = ElementTree.fromstring(content)

        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "style", "rect", "defs", "path", "use", "line", "text", "title", "g"}, title
        assert re.fullmatch(r"[a-z0-9-]+\.svg", name)
        assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]


def test_markdown_shows_the_charts_that_lie_beside_it(maker, shop, tmp_path, capsys):
    folder = maker.make(shop(failing=0.02)).folder
    output = tmp_path / "merge request.md"

    assert main(["report", str(folder), "--format", "md", "--charts", "--output", str(output)]) == 0

    shown = re.findall(r"^!\[(.+)\]\((.+)\)$", output.read_text(), re.MULTILINE)
    assert ("Failed operations", "merge%20request-charts/failed-operations.svg") in shown
    for _, address in shown:
        assert "<path" in (tmp_path / unquote(address)).read_text()
    assert main(["report", str(folder), "--format", "md", "--charts"]) == 2
    assert "--output" in capsys.readouterr().err


def test_a_lone_surrogate_is_written_as_a_replacement(maker, shop):
    run = maker.make(shop(seconds=20), phases=(PlannedPhase("steady", 0.0, 20.0, True, ""),))
    run.document["build"] = "bad \ud800 name"

    for form in FORMATS:
        assert render(run, form).encode()


def test_errors_of_one_kind_are_one_row_over_all_phases(maker, shop):
    run = maker.make(shop(failing=0.02))

    assert len([row for row in run.document["errors"] if row["class"] == "http 502"]) > 1
    assert render(run, "text").count("http 502: order refused") == 1
