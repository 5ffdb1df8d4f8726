"""A million rows of a five-field entity, generated and written, beside default Faker: python -m benchmarks.data

Each of ours in a process of its own, so that its peak memory is its own; median of five. Faker makes fewer rows, and is
compared by the row.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROWS = 1_000_000
PEER_ROWS = 20_000
TIMES = 5
SPEC = """
entities:
  customer:
    fields:
      id: {sequence: 1}
      name: full_name
      email: {mimesis: person.email, unique: true}
      plan: {choice: {free: 7, pro: 3}}
      joined: {date: 2020-01-01 to 2026-12-31}
"""
PEER = """
import csv, sys
from faker import Faker
faker = Faker(); Faker.seed(1)
with open(sys.argv[1], "w", newline="") as file:
    out = csv.writer(file)
    for number in range(int(sys.argv[2])):
        out.writerow([number, faker.name(), faker.email(), faker.random_element(("free", "pro")), faker.date()])
"""


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds, and the peak of all its processes together in MB."""
    started_s, peak = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    family = psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            peak = max(peak, sum(each.memory_info().rss for each in [family, *family.children(recursive=True)]))
        time.sleep(0.02)
    assert process.returncode == 0
    return time.perf_counter() - started_s, peak / 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "customers.yaml")
        spec.write_text(SPEC)
        for form in ("csv", "jsonl"):
            command = [sys.executable, "-m", "simulator", "data", "generate", str(spec), "--entity", "customer",
                       "--count", str(ROWS), "--format", form, "--out", folder]  # fmt: skip
            runs = [measured(command) for _ in range(TIMES)]
            took_s = statistics.median(took for took, _ in runs)
            peak = max(mb for _, mb in runs)
            size = Path(folder, f"customer.{form}").stat().st_size / 1e6
            print(f"{form}: {ROWS:,} rows, {size:.0f} MB in {took_s:.1f} s (median of {TIMES}), peak {peak:.0f} MB")
            if form == "csv":
                ours_us = took_s / ROWS * 1e6
        peer = [sys.executable, "-c", PEER, f"{folder}/peer.csv", str(PEER_ROWS)]
        theirs_us = statistics.median(measured(peer)[0] for _ in range(TIMES)) / PEER_ROWS * 1e6
        print(
            f"default Faker, one process: {theirs_us:.0f} µs a row, "
            f"{theirs_us / ours_us:.0f} times ours ({ours_us:.1f} µs)"
        )


if __name__ == "__main__":
    main()
