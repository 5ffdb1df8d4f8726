"""Drives plans, each in a process of its own, because gevent patches a whole process.

Reads a plan a line (journey file, load, host, when to stop, and where to print), forks, and says when it is done; so
everything heavy is imported once. What was measured is printed as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback

from simulator.engine.patch import patch

patch()

import importlib.util  # noqa: E402

import numpy  # noqa: E402, F401 - once for all plans

from simulator.engine.drive import drive  # noqa: E402
from simulator.engine.ending import StopSignal  # noqa: E402
from simulator.engine.options import Options  # noqa: E402
from simulator.errors import SimulatorError  # noqa: E402
from simulator.journey.mark import journeys_of  # noqa: E402
from simulator.plan.cast import Cast, JourneySpec, UserSpec  # noqa: E402
from simulator.plan.load import Arrivals, Load, Phase  # noqa: E402
from simulator.record.measurements import Measurements  # noqa: E402


def cast_of(path: str, rename: dict[str, str]) -> Cast:
    spec = importlib.util.spec_from_file_location("journeys_under_test", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["journeys_under_test"] = module
    spec.loader.exec_module(module)
    users, classes = [], {}
    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__ and not getattr(value, "abstract", True):
            kind = getattr(value, "simulator_kind", "locust")
            users.append(UserSpec(name, kind, path, int(value.weight), value.fixed_count or None, value.host,
                                  _journeys(value, kind, rename)))  # fmt: skip
            classes[name] = value
    return Cast(tuple(users), classes)


def _journeys(value: type, kind: str, rename: dict[str, str]) -> tuple[JourneySpec, ...]:
    if kind == "locust":
        return tuple(JourneySpec(name) for name in dict.fromkeys(task.__name__ for task in value.tasks))
    return tuple(JourneySpec(rename.get(mark.name, mark.name), mark.weight) for mark in journeys_of(value).values())


def load_of(plan: dict) -> Load:
    phases, start_s = [], 0.0
    for phase in plan.pop("phases"):
        arrivals = tuple(Arrivals(**stream) for stream in phase.pop("arrivals", []))
        phases.append(Phase(start_s=start_s, arrivals=arrivals, **phase))
        start_s += phase["duration_s"] or 0.0
    return Load(tuple(phases), **plan)


class Host:
    """Stands in for the browser host where a test needs to see how it is called."""

    def __init__(self) -> None:
        self.calls: list = []

    def start(self, recorder) -> None:
        self.recorder = recorder
        self.calls.append(["start"])

    def begin_phase(self, phase) -> None:
        pass

    def run(self, user, number, journey, planned_s, phase="") -> None:
        import gevent

        self.calls.append(["run", user, number, journey, planned_s is not None])
        gevent.sleep(0.05)

    def release(self, user, number) -> None:
        self.calls.append(["release", user, number])

    def stop(self, within_s) -> None:
        self.calls.append(["stop"])

    def pids(self) -> list[int]:
        return []


def main() -> None:
    for line in sys.stdin:
        plan = json.loads(line)
        child = os.fork()
        if child == 0:
            drive_one(plan)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def drive_one(plan: dict) -> None:
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(plan[name], os.O_WRONLY | os.O_CREAT), number)
    code = 1
    try:
        run_plan(plan)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run_plan(plan: dict) -> None:
    cast, load, stop = cast_of(plan["journeys"], plan.get("rename", {})), load_of(plan["load"]), StopSignal()
    measured, seconds, phases, progress = Measurements(), [], [], []
    host = Host() if cast.of_kind("browser") else None

    def on_second(window, now):
        measured.add(window)
        seconds.append(window.second)
        progress.append([now.phase, dict(now.users), now.arrivals_planned, now.arrivals_started, now.arrivals_dropped])
        ended = sum(cell.ok.count for key, cell in measured.totals.items() if key.level == "operation")
        if plan.get("raise_after") is not None and ended >= plan["raise_after"]:
            raise RuntimeError("from on_second")
        if plan.get("interrupt_after") is not None and started(now) >= plan["interrupt_after"]:
            threading.Thread(target=stop.set, args=("interrupted",), kwargs={"now": plan["now"]}).start()
        return "enough" if plan.get("stop_after") is not None and ended >= plan["stop_after"] else None

    def started(now) -> int:
        return sum(now.users.values())

    try:
        options = Options(timeout_s=plan.get("timeout_s", 10), iterations=plan.get("iterations"))
        ending = drive(
            cast, load, plan["host"], limits_s=[0.5], on_second=on_second, stop=stop, browser=host,
            on_phase=lambda phase: phases.append(phase.name), options=options,
        )  # fmt: skip
    except (SimulatorError, RuntimeError) as error:
        detail = getattr(error, "detail", None)
        print(json.dumps({"raised": type(error).__name__, "message": str(error), "detail": detail}))
        return
    print(json.dumps(told(ending, measured, seconds, phases, progress, host)))


def told(ending, measured, seconds, phases, progress, host) -> dict:
    import locust

    return {
        "how": ending.how,
        "reason": ending.reason,
        "duration_s": ending.duration_s,
        "spans": [[span.name, span.start_s, span.end_s, span.measured] for span in ending.phases],
        "seconds": seconds,
        "phases": phases,
        "progress": progress,
        "calls": host.calls if host else [],
        "handlers_left": len(locust.events.request._handlers),
        "series": [
            {
                **key._asdict(), "ok": cell.ok.count, "failed": cell.failed.count, "dropped": cell.dropped,
                "cut_off": cell.cut_off, "p99_s": cell.ok.percentile(0.99), "max_s": cell.ok.max_s,
                "service_p99_s": cell.service_times().percentile(0.99), "size_bytes": cell.size_bytes,
            }
            for key, cell in measured.totals.items()
        ],
        "failures": [
            {**f.key._asdict(), "message": f.message, "count": f.count,
             "evidence": [e.content.decode() for e in f.evidence]}
            for f in measured.failures.values()
        ],
        "readings": {metric: [r.value for r in measured.readings(source, metric)]
                     for source, metric in measured.gauges()},
    }  # fmt: skip


if __name__ == "__main__":
    main()
