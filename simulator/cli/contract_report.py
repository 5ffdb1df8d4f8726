"""What a verification found, told like everything else: rulings, in every format, with an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from simulator.cli.rehearsal import build_here
from simulator.contract.verification import Checked, Verification
from simulator.monitor.machine import machine, versions
from simulator.record.folder import RunFolder
from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.report.document import run_document
from simulator.report.render import FILES, render
from simulator.report.run import Run
from simulator.safe_text import clean
from simulator.threshold.ruling import Ruling
from simulator.threshold.verdict import Verdict, decide

SIGNS = {"kept": "✓", "broken": "✗", "pending": "~", "not checked": "?"}
_RESULTS = {"kept": "pass", "broken": "fail", "pending": "fail", "not checked": "no data"}


def report(verification: Verification, arguments: argparse.Namespace) -> int:
    """Tell what was found; returns the exit code."""
    rulings = [ruling_of(each) for each in verification.checked]
    verdict = decide(rulings, (), measured_operations=len(verification.checked))
    run = _run(rulings, verdict, verification)
    if arguments.out is not None:
        _write(run, arguments.out)
    text = "\n".join(_lines(verification, verdict)) if arguments.format == "text" else render(run, arguments.format)
    if arguments.output is not None:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    return verdict.exit_code


def ruling_of(checked: Checked) -> Ruling:
    """A promise as a ruling: it is kept, broken, or nothing is known about it."""
    file, _, rest = checked.place.partition(":")
    line = int(rest.split(":")[0]) if rest[:1].isdigit() else 0
    return Ruling(
        text=checked.name,
        name=checked.subject,
        file=file,
        line=line,
        severity="warn" if checked.result == "pending" else "fail",
        result=_RESULTS[checked.result],  # type: ignore[arg-type]
        unit="",
        limit=0.0,
        reason="; ".join(checked.reasons) or checked.result,
        count=1,
    )


def _lines(verification: Verification, verdict: Verdict) -> Iterator[str]:
    subject = ""
    for each in verification.checked:
        if each.subject != subject:
            subject = each.subject
            yield clean(subject)
        yield f"  {SIGNS[each.result]} {clean(each.name)}" + (f"  ({each.result})" if each.result != "kept" else "")
        for reason in each.reasons:
            yield f"      {clean(reason)}"
        if each.result == "broken" and each.place:
            yield f"      {each.place}"
    for note in verification.notes:
        yield f"note: {clean(note)}"
    broken, total = len(verification.broken), len(verification.checked)
    yield (
        f"\n{verdict.verdict.upper()}  {total - broken} of {total} kept"
        if broken
        else f"\n{verdict.verdict.upper()}  {total} kept"
    )


def _run(rulings: list[Ruling], verdict: Verdict, verification: Verification) -> Run:
    started_at = datetime.now(UTC).astimezone()
    manifest = Manifest(
        run="contract", build=build_here(Path.cwd()), started_at=started_at.isoformat(timespec="seconds"), host="",
        profile="contract", command=" ".join(["simulator", *sys.argv[1:]]), machine=machine(), versions=versions(),
    )  # fmt: skip
    measurements = Measurements()
    duration_s = sum(each.took_s or 0.0 for each in verification.checked)
    ending = {"how": "finished", "reason": "", "duration_s": duration_s}
    document = run_document(manifest, measurements, ending, rulings, verdict, ())
    document["notes"] = list(verification.notes)
    document["outcomes"] = []
    document["baseline"] = []
    return Run(None, document, measurements)


def _write(run: Run, out: Path) -> None:
    folder = RunFolder.create(out, datetime.now(UTC).astimezone(), str(run.document["build"]))
    document = {**run.document, "run": folder.path.name}
    for name, form in FILES.items():
        folder.write(name, render(Run(folder.path, document, run.measurements), form))
    print(f"report    {folder.path / 'report.html'}", file=sys.stderr)
