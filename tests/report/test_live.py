import io

import pytest
from rich.console import Console

from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan
from simulator.report.live import live_line, live_screen
from simulator.threshold.ruling import Ruling


def ruling(at, result="pass"):
    return Ruling(f"p95 < {at} ms", None, "t.yaml", at, "fail", result, "s", at / 1000, "why", {}, 0.123, count=9)


@pytest.fixture
def live(shop):
    made = Measurements(keep_s=60)
    made.begin_phase(PhaseSpan("steady", 0.0, None, True))
    for window in shop(seconds=40, failing=0.05)(()):
        made.add(window)
    return made


def screen(live, rulings, width, height, **names):
    plain = {"run": "r", "build": "2.4.1", "started_at": "2026-03-02T09:30:00+00:00", "host": "http://127.0.0.1:8080"}
    sheet = io.StringIO()
    console = Console(file=sheet, width=width, height=height, force_terminal=False)
    manifest = Manifest(**{**plain, **names})
    console.print(live_screen(manifest, live, 40.0, {"Shopper": 12}, rulings, ["a note"], width, height))
    return sheet.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (60, 15)])
def test_the_screen_fits_and_shows_what_is_broken_first(live, width, height):
    rulings = [ruling(at, "fail" if at == 29 else "pass") for at in range(1, 31)]

    lines = screen(live, rulings, width, height)

    assert len(lines) <= height - 1
    assert max(map(len, lines)) <= width
    assert any(line.startswith("✗  123 ms p95 < 29 ms") for line in lines)
    assert any("of them hold" in line for line in lines)
    assert any("12 Shopper" in line for line in lines)


def test_hostile_names_do_not_reach_the_terminal(live):
    lines = screen(live, [], 80, 24, build="\x1b[31m[/red]\u202e::x", host="h" * 10_000)

    assert "\x1b" not in "".join(lines)
    assert "[/red]::x" in lines[0]
    assert len(lines) < 24


def test_the_line_says_how_it_goes(live):
    manifest = Manifest("r", "2.4.1", "2026-03-02T09:30:00+00:00", "http://127.0.0.1:8080")

    line = live_line(manifest, live, 40.0, {"Shopper": 12, "Visitor": 4}, [ruling(1), ruling(2, "fail")])

    assert line.startswith("00:40")
    for part in ("16 users", "25/s", "p95", "errors", "1 of 2 thresholds broken"):
        assert part in line
