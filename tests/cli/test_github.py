"""Annotations and the job's summary in GitHub Actions."""

import pytest

from simulator.cli.github import tell_github, workflow_commands
from simulator.report.run import Run

ROW = {"text": "p95 < 1 s", "name": "paying", "scope": {"step": "pay"}, "severity": "fail", "result": "fail",
       "leaning": None, "file": "thresholds/a.yaml", "line": 7, "reason": "p95 is 2 s"}  # fmt: skip


def document(*rows, **more):
    return {"thresholds": list(rows), "verdict": "failed", "reasons": [], **more}


def test_a_broken_limit_is_an_error_at_its_line():
    [line] = workflow_commands(document(ROW, {**ROW, "result": "pass"}))

    assert line == "::error file=thresholds/a.yaml,line=7,title=paying%3A p95 < 1 s (step pay)::p95 is 2 s"


def test_one_that_only_warns_is_a_warning_and_an_invalid_run_says_why():
    warning, error = workflow_commands(document({**ROW, "severity": "warn"}, verdict="invalid", reasons=["too busy"]))

    assert warning.startswith("::warning file=")
    assert error == "::error title=the run is invalid::too busy"


@pytest.mark.parametrize("evil", ["x\n::set-output name=a::b", "\r\n::error::x", "a,title=b", "%0A::warning::x"])
@pytest.mark.fault(27, "`::error::` from the target, where we write such commands ourselves", "is part of a text")
def test_foreign_text_is_no_command_of_its_own(evil):
    for line in workflow_commands(document({**ROW, "name": evil, "reason": evil})):
        assert len(line.splitlines()) == 1
        head, _, _ = line.removeprefix("::error ").partition("::")
        assert [part.partition("=")[0] for part in head.split(",")] == ["file", "line", "title"]


def test_elsewhere_nothing_is_said(capsys):
    tell_github(Run(None, document(ROW), None), {})

    assert capsys.readouterr().out == ""
