"""How long a plan of many journeys takes: `python -m benchmarks.plan`.

A folder of 200 journeys in 20 files, each coming after up to three random earlier ones, is discovered and planned by
`simulator list --plan --slots 2`, beside `pytest --collect-only` of as many empty tests.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES, EACH, ROUNDS = 20, 10, 5


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="benchmark-plan-") as scratch:
        here = Path(scratch)
        _write(here)
        ours = [sys.executable, "-m", "simulator", "list", "many", "--plan", "--slots", "2"]
        theirs = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:simulator", "tests"]
        rounds = [(_timed(ours, here), _timed(theirs, here)) for _ in range(ROUNDS)]
    print(f"| {ROUNDS} rounds, {FILES * EACH} journeys | CPU | wall |")
    print("| --- | --- | --- |")
    for name, column in zip(("simulator list --plan", "pytest --collect-only"), zip(*rounds, strict=True), strict=True):
        cpu_s, wall_s = (statistics.median(values) for values in zip(*column, strict=True))
        print(f"| {name} | {cpu_s:.2f} s | {wall_s:.2f} s |")


def _write(here: Path) -> None:
    rng, names = random.Random(7), []
    (here / "many").mkdir()
    (here / "tests").mkdir()
    for number in range(FILES):
        lines = ["from simulator import ApiUser, journey", "", "", f"class User{number}(ApiUser):"]
        tests = []
        for at in range(EACH):
            before = rng.sample(names, min(len(names), rng.randrange(4)))
            lines += [f"    @journey(after={set(before) or set()!r})", f"    def journey_{number}_{at}(self): ...", ""]
            names.append(f"journey_{number}_{at}")
            tests.append(f"def test_{number}_{at}(): ...")
        (here / "many" / f"part_{number}.py").write_text("\n".join(lines))
        (here / "tests" / f"test_{number}.py").write_text("\n".join(tests))


def _timed(command: list[str], here: Path) -> tuple[float, float]:
    before, begin = os.times(), time.monotonic()
    subprocess.run(command, cwd=here, check=True, stdout=subprocess.DEVNULL)
    after, lasted_s = os.times(), time.monotonic() - begin
    return after.children_user + after.children_system - before.children_user - before.children_system, lasted_s


if __name__ == "__main__":
    main()
