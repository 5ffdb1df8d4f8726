"""The open model: how exactly journeys start, what a frozen server does to the percentiles, how memory grows."""

from __future__ import annotations

import math
import re
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from benchmarks.engine.generator import Generator
from benchmarks.engine.peer import Peer, rated
from benchmarks.engine.target import Target
from simulator.units import parse_duration

RATES = (100, 500, 1000)
FROZEN_S = 1.0
FREEZE_EVERY_S = 10.0
SAMPLE_EVERY_S = 5.0


def start_errors(target: Target, seconds: int) -> str:
    """Markdown: how late journeys began at several rates, and whether all are accounted for."""
    lines = [
        "| journeys/s | planned | started | dropped | start error p50 | p99 (under 10 ms at 500/s) |",
        "|---|---|---|---|---|---|",
    ]
    for rate in RATES:
        journeys = _open_run(target, rate, seconds, None)
        wait = journeys.wait or journeys.ok
        p50_ms, p99_ms = (1000 * (wait.percentile(q) or 0.0) for q in (0.5, 0.99))
        started = f"{journeys.count} | {journeys.dropped}"
        lines.append(f"| {rate} | {rate * seconds} | {started} | {p50_ms:.3f} ms | {p99_ms:.2f} ms |")
    return "\n".join(lines)


def frozen(target: Target, k6: Peer, rounds: int) -> str:
    """Markdown: percentiles beside a server that stands still for a second in ten, and once for ten seconds."""
    seconds = int(FREEZE_EVERY_S * rounds)
    freezes = [(FREEZE_EVERY_S * turn + 4, FROZEN_S) for turn in range(rounds)]
    lines = [
        "| 1 s in 10, 100 journeys/s | p95 | the truth | off (under 5%) | p99 | the truth | off (under 5%) | dropped |",
        "|---|---|---|---|---|---|---|---|",
    ]
    with Freezing(target, freezes) as freezing:
        ours = _open_run(target, 100, seconds, freezing)
    figures = [ours.ok.percentile(q) or 0.0 for q in (0.95, 0.99)]
    lines.append(_frozen_row("simulator", figures, freezing.truth(100, seconds), ours.dropped))
    with Freezing(target, freezes) as freezing:
        figures, dropped = _k6_run(target, k6, 100, seconds, freezing)
    lines.append(_frozen_row("k6 (time from sending)", figures, freezing.truth(100, seconds), dropped))
    with Freezing(target, [(5.0, 10.0)]) as freezing:
        once = _open_run(target, 50, 30, freezing)
    lines.append(f"\nOnce for 10 s of 30, 50 journeys/s: p99 {once.ok.percentile(0.99):.2f} s, dropped {once.dropped}.")
    return "\n".join(lines)


def _frozen_row(name: str, figures: Sequence[float], truth: Sequence[float], dropped: int) -> str:
    cells = [
        f"{1000 * figure:.0f} ms | {1000 * true:.0f} ms | {figure / true - 1:+.1%}"
        for figure, true in zip(figures, truth, strict=True)
    ]
    return f"| {name} | {' | '.join(cells)} | {dropped} |"


def growth(target: Target, ours: Peer, minutes: float) -> str:
    """Markdown: how memory grows at full rate after the first minute, by least squares."""
    samples: list[tuple[float, float]] = []
    with Generator(ours.command(target.host, 50), ours.env("get", target.host, 50)) as generator:
        generator.await_users(target, 50)
        begun_s = time.monotonic()
        while (passed_s := time.monotonic() - begun_s) < minutes * 60:
            time.sleep(SAMPLE_EVERY_S)
            generator.check()
            if passed_s > 60:
                samples.append((passed_s / 60, generator.memory_bytes() / 2**20))
        requests = target.asked()
    slope = statistics.linear_regression(*zip(*samples, strict=True)).slope
    head = "| minutes | requests | MiB at the first | at the last | MiB a minute (under 1) |\n|---|---|---|---|---|\n"
    return f"{head}| {minutes:g} | {requests:,} | {samples[0][1]:.1f} | {samples[-1][1]:.1f} | {slope:.2f} |"


def _open_run(target: Target, rate: int, seconds: int, freezing: Freezing | None):  # type: ignore[no-untyped-def]
    """One run at a rate; the cell of its journeys."""
    from simulator.record.cell import merged
    from simulator.record.folder import RunFolder

    peer = rated(rate, seconds)
    with Generator(peer.command(target.host, 0), peer.env("get", target.host, 0)) as generator:
        if freezing is not None:
            freezing.begin()
        generator.wait()
        [folder] = [path for path in Path(generator.folder, "reports").iterdir() if path.is_dir()]
        totals = RunFolder.open(folder).reader().measurements().totals
        return merged(cell for key, cell in totals.items() if key.level == "journey")


def _k6_run(target: Target, k6: Peer, rate: int, seconds: int, freezing: Freezing) -> tuple[list[float], int]:
    """p95 and p99 in seconds, and what was dropped."""
    env = {**k6.env("get", target.host, 1), "RATE": str(rate), "SECONDS": str(seconds)}
    with Generator(k6.command(target.host, 1), env) as generator:
        freezing.begin()
        printed = generator.wait()
    times = re.search(r"http_req_duration\S*: .*?p\(95\)=(\S+)\s+p\(99\)=(\S+)", printed)
    dropped = re.search(r"dropped_iterations\S*: (\d+)", printed)
    assert times, printed
    return [parse_duration(text.replace("µs", "us")) for text in times.groups()], int(dropped[1]) if dropped else 0


class Freezing:
    """A target that stands still at moments counted from its first request, in a thread of its own.

    Args:
        target: the server.
        freezes: when, and for how long, in seconds.
    """

    def __init__(self, target: Target, freezes: Sequence[tuple[float, float]]) -> None:
        self._target, self._freezes = target, freezes
        self._lasted_s: list[float] = []
        self._thread = threading.Thread(target=self._act, daemon=True)

    def __enter__(self) -> Freezing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._thread.join()

    def begin(self) -> None:
        """Wait for the first request from now on."""
        self._thread.start()

    def truth(self, rate: int, seconds: int) -> list[float]:
        """p95 and p99 of evenly spaced arrivals that each wait for the end of the freeze they fall into."""
        waits = [lasted_s - k / rate for lasted_s in self._lasted_s for k in range(int(lasted_s * rate) + 1)]
        waits = sorted(waits + [0.0] * (rate * seconds - len(waits)))
        return [waits[math.ceil(q * len(waits)) - 1] for q in (0.95, 0.99)]

    def _act(self) -> None:
        before = self._target.asked()
        while self._target.asked() <= before:
            time.sleep(0.02)
        begun_s = time.monotonic()
        for at_s, lasts_s in self._freezes:
            time.sleep(max(0.0, begun_s + at_s - time.monotonic()))
            self._lasted_s.append(self._target.freeze(lasts_s))
