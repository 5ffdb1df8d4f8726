"""Runs each of Locust's examples under both programs and keeps the table of docs/locust.md.

The examples are not part of this repository: hand over the folder of a checkout of Locust.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.engine.page import write_table
from benchmarks.locust.example import Example, Seen, examples, under_locust, under_simulator

PAGE = Path(__file__).parents[2] / "docs" / "locust.md"
MISSING = re.compile(r"No module named '([\w.]+)'")
WHY = {
    "x-forwarded-for.py": "its base class is not abstract and has no tasks: `locust` spawns it, each turn an error",
    "test_pytest.py": "pytest's form of locustfiles is not read",
    "socketio/socketio_ex.py": "there is no Socket.IO server here: what fails first differs from run to run",
    "postgres/locustfile.py": "there is no database here: a user that cannot be made ends our run, and not `locust`'s",
}
"""What lies behind differences that are known."""

ROUNDS = 3
"""Users choose at random: what one program did and the other did not is looked at again before it counts."""


def compared(example: Example, host: str, seconds: int) -> tuple[str, str]:
    """One word for what came of an example, and the reason."""
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = Seen(None), Seen(None)
        for _ in range(ROUNDS):
            theirs = joined(theirs, under_locust(example, host, seconds, Path(folder)))
            if not theirs.lived:
                return not_there(theirs)
            ours = joined(ours, under_simulator(example, host, seconds, Path(folder)))
            differences = list(differing(theirs, ours))
            if not differences:
                return "alike", f"{len(ours.requests)} kinds of requests, {len(ours.failing)} of them failing in both"
        return "differs", "; ".join([*differences, *([WHY[example.name]] if example.name in WHY else [])])


def joined(before: Seen, now: Seen) -> Seen:
    """What was seen in any round; exit code and output of the last."""
    return Seen(now.code, before.events | now.events, before.requests | now.requests, before.failing | now.failing,
                now.output)  # fmt: skip


def not_there(theirs: Seen) -> tuple[str, str]:
    """Why `locust` itself runs no test with it here."""
    missing = MISSING.search(theirs.output)
    if missing:
        return "needs more", f"`{missing[1]}` is not installed"
    if "No User class found" in theirs.output:
        return "no locustfile", "a program or server of its own, without a user class"
    last = [line for line in theirs.output.splitlines() if line.strip()][-1:] or ["nothing printed"]
    return "needs more", f"`locust` does not start it here either: {last[0].strip()[:110]}"


def differing(theirs: Seen, ours: Seen) -> list[str]:
    """What one did and the other did not."""
    told = []
    if not ours.lived:
        told.append(f"does not start: {ours.output.strip().splitlines()[-1][:160] if ours.output.strip() else ''}")
        return told
    for what in ("events", "requests", "failing"):
        missing, more = getattr(theirs, what) - getattr(ours, what), getattr(ours, what) - getattr(theirs, what)
        told += [f"{what} only under locust: {', '.join(sorted(missing))}"] if missing else []
        told += [f"{what} only here: {', '.join(sorted(more))}"] if more else []
    return told


def table_of(results: list[tuple[Example, str, str]]) -> str:
    """Markdown: a row for each example, the share first."""
    counts = Counter(word for _, word, _ in results)
    head = ", ".join(f"{many} {word}" for word, many in counts.most_common())
    lines = [f"{len(results)} files: {head}.", "", "| example | | |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {example.name} | {word} | {reason} |" for example, word, reason in results)])


def main() -> int:
    """Compare; the exit code says whether anything differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.locust", description=__doc__)
    parser.add_argument("folder", type=Path, help="the examples of a checkout of Locust")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="only files with this in their path")
    parser.add_argument("--seconds", type=int, default=12, help="how long each runs")
    parser.add_argument("--side-by-side", type=int, default=3, metavar="N", help="how many examples at a time")
    parser.add_argument("--dry", action="store_true", help="leave docs/locust.md as it is")
    asked = parser.parse_args()
    chosen = [e for e in examples(asked.folder) if not asked.only or any(word in e.name for word in asked.only)]
    command = [sys.executable, str(Path(__file__).with_name("stand_in.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        host = f"http://127.0.0.1:{int(server.stdout.readline())}"
        with ThreadPoolExecutor(asked.side_by_side) as pool:
            told = list(pool.map(lambda example: compared(example, host, asked.seconds), chosen))
        server.stdin.close()
    results = [(example, word, reason) for example, (word, reason) in zip(chosen, told, strict=True)]
    table = table_of(results)
    print(table)
    if not asked.dry and not asked.only:
        write_table("examples", "Locust's own examples", table, PAGE)
    return int(any(word == "differs" for _, word, _ in results))


if __name__ == "__main__":
    sys.exit(main())
