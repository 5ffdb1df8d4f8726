"""A long run on the recording path alone, as quickly as it goes: `python -m tests.faults.eight_hours [HOURS]`.

Each second goes the way that it goes in a run: samples into the recorder, folded into a window, written to the data
file, added to the live measurements, judged. Memory is read at the sixth minute and at the end.
"""

import gc
import random
import sys
import tempfile
from pathlib import Path

import psutil

from simulator.record.data_file import DataWriter
from simulator.record.measurements import Measurements
from simulator.record.recorder import Recorder
from simulator.record.sample import PhaseSpan, Reading, Sample, SeriesKey
from simulator.threshold.judge import judge
from simulator.threshold.load import parse_thresholds
from simulator.threshold.threshold import limits_of
from tests.faults.tried import note

LIMITS = "- p95 < 800 ms\n- error_rate < 5% for every 10 s\n- {each: step, require: p99 < 2 s}\n"
LIVE_SECONDS, WARM_S, JUDGE_EVERY_S = 300, 360, 10


def simulate(hours: float, *, series: int = 6, per_second: int = 2) -> tuple[float, float]:
    """Bytes of this process once everything has been used for six minutes, and at the end."""
    thresholds = parse_thresholds([("limits.yaml", LIMITS)], environ={})
    recorder, live, rng = (
        Recorder(limits_of(thresholds)),
        Measurements(limits_of(thresholds), keep_s=LIVE_SECONDS),
        random.Random(1),
    )
    recorder.begin(recorder.clock(), "steady")
    live.begin_phase(PhaseSpan("steady", 0.0, None, True))
    keys = [SeriesKey("operation", "U", "j", f"s{n}", f"GET /{n}", "http", "") for n in range(series)]
    before = 0.0
    with tempfile.TemporaryDirectory() as folder:
        writer = DataWriter(Path(folder) / "data.sqlite")
        for second in range(int(hours * 3600)):
            for key in keys:
                recorder.buffer(key).now.times_s.extend(rng.lognormvariate(-3, 0.5) for _ in range(per_second))
            recorder.add(Sample(keys[second % series], "error", 0.1))
            recorder.fail(keys[second % series], "http 500", f"failure {rng.random()} of {rng.getrandbits(64):x}")
            for metric in ("cpu", "memory", "loop_lag", "users"):
                recorder.read(Reading("generator", metric, "", float(second), rng.random()))
            window = recorder.fold(second)
            live.add(window)
            writer.append(window)
            if second % JUDGE_EVERY_S == 0:
                judge(thresholds, live, final=False)
            if second == WARM_S:
                before = resident()
        after = resident()
        writer.finish(live.totals)
    return before, after


def resident() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss)


def main() -> int:
    hours = float(sys.argv[1]) if sys.argv[1:] else 8.0
    before, after = simulate(hours)
    growth = after / before - 1
    print(f"{hours:g} hours: {before / 1e6:.1f} MB after six minutes, {after / 1e6:.1f} MB at the end ({growth:+.1%})")
    note("memory", f"{hours:g} hours on the recording path, simulated", {
        "after six minutes": f"{before / 1e6:.1f} MB",
        "at the end": f"{after / 1e6:.1f} MB",
        "growth": f"{growth:+.1%}",
    })  # fmt: skip
    return 0 if growth < 0.05 else 1


if __name__ == "__main__":
    raise SystemExit(main())
