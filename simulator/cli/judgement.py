"""From a run folder to a verdict, and to the files that tell it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from simulator.cli.names import known_names_of
from simulator.cli.run_facts import keep_facts
from simulator.cli.run_lookup import read_document
from simulator.cli.since import change_since
from simulator.compare.facts import RunFacts
from simulator.compare.measured import facts_of
from simulator.compare.steadiness import sentences, steadiness_of
from simulator.errors import UsageError, understood
from simulator.monitor.validity import validity_of
from simulator.record.data_file import DataReader
from simulator.record.folder import RunFolder
from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.report.contracts import contract_rows, contract_sentences
from simulator.report.correlation import correlations
from simulator.report.document import run_document
from simulator.report.folded import folded_sentences
from simulator.report.index import write_index
from simulator.report.render import FILES, render
from simulator.report.run import Run
from simulator.report.waterfall import waterfalls
from simulator.threshold.invariant import parse_invariants, rulings_on
from simulator.threshold.judge import judge
from simulator.threshold.load import parse_thresholds
from simulator.threshold.ruling import Result, Ruling
from simulator.threshold.scope import KnownNames
from simulator.threshold.threshold import Threshold
from simulator.threshold.verdict import Signal, decide
from simulator.units import show_duration

IMPLIED_ERROR_RATIO = 0.01
"""So many errors fail a run of which nothing was asked, as a latency limit alone would have it."""


def judged(folder: RunFolder, *, strict: bool = False, interrupted: Signal | None = None,
           thresholds: Sequence[Threshold] | None = None) -> Run:  # fmt: skip
    """A run folder's data, judged by its own thresholds or by others.

    Raises:
        UsageError: there is no run in the folder, or it is damaged.
    """
    return judged_and_asked(folder, strict=strict, interrupted=interrupted, thresholds=thresholds)[0]


def judged_and_asked(folder: RunFolder, *, strict: bool = False, interrupted: Signal | None = None,
                     thresholds: Sequence[Threshold] | None = None) -> tuple[Run, RunFacts]:  # fmt: skip
    """The same, and what the run says about its subjects.

    Raises:
        UsageError: there is no run in the folder, or it is damaged.
    """
    reader = folder.reader()
    manifest, measurements = _manifest(reader), reader.measurements()
    ending = reader.meta("ending")
    if thresholds is None:
        thresholds = parse_thresholds([(file.file, file.text) for file in manifest.thresholds], environ=os.environ)
    validity = validity_of(measurements, manifest, ending)
    baseline = _baseline_of(manifest, folder, thresholds)
    names = known_names_of(manifest)
    rulings = judge(thresholds, measurements, final=True, plan_names=names, baseline=baseline)
    if manifest.against and not manifest.baseline:
        rulings = [_without_history(ruling, manifest.against) for ruling in rulings]
    contracts = contract_rows(measurements, reader.meta("contracts"))
    outcomes = reader.meta("outcomes") or []
    rulings += [
        *_success(measurements, asked=bool(thresholds or outcomes)),
        *_contracts(contracts, rulings),
        *_deaths(reader.events()),
        *_collapses(reader.events()),
        *_strict(reader.events()),
        *_left_behind(reader.events()),
        *_of_outcomes(outcomes),
        *_of_invariants(manifest, reader),
    ]
    verdict = decide(
        rulings, validity, measured_operations=_operations(measurements), strict=strict, interrupted=interrupted
    )
    facts = facts_of(measurements, run=manifest.run, build=manifest.build)
    document = run_document(
        manifest, measurements, ending, rulings, verdict, validity, reader.meta("virtual"), contracts, facts
    )
    document["baseline"] = [Path(path).name for path in manifest.baseline]
    document["notes"] = [
        *contract_sentences(contracts),
        *folded_sentences(measurements),
        *sentences(steadiness_of(measurements)),
    ]
    document["outcomes"] = outcomes
    document["correlations"] = correlations(measurements)
    document["waterfalls"] = waterfalls(reader.traces(), measurements)
    beside = _looked_at_beside(folder.path, document)
    return Run(folder.path, document, measurements, reader.events(), beside), facts


def known_names_of_run(folder: RunFolder) -> KnownNames:
    """The names that a stored run knows.

    Raises:
        UsageError: the run is damaged.
    """
    return known_names_of(_manifest(folder.reader()))


def stored(path: Path) -> Run:
    """A stored run with the verdict that it was given; a run that never came to its end is judged now.

    Raises:
        UsageError: there is no run in the folder, or it is damaged.
    """
    folder = RunFolder.open(path)
    document = folder.read_json("run.json")
    if document is None:
        return judged(folder)
    _check_document(document, path)
    reader = folder.reader()
    beside = _looked_at_beside(folder.path, document)
    return Run(folder.path, document, reader.measurements(), reader.events(), beside)


def _check_document(document: Any, path: Path) -> None:
    """A `run.json` that somebody else has written, or changed, must not make pages fall over.

    Raises:
        UsageError: it is not what we write.
    """
    from simulator.contract.schema import Validator

    schema = json.loads(files("simulator.report").joinpath("run.schema.json").read_text())
    with understood(str(path / "run.json")):
        complaints = Validator(schema).complaints(document)
    for place, complaint in complaints:
        hint = "without it the run is judged again from its data"
        raise UsageError(f"{path / 'run.json'}: {place or 'everything'}: {complaint[:200]}", hint=hint)


def judge_and_write(folder: RunFolder, *, strict: bool, interrupted: Signal | None) -> Run:
    """Judge a run that has just ended and write everything that tells about it.

    The verdict is written first: whatever may go wrong with a page, it stands.
    """
    run, facts = judged_and_asked(folder, strict=strict, interrupted=interrupted)
    folder.write("run.json", render(run, FILES["run.json"]))
    keep_facts(folder, facts)
    run.document["change"] = change_since(folder.path, run.document)
    run = replace(run, baseline=_looked_at_beside(folder.path, run.document))
    for name, form in FILES.items():
        folder.write(name, render(run, form))
    write_index(folder.path.parent)
    return run


def _baseline_of(manifest: Manifest, folder: RunFolder, thresholds: Sequence[Threshold]) -> list[Measurements]:
    """What the runs of the baseline measured, as far as they are still there (or moved along with this run)."""
    if all(threshold.limit.change is None for threshold in thresholds):
        return []
    places = [[Path(path), folder.path.parent / Path(path).name] for path in manifest.baseline]
    found = [next((place for place in both if (place / "data.sqlite").is_file()), None) for both in places]
    return [RunFolder.open(place).reader().measurements() for place in found if place is not None]


def _looked_at_beside(folder: Path, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The newest run that this one was compared with, when its folder lies beside this one."""
    names = [*(document.get("baseline") or ()), *((document.get("change") or {}).get("runs") or ())]
    found = (read_document(folder.parent / Path(name).name) for name in reversed(names))
    return next((other for other in found if other), None)


def _contracts(contracts: Mapping[str, Any] | None, rulings: Sequence[Ruling]) -> Iterator[Ruling]:
    """A contract is to be kept, unless a threshold says how much it may be broken."""
    if contracts is None or any(ruling.text.startswith("contract_violations") for ruling in rulings):
        return
    checked, violating = contracts["checked"], contracts["violating"]
    result: Result = "no data" if not checked else "fail" if violating else "pass"
    reason = f"{violating:,} of {checked:,} checked answers broke a contract" if checked else "no answer was checked"
    yield Ruling("contract_violations <= 0", "contracts are kept", ", ".join(contracts["files"]), 0, "fail", result, "",
                 0.0, reason, value=float(violating) if checked else None, count=checked)  # fmt: skip


def _without_history(ruling: Ruling, against: str) -> Ruling:
    """The first run of a history has nothing to be compared with, and may still pass: else no history could begin."""
    if not ruling.relative or ruling.result != "no data":
        return ruling
    reason = f"there is no run like this one yet ({against!r}), so there is nothing to compare with"
    return replace(ruling, result="inconclusive", leaning="pass", reason=reason)


def _manifest(reader: DataReader) -> Manifest:
    plain = reader.meta("manifest")
    if plain is None:
        raise UsageError("there is no run in this folder: it ended before its load began")
    return Manifest.from_plain(plain)


def _success(measurements: Measurements, *, asked: bool) -> Iterator[Ruling]:
    """A run in which nothing succeeded is no pass, whatever is asked of it; nor one full of errors when nothing is."""
    phases = measurements.measured_phases()
    keys = [key for key in measurements.totals if key.level == "operation" and key.phase in phases]
    found = measurements.total(keys)
    if not found.count:
        return
    ratio, limit = found.errors / found.count, 1.0 if asked else IMPLIED_ERROR_RATIO
    if ratio >= limit:
        reason = f"{found.errors:,} of {found.count:,} operations failed"
        reason = f"no operation succeeded: {reason}" if ratio == 1 else f"{reason}, and no threshold allows it"
        yield Ruling("operations succeed", None, "", 0, "fail", "fail", "share", limit, reason, value=ratio,
                     count=found.count)  # fmt: skip


def _operations(measurements: Measurements) -> int:
    """How many operations ended or had no answer, and arrivals were dropped, in the measured phases."""
    phases = measurements.measured_phases()
    judged_keys = [key for key in measurements.totals if key.phase in phases]
    asked = measurements.total(key for key in judged_keys if key.level == "operation")
    return (
        asked.count
        + asked.unanswered
        + measurements.total(key for key in judged_keys if key.level == "journey").dropped
    )


def _deaths(events: Sequence[tuple[float, str, str]]) -> list[Ruling]:
    """A service that ended by itself while it was needed fails the run, whatever the users noticed of it."""
    return [
        Ruling(
            text="stays up", name=None, file="", line=0, severity="fail", result="fail", unit="", limit=0.0,
            reason=f"{text.splitlines()[0]}, {show_duration(at_s)} into the run", scope={"service": text.split("'")[1]},
        )
        for at_s, kind, text in events
        if kind == "service died"
    ]  # fmt: skip


def _collapses(events: Sequence[tuple[float, str, str]]) -> list[Ruling]:
    """A target that has stopped working fails the run, whatever else is asked of it."""
    return [
        Ruling(
            text="keeps working", name=None, file="", line=0, severity="fail", result="fail", unit="", limit=0.0,
            reason=f"{text}, {show_duration(at_s)} into the run", scope={},
        )
        for at_s, kind, text in events
        if kind == "collapsed"
    ]  # fmt: skip


def _of_outcomes(outcomes: Sequence[Mapping[str, Any]]) -> list[Ruling]:
    """Each journey of a suite as a ruling; a flaky one is told and does not fail, a skipped one is neither."""
    return [
        Ruling(
            text="succeeds", name=None, file="", line=0, severity="warn" if outcome["result"] == "flaky" else "fail",
            result="pass" if outcome["result"] == "passed" else "fail", unit="", limit=0.0, count=outcome["attempts"],
            reason=_outcome_words(outcome), scope={"journey": outcome["item"]},
        )
        for outcome in outcomes
        if outcome["result"] != "skipped"
    ]  # fmt: skip


def _outcome_words(outcome: Mapping[str, Any]) -> str:
    if outcome["result"] == "flaky":
        return f"flaky: passed on attempt {outcome['attempts']}, before that: {outcome['reason']}"
    return str(outcome["reason"] or f"passed in {show_duration(outcome['took_s'])}")


def _of_invariants(manifest: Manifest, reader: DataReader) -> list[Ruling]:
    """What must hold in databases, as the run asked it."""
    invariants = parse_invariants([(file.file, file.text) for file in manifest.thresholds], os.environ)
    return rulings_on(invariants, reader.meta("invariants") or {})


def _left_behind(events: Sequence[tuple[float, str, str]]) -> list[Ruling]:
    """What cleaning could not take away is told; the target is no worse for it."""
    return [
        Ruling(
            text="leaves nothing behind", name=None, file="", line=0, severity="warn", result="fail", unit="",
            limit=0.0, reason=text, scope={},
        )
        for _, kind, text in events
        if kind == "left behind"
    ]  # fmt: skip


def _strict(events: Sequence[tuple[float, str, str]]) -> list[Ruling]:
    """A strict virtual service that was asked for what no stub answers fails the run."""
    return [
        Ruling(
            text="every request has a stub", name=None, file="", line=0, severity="fail", result="fail", unit="",
            limit=0.0, reason=f"{text}, {show_duration(at_s)} into the run", scope={"service": text.split("'")[1]},
        )
        for at_s, kind, text in events
        if kind == "no stub"
    ]  # fmt: skip
