"""Web vitals beside the web-vitals library: both measure the same views of pages that are made to move."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.browser.peer import SCRATCH
from simulator.engine.browser.vitals import LAST_WORDS, Said, script

MOST_RATIO, MOST_SHIFT = 0.05, 0.01
LEAST_S = 0.001
"""The library rounds nothing, but times of less than a millisecond differ by the clock's own grain."""

COLLECT = """
window.__reference = {};
const keep = metric => { window.__reference[metric.name.toLowerCase()] = metric.value };
const all = {reportAllChanges: true};
webVitals.onLCP(keep, all); webVitals.onFCP(keep, all); webVitals.onCLS(keep, all); webVitals.onTTFB(keep, all);
webVitals.onINP(keep, {...all, durationThreshold: 16});
"""
PAGE = """<!doctype html><meta charset=utf-8><title>page {number}</title><link rel=icon href='data:,'>
<style>body {{ margin: 0; font: 16px sans-serif }} .box {{ background: #9bc; width: {width}px }}</style>
<div id=top></div><h1>Page {number}</h1><p>{words}</p>
<button id=slow>slow</button><input id=field aria-label=field><div class=box id=box style='height:{height}px'>box</div>
<script>
const spin = ms => {{ const end = performance.now() + ms; while (performance.now() < end); }};
const later = (act, ms) => setTimeout(act, ms);
slow.addEventListener('click', () => {{ spin({busy}); box.textContent = 'clicked'; }});
field.addEventListener('keydown', () => spin({busy} / 4));
addEventListener('load', () => {{
    for (let at = 0; at < {shifts}; at++) later(() => {{ top_(at); }}, 120 + at * {apart});
    later(() => {{ document.body.dataset.moved = 'yes' }}, 200 + {shifts} * {apart});
    if ({late}) later(() => {{
        const text = document.createElement('p');
        text.style.fontSize = '40px'; text.textContent = 'late and large '.repeat(30); box.after(text);
    }}, {late});
    if ({long}) later(() => spin({long}), 40);
}});
const top_ = at => {{ document.getElementById('top').style.height = ({step} * (at + 1)) + 'px' }};
</script>"""


def pages() -> list[str]:
    """Addresses of 24 pages, each of which moves in its own way."""
    found = []
    for number in range(24):
        settings = {
            "number": number, "shifts": number % 4, "apart": (150, 400, 1100)[number % 3],
            "step": 20 + 11 * (number % 7),
            "height": 200 + 40 * (number % 5), "width": 400 + 70 * (number % 6), "busy": 20 + 17 * (number % 8),
            "late": 60 * (number % 3), "long": 70 * (number % 3), "wait": 10 * (number % 5),
            "words": 10 + 8 * (number % 9),
        }  # fmt: skip
        found.append("/page?" + "&".join(f"{name}={value}" for name, value in settings.items()))
    return found


def compare(browser: str, tell: Callable[[str], None]) -> str:
    """Visit them all; returns the table."""
    from playwright.sync_api import sync_playwright

    rows: list[tuple[str, str, float, float]] = []
    library = _library()
    with _site() as host, sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for number, address in enumerate(pages()):
            context = running.new_context(viewport={"width": 1280, "height": 720})
            context.add_init_script(script(vitals=True, requests=True))
            context.add_init_script(library + COLLECT)
            theirs, ours = _visit(context.new_page(), host + address, number)
            context.close()
            for metric in sorted(theirs):
                scale = 1.0 if metric == "cls" else 1000.0
                mine = ours.get(metric)
                rows.append((str(number), metric, theirs[metric] / scale, float("nan") if mine is None else mine))
            tell(f"  {number}: " + ", ".join(f"{m} {t:.4f}/{o:.4f}" for n, m, t, o in rows if n == str(number)))
        running.close()
    return _table(rows)


def _visit(page: Any, address: str, number: int) -> tuple[dict[str, float], dict[str, float]]:
    """What the library and we say of one view."""
    page.goto(address)
    page.wait_for_selector("body[data-moved=yes]", state="attached")
    for _ in range(number % 3):
        page.get_by_role("button").click()
    if number % 4 == 3:
        page.get_by_label("field").press_sequentially("words")
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150))))"
    )
    theirs = page.evaluate("() => window.__reference")
    said = Said.parse(page.evaluate(LAST_WORDS))
    assert said is not None
    return theirs, {**said.times_s, **said.numbers}


def _table(rows: list[tuple[str, str, float, float]]) -> str:
    lines = ["| metric | page views with it | largest difference | at most | |", "|---|---|---|---|---|"]
    for metric in ("lcp", "fcp", "inp", "ttfb", "cls"):
        mine = [(theirs, ours) for _, name, theirs, ours in rows if name == metric]
        if metric == "cls":
            worst, most, shown = max(abs(t - o) for t, o in mine), MOST_SHIFT, "{:.4f}"
        else:
            worst = max(abs(t - o) / t if abs(t - o) > LEAST_S else 0.0 for t, o in mine)
            most, shown = MOST_RATIO, "{:.2%}"
        verdict = "holds" if worst <= most else "missed"
        lines.append(f"| {metric} | {len(mine)} | {shown.format(worst)} | {shown.format(most)} | {verdict} |")
    return "\n".join(lines)


def _library() -> str:
    """The web-vitals library, from an installed npm package."""
    folder = Path(os.environ.get("WEB_VITALS") or SCRATCH / "web-vitals" / "node_modules" / "web-vitals")
    if not folder.exists():
        subprocess.run(
            ["npm", "install", "--silent", "--prefix", str(SCRATCH / "web-vitals"), "web-vitals"], check=True
        )
    return (folder / "dist" / "web-vitals.iife.js").read_text(encoding="utf-8")


@contextmanager
def _site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        settings = {name: int(values[0]) for name, values in parse_qs(asked.query).items()}
        time.sleep(settings.get("wait", 0) / 1000)  # what is measured is how both see it
        content = PAGE.format(**{**settings, "words": "word " * settings["words"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass
