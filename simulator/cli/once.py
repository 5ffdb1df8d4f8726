"""`simulator run --once`: every selected journey once, as an integration test suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime

from simulator.cli.choice import chosen, known_items
from simulator.cli.rehearsal import Rehearsal
from simulator.cli.services import Services
from simulator.cli.view import View
from simulator.engine.ending import Ending, StopSignal
from simulator.engine.host import JourneyHost
from simulator.engine.once import OnceThrough, Outcome
from simulator.engine.options import Options
from simulator.plan.dependency import dependencies, in_order, with_dependencies
from simulator.plan.portion import parse_shard, shard, soonest_feedback
from simulator.record.data_file import DataWriter
from simulator.record.secrecy import Secrecy
from simulator.record.window import Window

SIGNS = {"passed": "✓", "failed": "✗", "flaky": "~", "skipped": "-"}


def drive_once(
    plan: Rehearsal,
    services: Services,
    browser: JourneyHost | None,
    *,
    stop: StopSignal,
    store: Callable[[Window], object],
    writer: DataWriter,
    view: View,
    options: Options,
) -> Ending:
    """Run the suite and write down what came of each item.

    Raises:
        UsageError: dependencies are missing or run in a circle.
    """
    from simulator.cli.contract_checks import unable, with_contract_checks  # megabytes that load need not carry

    secrecy = Secrecy(plan.secrets)

    def tell(outcome: Outcome) -> None:
        reason = f": {secrecy.masked(outcome.reason)}" if outcome.reason else ""
        view.note(f"{SIGNS[outcome.result]} {outcome.item}  {outcome.result}, {outcome.took_s:.2f} s{reason}")

    items = known_items(plan.cast, plan.out)
    graph = dependencies(items)
    meant = with_dependencies(chosen(items, plan.select), items, graph)
    if plan.shard:
        meant = shard(meant, graph, *parse_shard(plan.shard))
    once = OnceThrough(
        with_contract_checks(plan.cast, services, plan.promises, plan.root),
        services.host,
        browser=browser,
        retries=plan.retries,
        on_window=store,
        on_outcome=tell,
        stop=stop,
        options=options,
    )
    started_at = datetime.now(UTC)
    outcomes = once.run(in_order(soonest_feedback(meant), graph), graph, plan.slots, unable(meant, services))
    masked = [replace(outcome, reason=secrecy.masked(outcome.reason)) for outcome in outcomes]
    writer.note("outcomes", [asdict(outcome) for outcome in masked])
    how, at_s = ("stopped" if stop else "finished"), once.recorder.at_s()
    return Ending(how, stop.reason, started_at, at_s, tuple(once.seen.phases),  # type: ignore[arg-type]
                  collected=once.witnesses.collected())  # fmt: skip
