"""How near a replayed recording is to the shop that was recorded: `python -m benchmarks.virtual.replay`.

The browser journey is recorded through the proxy once. Then it runs against the shop and against the recording alone,
in turns; the ratio of the times of its steps is taken round by round.
"""

from __future__ import annotations

import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 5
LASTS = "12s"
METRICS = ("p50_s", "p95_s")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="benchmark-replay-") as scratch:
        here = Path(scratch)
        shutil.copytree(ROOT / "journeys", here / "journeys")
        with _serving(here, "demo", "serve") as shop:
            record = ("virtual", "record", "--target", shop, "--out", "shop.yaml")
            with _serving(here, *record, number=signal.SIGINT) as recorder:
                _times(here, recorder)
            with _serving(here, "virtual", "serve", "shop.yaml") as replay:
                rounds = [_round(here, shop, replay, turned=bool(turn % 2)) for turn in range(ROUNDS)]
    print(f"| {ROUNDS} rounds of {LASTS}, steps of the browser journey | the shop | replayed | replayed / the shop |")
    print("| --- | --- | --- | --- |")
    for metric in METRICS:
        original, replayed = (
            statistics.median(times[metric] for times in column) for column in zip(*rounds, strict=True)
        )
        ratio = statistics.median(new[metric] / old[metric] for old, new in rounds)
        print(f"| {metric.removesuffix('_s')} | {original * 1000:.0f} ms | {replayed * 1000:.0f} ms | {ratio:.2f} |")


def _round(here: Path, shop: str, replay: str, *, turned: bool) -> tuple[dict[str, float], dict[str, float]]:
    found = {url: _times(here, url) for url in ((replay, shop) if turned else (shop, replay))}
    return found[shop], found[replay]


def _times(here: Path, url: str) -> dict[str, float]:
    """Percentiles of the browser journey's steps, in seconds."""
    words = ["run", "journeys", "--users", "Visitor=1", "--duration", LASTS, "--host", url, "--quiet"]
    subprocess.run([sys.executable, "-m", "simulator", *words], cwd=here, check=True, stdout=subprocess.DEVNULL)
    newest = max(here.glob("reports/*/run.json"))
    whole = json.loads(newest.read_bytes())["series"][0]
    return {metric: whole[metric] for metric in METRICS}


@contextmanager
def _serving(here: Path, *words: str, number: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """A command that prints its address first, until it is stopped."""
    command = [sys.executable, "-m", "simulator", *words]
    process = subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(number)
        process.communicate(timeout=30)


if __name__ == "__main__":
    main()
