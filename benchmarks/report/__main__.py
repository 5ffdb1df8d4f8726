"""How long the report of an hour takes to make, how large it is, and how soon Chromium has it ready.

python -m benchmarks.report          medians of five; needs playwright and a Chromium
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.report.hour import stored_hour

ROUNDS = 5
BUILDS = 100
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
READY = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    with tempfile.TemporaryDirectory() as place:
        folder = stored_hour(Path(place))
        page = Path(place) / "report.html"
        rows = [
            ("HTML from the stored run, in this process", _times(lambda: _render(folder, page)), 3.0, "s"),
            ("`simulator report RUN`, with Python's start", _times(lambda: _command(folder, page)), None, "s"),
            ("Markdown from the stored run", _times(lambda: _render(folder, Path(place) / "x.md", "md")), None, "s"),
            ("judging the stored run anew (`simulator check`)", _times(lambda: _judge(folder)), None, "s"),
            (f"`reports/index.html` of {BUILDS} such runs", _times(_index_of(folder, Path(place) / "many")), None, "s"),
            ("size of the page", page.stat().st_size / 1e6, 1.5, "MB"),
            *_in_browser(page),
        ]
    print("| | median of five | limit |\n| --- | ---: | ---: |")
    for name, value, limit, unit in rows:
        print(f"| {name} | {value:.3g} {unit} | {f'{limit:g} {unit}' if limit else ''} |")
    return int(any(limit is not None and value > limit for _, value, limit, _ in rows))


def _times(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began_s)
    return median(taken)


def _render(folder: Path, page: Path, form: str = "html") -> None:
    from simulator.cli.judgement import stored
    from simulator.report.render import render

    page.write_text(render(stored(folder), form), encoding="utf-8")


def _judge(folder: Path) -> None:
    from simulator.cli.judgement import judged
    from simulator.record.folder import RunFolder

    judged(RunFolder.open(folder))


def _index_of(folder: Path, reports: Path) -> Callable[[], None]:
    """Writes the list and the history of many builds, each of which ran once."""
    from simulator.report.index import write_index

    document = json.loads((folder / "run.json").read_bytes())
    for build in range(BUILDS):
        moment = f"2026-03-{1 + build // 24:02}T{build % 24:02}:00:00+00:00"
        told = {**document, "run": f"run-{build:03}", "build": f"1.{build}", "started_at": moment, "verdict": "passed"}
        (reports / told["run"]).mkdir(parents=True)
        (reports / told["run"] / "run.json").write_text(json.dumps(told))
    return lambda: write_index(reports)


def _command(folder: Path, page: Path) -> None:
    command = [sys.executable, "-m", "simulator", "report", str(folder), "--format", "html", "--output", str(page)]
    subprocess.run(command, check=True)


def _in_browser(page: Path) -> list[tuple[str, float, float | None, str]]:
    """From the start of the navigation until everything is loaded, its scripts have run and it has been drawn once."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    ready, drawn = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=SWITCHES)
        for _ in range(ROUNDS):
            tab = browser.new_page(viewport={"width": 1280, "height": 800})
            tab.goto(page.as_uri())
            ready.append(tab.evaluate(READY))
            drawn.append(tab.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))"))
            tab.close()
        browser.close()
    return [("ready in Chromium (load event ended)", median(ready), 500.0, "ms"),
            ("the first frame after that has been drawn", median(drawn), None, "ms")]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
