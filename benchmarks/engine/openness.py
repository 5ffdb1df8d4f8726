"""The open model: how exactly journeys start, what a frozen server does to the percentiles, how memory grows."""

from __future__ import annotations

import re
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engine.generator import Generator
from benchmarks.engine.peer import Peer, rated
from benchmarks.engine.target import Target

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
        journeys = _open_run(target, rate, seconds, freezes=())
        wait = journeys.wait or journeys.ok
        p50_ms, p99_ms = (1000 * (wait.percentile(q) or 0.0) for q in (0.5, 0.99))
        started = f"{journeys.count} | {journeys.dropped}"
        lines.append(f"| {rate} | {rate * seconds} | {started} | {p50_ms:.3f} ms | {p99_ms:.2f} ms |")
    return "\n".join(lines)


def frozen(target: Target, k6: Peer, rounds: int) -> str:
    """Markdown: percentiles beside a server that stands still for a second in ten, and once for ten seconds."""
    seconds = int(FREEZE_EVERY_S * rounds)
    moments = [FREEZE_EVERY_S * turn + 4 for turn in range(rounds)]
    ours = _open_run(target, 100, seconds, freezes=[(at_s, FROZEN_S) for at_s in moments])
    once = _open_run(target, 50, 30, freezes=[(5.0, 10.0)])
    p95_s, p99_s = (ours.ok.percentile(q) or 0.0 for q in (0.95, 0.99))
    theirs = _k6_run(target, k6, 100, seconds, [(at_s, FROZEN_S) for at_s in moments])
    return "\n".join(
        [
            "| 100 journeys/s | p95 | p99 | dropped |",
            "|---|---|---|---|",
            "| the truth | 500 ms | 900 ms | 0 |",
            f"| simulator | {p95_s * 1000:.0f} ms | {p99_s * 1000:.0f} ms | {ours.dropped} |",
            f"| k6 (time from sending) | {theirs} |",
            f"| simulator, frozen once for 10 s of 30 (50/s) | | {once.ok.percentile(0.99):.2f} s | {once.dropped} |",
        ]
    )


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


def _open_run(target: Target, rate: int, seconds: int, freezes: Sequence[tuple[float, float]]):  # type: ignore[no-untyped-def]
    """One run at a rate; the cell of its journeys."""
    from simulator.record.cell import merged
    from simulator.record.folder import RunFolder

    peer = rated(rate, seconds)
    with Generator(peer.command(target.host, 0), peer.env("get", target.host, 0)) as generator:
        _freeze(target, freezes)
        generator.wait()
        [folder] = [path for path in Path(generator.folder, "reports").iterdir() if path.is_dir()]
        totals = RunFolder.open(folder).reader().measurements().totals
        return merged(cell for key, cell in totals.items() if key.level == "journey")


def _k6_run(target: Target, k6: Peer, rate: int, seconds: int, freezes: Sequence[tuple[float, float]]) -> str:
    env = {**k6.env("get", target.host, 1), "RATE": str(rate), "SECONDS": str(seconds)}
    with Generator(k6.command(target.host, 1), env) as generator:
        _freeze(target, freezes)
        printed = generator.wait()
    times = re.search(r"http_req_duration\S*: .*?p\(95\)=(\S+)\s+p\(99\)=(\S+)", printed)
    dropped = re.search(r"dropped_iterations\S*: (\d+)", printed)
    assert times, printed
    return f"{times[1]} | {times[2]} | {dropped[1] if dropped else 0}"


def _freeze(target: Target, freezes: Sequence[tuple[float, float]]) -> None:
    """Freeze at moments counted from the first request, in a thread of its own."""

    def act() -> None:
        before = target.asked()
        while target.asked() <= before:
            time.sleep(0.02)
        begun_s = time.monotonic()
        for at_s, lasts_s in freezes:
            time.sleep(max(0.0, begun_s + at_s - time.monotonic()))
            target.freeze(lasts_s)

    if freezes:
        threading.Thread(target=act, daemon=True).start()
