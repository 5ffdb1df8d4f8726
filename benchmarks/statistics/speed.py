"""How quickly comparisons and trends read what is stored."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.statistics.stored import series, write_run


def figures(share: float = 1.0) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder)
        runs = max(20, round(3000 * share))
        for number, build in enumerate(("one", "two")):
            write_run(reports / "long", build, number, seconds=3600, per_s=280, keys=series(5, 5)[:50], seed=number)
        _copies(reports / "many", runs)
        yield "| what | CPU | wall |"
        yield "| --- | --- | --- |"
        first = _timed("compare", "one", "two", "--reports", str(reports / "long"))
        again = _timed("compare", "one", "two", "--reports", str(reports / "long"))
        trend = _timed("trend", "--reports", str(reports / "many"))
        indexed = _timed("trend", "--reports", str(reports / "many"))
        helped = _timed("--help")
        yield f"| `compare` of two runs of an hour, 50 series, 1 million samples each; the first time | {first} |"
        yield f"| the same once their `facts.json` is there (every run writes it at its end) | {again} |"
        yield f"| `trend` over {runs:,} runs that were never looked at | {trend} |"
        yield f"| the same from its index | {indexed} |"
        yield f"| the help of `simulator` | {helped} |"


def _copies(reports: Path, runs: int) -> None:
    """So many runs of so many builds: the first is written, the others are copies with another name and moment."""
    made = write_run(reports, "b0", 0, seconds=60, per_s=50, keys=series(3, 4))
    text = (made / "run.json").read_text()
    for number in range(1, runs):
        folder = reports / f"2026{number:06d}-000000-b{number}"
        folder.mkdir()
        stamp = f"2026-01-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00+00:00"
        changed = text.replace(made.name, folder.name).replace('"b0"', f'"b{number}"')
        (folder / "run.json").write_text(changed.replace("2026-01-01T00:00:00+00:00", stamp))
    shutil.rmtree(made / "evidence", ignore_errors=True)


def _timed(*words: str) -> str:
    before, begin = os.times(), time.monotonic()
    command = [sys.executable, "-m", "simulator", *words]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after, lasted_s = os.times(), time.monotonic() - begin
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return f"{cpu_s:.2f} s | {lasted_s:.2f} s"
