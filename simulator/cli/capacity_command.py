"""The highest rate, or number of users, at which the thresholds still hold.

Doubles the load until a threshold breaks, bisects, and lets the result stand for a while. Each step is a run of its own
with a time to settle, against one environment that stays up; it is kept under the reports like any other run.

simulator capacity --profile gate                    arrivals per second, spread like the profile's
simulator capacity --profile gate --by users         users instead
simulator capacity --host http://shop --start 5 --most 200 --thresholds limits.yaml
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.cli.shared_reports import at_hand
from simulator.errors import RunError, UsageError

if TYPE_CHECKING:
    from simulator.cli.rehearsal import Rehearsal
    from simulator.compare.capacity import Capacity, Search, Step, Verdict

SETTLE_S = 8.0
STOPPED = (130, 143)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator capacity` takes."""
    from simulator.cli.run_command import add_arguments as add_run_arguments

    add_run_arguments(parser)
    group = parser.add_argument_group("searching")
    group.add_argument("--by", choices=("rate", "users"), default="rate", help="what is raised (rate)")
    group.add_argument("--start", type=float, metavar="N", help="first load (10 per second, or 4 users)")
    group.add_argument("--most", type=float, metavar="N", help="highest load that is tried")
    group.add_argument("--precision", default="5%", metavar="SHARE", help="how close the result is to what broke (5%%)")
    group.add_argument("--step", default="30s", metavar="TIME", help="how long a step is measured (30s)")
    group.add_argument("--confirm", default="2m", metavar="TIME", help="how long the result must hold (2m)")
    group.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Search."""
    with at_hand(arguments.out, keeps=True) as arguments.out:
        return _searched(arguments)


def _searched(arguments: argparse.Namespace) -> int:
    from simulator.engine.patch import patch

    patch()
    from simulator.cli.rehearsal import plan_rehearsal
    from simulator.compare.capacity import search

    plan = _search(arguments)
    arguments.rate = [f"{plan.start:g}/s"] if _needs_load(arguments) else arguments.rate
    arguments.duration = arguments.duration or arguments.step
    rehearsal = plan_rehearsal(arguments)
    if not rehearsal.thresholds:
        raise UsageError("capacity is the load at which thresholds hold, and there are none", hint="add --thresholds")
    with _environment(rehearsal) as target:
        found = search(Measuring(target, by=arguments.by).measure, plan)
    _show(found, arguments)
    return 0 if found.load is not None else 1


class GeneratorLimitError(RunError):
    """The generator could not carry a load, so that the target was not measured."""


class Measuring:
    """Measures loads by runs."""

    def __init__(self, rehearsal: Rehearsal, *, by: str) -> None:
        self._plan = rehearsal
        self._by = by

    def measure(self, load: float, duration_s: float) -> Step:
        """One run at this load; raises when it was stopped or the generator could not carry it, twice."""
        try:
            return self.once(load, duration_s)
        except GeneratorLimitError:  # most often a neighbour on the machine, not the load
            print("disturbed; once more:", file=sys.stderr, end=" ", flush=True)
            return self.once(load, duration_s)

    def once(self, load: float, duration_s: float) -> Step:
        """One run at this load, whatever disturbs it."""
        from simulator.cli.controller import Controller

        known = set(self._plan.out.glob("*/"))
        print(f"{load:g} {_unit(self._by)} for {duration_s:g} s …", file=sys.stderr, end=" ", flush=True)
        code = Controller(self._at(load, duration_s), _view()).run()
        folder = max(set(self._plan.out.glob("*/")) - known, key=lambda path: path.name)
        if code in STOPPED:
            print("stopped", file=sys.stderr, flush=True)
            raise _stopped(code)
        step = step_of(json.loads((folder / "run.json").read_bytes()), load, duration_s)
        print(step.verdict, file=sys.stderr, flush=True)
        return step

    def _at(self, load: float, duration_s: float) -> Rehearsal:
        from simulator.plan.load import Load, Phase

        shape = next(phase for phase in self._plan.load.phases if phase.measured)
        users, arrivals = scaled(shape, load, by=self._by)
        settle = Phase("settle", 0.0, SETTLE_S, False, users, shape.spawn_per_s, arrivals)
        steady = Phase(shape.name, SETTLE_S, duration_s, True, users, shape.spawn_per_s, arrivals)
        whole = self._plan.load
        most = max(whole.max_users, int(load) + 1 if self._by == "users" else 0)
        return replace(
            self._plan, build=f"capacity-{load:g}", load=Load((settle, steady), most, whole.stop_within_s, whole.seed)
        )


def scaled(shape: Any, load: float, *, by: str) -> tuple[dict[str, int], tuple[Any, ...]]:
    """A phase's users and arrivals at another load, mixed as before.

    Args:
        shape: the phase.
        load: arrivals per second, or users, in all.
        by: `rate` or `users`; the other kind stays as it is.
    """
    from simulator.plan.load import ANYONE, Arrivals

    if by == "rate":
        total = sum(stream.per_s for stream in shape.arrivals)
        streams = tuple(replace(s, per_s=s.per_s * load / total, to_per_s=None) for s in shape.arrivals if total)
        return dict(shape.users), streams or (Arrivals(ANYONE, load),)
    count, everyone = round(load), sum(shape.users.values())
    if not everyone:
        return {ANYONE: count}, shape.arrivals
    shares = {name: count * users / everyone for name, users in shape.users.items()}
    counts = {name: int(share) for name, share in shares.items()}
    for name in sorted(shares, key=lambda n: counts[n] - shares[n])[: count - sum(counts.values())]:
        counts[name] += 1
    return counts, shape.arrivals


def step_of(document: dict[str, Any], load: float, duration_s: float) -> Step:
    """What a run at this load says.

    Raises:
        GeneratorLimitError: the generator could not carry it, so that the target was not measured.
    """
    from simulator.compare.capacity import Step

    distrusted = [check["reason"] for check in document["validity"] if not check["ok"]]
    if distrusted:
        raise GeneratorLimitError(
            f"at {load:g} the load generator was the limit: {distrusted[0]}", hint="lower --most, or use more machines"
        )
    gates = [row for row in document["thresholds"] if row["severity"] == "fail"]
    broken = [row for row in gates if row["result"] in ("fail", "no data")]
    open_ones = [row for row in gates if row["result"] == "inconclusive"]
    row = document["series"][0]
    rate = row["rate_per_s"] * (1 - (row["error_rate"] or 0.0)) if row["rate_per_s"] else None
    made = Step(load, "holds", duration_s, rate, row["p95_s"])
    if broken:
        return replace(made, verdict="breaks", reason=str(broken[0]["text"]))
    if not open_ones:
        return made
    worst = next((row for row in open_ones if row["leaning"] == "fail"), open_ones[0])
    verdict: Verdict = "leans to break" if worst["leaning"] == "fail" else "leans to hold"
    return replace(made, verdict=verdict, reason=str(worst["text"]))


@contextmanager
def _environment(rehearsal: Rehearsal) -> Iterator[Rehearsal]:
    """The environment, up for the whole search; yields the rehearsal against its address."""
    from simulator.environment.environment import Environment, brought_up
    from simulator.plan.environment import EnvironmentSpec

    logs = rehearsal.out / "capacity-logs"
    environment = Environment(rehearsal.environment, logs, cwd=rehearsal.root, tell=_say)
    with brought_up(environment):
        yield replace(rehearsal, environment=EnvironmentSpec(rehearsal.environment.name, environment.host))


def _search(arguments: argparse.Namespace) -> Search:
    from simulator.compare.capacity import Search
    from simulator.units import parse_duration, parse_share

    by_users = arguments.by == "users"
    try:
        return Search(
            start=arguments.start or (4.0 if by_users else 10.0), most=arguments.most, whole=by_users,
            precision=parse_share(arguments.precision), step_s=parse_duration(arguments.step),
            confirm_s=parse_duration(arguments.confirm),
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(str(error)) from error


def _needs_load(arguments: argparse.Namespace) -> bool:
    """Whether nothing says how the load is mixed, so that any journey may start."""
    return not (arguments.profile or arguments.users or arguments.rate)


def _view() -> Any:
    from simulator.cli.view import QuietView

    class Silent(QuietView):
        """A step of a search: its result is one word."""

        def last_screen(self, run: object) -> None:
            """Nothing: the search says what it found."""

    return Silent()


def _show(found: Capacity, arguments: argparse.Namespace) -> None:
    from simulator.compare.capacity import sentences

    if arguments.format == "json":
        print(
            json.dumps(
                {**found.__dict__, "by": arguments.by, "steps": [step.__dict__ for step in found.steps]}, indent=2
            )
        )
        return
    print("\n".join([*_table(found.steps, arguments.by), "", *sentences(found, unit=_unit(arguments.by))]))


def _table(steps: Sequence[Step], by: str) -> Iterator[str]:
    """Throughput and latency over load, with a bar for the latency."""
    from simulator.units import show

    slowest_s = max((step.p95_s or 0.0 for step in steps), default=0.0)
    yield f"{_unit(by):>12}  {'throughput':>10}  {'p95':>8}"
    for step in sorted(steps, key=lambda step: (step.load, step.confirms)):
        bar = "▇" * max(1, round(24 * (step.p95_s or 0.0) / slowest_s)) if slowest_s else ""
        why = f" ({step.reason})" if step.reason else ""
        word = "confirmed" if step.confirms and step.is_good else step.verdict
        numbers = f"{step.load:>12g}  {show(step.throughput_per_s, 'per_s'):>10}  {show(step.p95_s, 's'):>8}"
        yield f"{numbers}  {bar:<24} {word}{why}"


def _unit(by: str) -> str:
    return "users" if by == "users" else "per second"


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _stopped(code: int) -> Exception:
    from simulator.cli.run_series import StoppedError

    return StoppedError(code)
