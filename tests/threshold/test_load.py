from pathlib import Path

import pytest

from simulator.errors import FileError
from simulator.threshold.load import check_names, load_thresholds
from simulator.threshold.scope import KnownNames, shown

PRODUCT = """\
thresholds:
  - error_rate < 1%
  - p95 < 800 ms                               # short for: response_time p95
  - throughput >= 15/s
  - name: paying stays quick
    journey: buy_a_lamp
    step: pay
    require: [p99 < 2 s, error_rate < 0.1%]
    abort: after 20 s                          # stop early once this is certain to fail
  - each: step                                 # every step by itself
    require: p95 < 1.5 s
    severity: warn
  - phase: recovery
    require: p95 < 400 ms within 10 s          # recovered within ten seconds of the phase's start
  - require: error_rate < 5% for every 10 s    # a sliding window instead of the whole run
  - kind: browser
    require: [lcp p75 < 2.5 s, cls p75 < 0.1]
  - each: step
    require: p95 rises < 10%                   # against the baseline given to the run
  - service: shop
    require: [cpu p95 < 80%, memory max < 600 MB]
"""

KNOWN = KnownNames(
    users={"Shopper", "Visitor"},
    journeys={"browse", "buy_a_lamp", "member", "buy_in_the_browser"},
    tags={"checkout", "critical"},
    phases={"steady", "recovery"},
    services={"shop", "payments"},
    steps={"find a lamp", "look at it", "pay", "open the shop"},
    requests=None,
)


def load(tmp_path: Path, text: str, name: str = "limits.yaml", **environ: str):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_thresholds([path], environ=environ)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(FileError) as raised:
        load(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/") for line in str(raised.value).splitlines()]


def test_every_line_of_the_product_page_is_read(tmp_path):
    found = load(tmp_path, PRODUCT)
    assert [t.limit.text for t in found] == [
        "error_rate < 1%", "p95 < 800 ms", "throughput >= 15/s", "p99 < 2 s", "error_rate < 0.1%", "p95 < 1.5 s",
        "p95 < 400 ms within 10 s", "error_rate < 5% for every 10 s", "lcp p75 < 2.5 s", "cls p75 < 0.1",
        "p95 rises < 10%", "cpu p95 < 80%", "memory max < 600 MB",
    ]  # fmt: skip
    paying = found[3]
    assert (paying.name, paying.abort_after_s, paying.severity) == ("paying stays quick", 20.0, "fail")
    assert shown(paying.scope) == {"journey": "buy_a_lamp", "step": "pay"}
    assert (paying.line, paying.column) == (8, 15)
    assert (found[5].each, found[5].severity) == ("step", "warn")
    assert check_names(found, KNOWN) == []


def test_five_mistakes_are_found_at_once_with_line_column_and_the_right_name(tmp_path):
    text = """\
thresholds:
  - eror_rate < 1%
  - p95 < 800
  - name: paying
    jorney: buy_a_lamp
    require: [p99 < 2 s, throughput p95 > 3/s]
  - each: stepp
    require: "p95 =< 3 s"
"""
    assert mistakes(tmp_path, text) == [
        "limits.yaml:2:5: unknown metric 'eror_rate' (did you mean 'error_rate'?)",
        "limits.yaml:3:11: response_time p95 takes a duration, but '800' is a plain number (write it like 800 ms)",
        "limits.yaml:5:5: unknown key 'jorney' (did you mean 'journey'?)",
        "limits.yaml:6:37: throughput has no p95 (it has count, rate)",
        "limits.yaml:7:11: 'stepp' is not known here (did you mean 'step'?)",
        "limits.yaml:8:19: expected <, <=, > or >=, found '=<'",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "limits.yaml:1:1: expected a list (lines that begin with `- `), found nothing"),
        ("thresholds:\n", "limits.yaml:1:1: 'thresholds' is missing"),
        ("- [p95 < 1 s]", "limits.yaml:1:3: expected a limit like p95 < 800 ms, or a mapping with 'require'"),
        ("- {journey: a}", "limits.yaml:1:3: 'require' is missing"),
        ("- {require: p95 < 1 s, abort: soon}",
         "limits.yaml:1:31: 'soon' does not say when; write abort: true, or abort: after 20 s"),
        ("- {require: p95 < 1 s, severity: wran}", "limits.yaml:1:34: 'wran' is not known here (did you mean 'warn'?)"),
        ("- {require: p95 < 1 s, journey: []}", "limits.yaml:1:33: the list is empty, so nothing would match"),
        ("- {require: p95 < 1 s, service: shop}",
         "limits.yaml:1:33: 'service' does not narrow response_time in line 1"),
        ("- {require: cpu < 80%, each: step}", "limits.yaml:1:30: cpu in line 1 is not measured for each step"),
        ("- p95 < 1 s within 5 s", "limits.yaml:1:13: 'within' counts from a phase's start, and no phase is named"),
        ("- p95 < ${LIMIT}", "limits.yaml:1:3: the environment variable LIMIT is not set"),
    ],
)  # fmt: skip
def test_entries_that_make_no_sense(tmp_path, text, message):
    assert mistakes(tmp_path, text)[0].startswith(message)


def test_all_files_are_read_before_anything_is_raised(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("- p95 < 1\n")
    with pytest.raises(FileError) as raised:
        load_thresholds([tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml"])
    assert [Path(problem.file).name for problem in raised.value.problems] == ["a.yaml", "b.yaml", "c.yaml"]


def test_variables_lists_and_abort(tmp_path):
    text = "- {require: 'p95 < ${LIMIT:-2 s}', journey: [browse, 'buy_*'], abort: true}\n"
    text += "- {require: p50 < 1 s, abort: false}"
    wide, other = load(tmp_path, text, LIMIT="3 s")
    assert wide.limit.value == 3
    assert wide.abort_after_s == 0
    assert other.abort_after_s is None
    assert [pattern.text for pattern in wide.scope["journey"]] == ["browse", "buy_*"]
    assert check_names((wide, other), KNOWN) == []


@pytest.mark.fault(
    "green", "a threshold names what does not exist", "exit 2 with the nearest right name, before any load"
)
def test_names_that_match_nothing_are_found_before_any_load(tmp_path):
    text = """\
- {require: p95 < 1 s, journey: [browse, buy_a_lmap], step: paying}
- {require: p95 < 1 s, user: Shoper, tag: chekout, phase: steddy, kind: htpp}
- {require: cpu < 50%, service: shopp}
- {require: p95 < 1 s, request: GET /anything, step: "*"}
- {require: [p95 < 1 s, p50 < 1 s], step: nowhere}
"""
    found = [str(problem).rpartition("/")[2] for problem in check_names(load(tmp_path, text), KNOWN)]
    assert found == [
        "limits.yaml:1:42: no journey is named 'buy_a_lmap' (did you mean 'buy_a_lamp'?)",
        "limits.yaml:1:61: no step is named 'paying' (did you mean 'pay'?)",
        "limits.yaml:2:30: no user is named 'Shoper' (did you mean 'Shopper'?)",
        "limits.yaml:2:43: no tag is named 'chekout' (did you mean 'checkout'?)",
        "limits.yaml:2:59: no phase is named 'steddy' (did you mean 'steady'?)",
        "limits.yaml:2:73: no kind is named 'htpp' (did you mean 'http'?)",
        "limits.yaml:3:33: no service is named 'shopp' (did you mean 'shop'?)",
        "limits.yaml:5:43: no step is named 'nowhere' (known: find a lamp, look at it, open the shop, pay)",
    ]
    nothing = check_names(load(tmp_path, "- {require: cpu < 50%, service: shop}"), KnownNames())
    assert "this run has no service" in str(nothing[0])


@pytest.mark.parametrize("name", ["smoke.yaml", "release.yaml"])
def test_the_sample_files_fit_the_sample_shop(name):
    found = load_thresholds([Path(__file__).parents[2] / "thresholds" / name])
    assert len(found) >= 5
    assert check_names(found, KNOWN) == []
