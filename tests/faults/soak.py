"""A real run that lasts, whose memory is watched: `python -m tests.faults.soak [MINUTES]`. Little load."""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from simulator.selftest.running import RunningServer
from tests.command_line import Project
from tests.faults.tried import note

JOURNEYS = """
import random
from simulator import ApiUser, check, journey

class Caller(ApiUser):
    @journey
    def call(self):
        with self.step("look"):
            self.client.get(f"/drawn/20/0.5?x={random.random()}", name="/drawn")
            self.client.get(f"/items/{random.randrange(10**9)}")
        with self.step("buy", continue_on_failure=True):
            self.client.get("/status/500" if random.random() < 0.02 else "/fine", name="/buy")
            check(random.random() > 0.01, f"order {random.getrandbits(64):x} is lost")
"""
PER_S, EVERY_S, WARM_S = 17, 5, 360
LIMITS = """
- p95 < 1 s
- error_rate < 10%
- {each: step, require: [p99 < 2 s, error_rate < 10%]}
- error_rate < 50% for every 10 s
"""


def main() -> int:
    minutes = float(sys.argv[1]) if sys.argv[1:] else 20.0
    with tempfile.TemporaryDirectory() as folder, RunningServer(Path(folder) / "server.log") as server:
        project = Project(Path(folder))
        project.write("journeys/caller.py", JOURNEYS)
        project.write("limits.yaml", LIMITS)
        words = (
            "--host",
            server.url,
            "--rate",
            f"{PER_S}/s",
            "--duration",
            f"{minutes:g}m",
            "--thresholds",
            "limits.yaml",
        )
        process = project.start("run", *words, "--quiet")
        memory = watched(process)
        out, err = process.communicate()
        document = project.document()
        everything, seen = document["series"][0], len(server.log())
    began = statistics.mean(value for at_s, value in memory if WARM_S <= at_s < WARM_S + 60)
    ended = statistics.mean(value for at_s, value in memory if minutes * 60 - 60 <= at_s < minutes * 60)
    growth = ended / began - 1
    by_minute = [statistics.mean(v for at_s, v in memory if 60 * m <= at_s < 60 * m + 60) for m in range(int(minutes))]
    print(" ".join(f"{value / 1e6:.1f}" for value in by_minute))
    found = {
        "requests": f"{everything['count']:,} in the report, {seen:,} in the server's log",
        "after six minutes": f"{began / 1e6:.1f} MB",
        "at the end": f"{ended / 1e6:.1f} MB",
        "growth": f"{growth:+.1%}",
    }  # fmt: skip
    print(json.dumps(found), process.returncode, document["reasons"], err[-500:])
    note("memory", f"a run of {minutes:g} minutes at {PER_S * 3} requests/s", found)
    return 0 if growth < 0.05 and everything["count"] + everything["cut_off"] == seen else 1


def watched(process) -> list[tuple[float, float]]:
    """Seconds since the start and bytes of the process, until it ends."""
    found, began_s, generator = [], time.monotonic(), psutil.Process(process.pid)
    while process.poll() is None:
        try:
            found.append((time.monotonic() - began_s, float(generator.memory_info().rss)))
        except psutil.Error:
            break
        time.sleep(EVERY_S)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
