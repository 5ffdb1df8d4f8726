"""The list of runs, the trend and the comparison, held to the standards of the report."""

import json

import pytest

from simulator.cli import main
from simulator.report.comparison_html import to_html as comparison_to_html
from simulator.report.index import write_index
from tests.report.opened import EVIL, SIZES, grave_findings

pytestmark = pytest.mark.browser


def a_document(number, build, p95_s, duration_s, result="pass"):
    """A `run.json` as far as a history reads it."""
    rows = [
        {"level": level, "user": "Shopper", "journey": EVIL, "step": step, "name": None, "phase": None,
         "p50_s": p95_s / 2, "p95_s": p95_s, "p99_s": p95_s * 2, "error_rate": 0.0, "rate_per_s": 20.0}
        for level, step in (("operation", None), ("journey", None), ("step", "pay"))
    ]  # fmt: skip
    rows[0] |= {"user": None, "journey": None}
    return {
        "run": f"2026010{number // 24 + 1}-{number % 24:02}0000-{number}", "build": build, "verdict": "passed",
        "started_at": f"2026-01-0{number // 24 + 1}T{number % 24:02}:00:00+00:00", "duration_s": duration_s,
        "environment": "demo", "profile": EVIL, "host": "h", "reasons": [], "exit_code": 0,
        "machine": {"system": "Linux", "processor": "x", "cores": 2},
        "journeys": [{"user": "Shopper", "name": EVIL, "weight": 1}],
        "phases": [{"name": "steady", "start_s": 0.0, "end_s": 60.0, "measured": True, "load": "20/s"}],
        "thresholds": [{"text": "p95 < 1 s", "name": None, "scope": {"step": "pay"}, "result": result}],
        "series": rows,
    }  # fmt: skip


@pytest.fixture(scope="module")
def long_history():
    """Forty builds of a journey with a hostile name: the 25th made it slower, the threshold is flaky."""
    return [
        a_document(at, f"1.{at}", (0.1 if at < 25 else 0.2) * (1 + 0.01 * (at % 3)), 60.0 + at % 2,
                   "fail" if at % 4 == 3 else "pass")
        for at in range(40)
    ]  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", ["index", "trend"])
def test_the_history_marks_the_build_that_changed_a_journey_for_good(long_history, opened, tmp_path, page, size):
    file = tmp_path / f"{page}.html"
    for document in long_history:
        (tmp_path / document["run"]).mkdir()
        (tmp_path / document["run"] / "run.json").write_text(json.dumps(document))
    if page == "trend":
        assert main(["trend", "--reports", str(tmp_path), "--format", "html", "--output", str(file)]) == 0
    else:
        write_index(tmp_path)
    view = opened(file, size)

    assert not view.noise
    assert not view.outside()
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    history = view.page.locator(".history-of")
    first = history.locator(".changes li").first
    assert first.inner_text().removesuffix(" its run").endswith("with build 1.25")
    assert first.locator("a").count() == (page == "index")
    if page == "index":
        assert first.locator("a").get_attribute("href") == f"{long_history[25]['run']}/"
    assert "flaky: p95 < 1 s (step pay) changed its result 19 times" in history.inner_text()
    assert "the suite" in history.locator("table tr").last.inner_text()
    assert history.locator("svg.history text").first.text_content() == "1.25"
    assert history.locator("svg.history").first.locator("circle").count() == 40
    if size == "desktop":
        assert not grave_findings(view.page)


def test_a_comparison_page_is_held_to_the_same_standards(opened, tmp_path):
    file = tmp_path / "comparison.html"
    file.write_text(comparison_to_html(comparison_of(EVIL)), encoding="utf-8")
    for size in SIZES:
        view = opened(file, size)

        assert not view.noise
        assert not view.outside()
        assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "<script>alert(1)</script>" in view.page.locator("body").inner_text()
        for colours in ("light", "dark"):
            view.page.emulate_media(color_scheme=colours)
            assert not grave_findings(view.page)


def comparison_of(name):
    """A comparison as `compare.document` makes it, every foreign text of it hostile."""
    row = {
        "user": name, "journey": name, "step": name, "name": None, "level": "step", "metric": "p95", "unit": "s",
        "base_value": 0.1, "new_value": 0.2, "scale": "ratio", "worse_by": 0.9, "low": 0.7, "high": 1.2,
        "allowed": 0.1, "noise": 0.03, "family": "step", "judgement": "regressed", "verdict": "fail",
        "text": "rose by 90% [70%, 120%], allowed +10%", "advice": name,
    }  # fmt: skip
    return {
        "format": 1, "verdict": "regressed", "exit_code": 1, "conclusion": f"regressed: {name}",
        "base": {"builds": [name], "runs": [name]}, "new": {"builds": ["2"], "runs": ["b"]}, "paired": False,
        "first": True, "warnings": [name], "rows": [row],
        "explanations": [{"title": name, "text": [name]}],
    }  # fmt: skip
