"""A run as JUnit XML: journeys and thresholds as test cases."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from simulator.report.run import Run
from simulator.report.wording import finding, scope_words
from simulator.safe_text import as_xml_can, clean, markup_without_commands

LONGEST = 2000


def to_junit(run: Run) -> str:
    """A document that every JUnit reader takes; parsed once more before it is handed out.

    A journey fails when none of its runs succeeded or when a threshold in its scope failed; errors within what the
    thresholds allow are told in its output. A threshold that could not be decided is a skipped case.
    """
    document = run.document
    suites = ElementTree.Element("testsuites", name="simulator")
    journeys = _outcomes(document) if document.get("outcomes") else _journeys(document)
    cases = [*journeys, *_thresholds(document), _verdict(document)]
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name=_text(f"{document['profile'] or 'run'} {document['build']}"),
        timestamp=document["started_at"],
        time=f"{document['duration_s']:.3f}",
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
    )
    suite.extend(cases)
    text = '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"
    text = markup_without_commands(text)
    ElementTree.fromstring(text)
    return text


def _journeys(document: dict[str, Any]) -> list[ElementTree.Element]:
    cases = []
    for row in document["series"]:
        if row["level"] != "journey" or row["phase"] is not None:
            continue
        case = _case(f"journeys.{row['user']}", str(row["journey"]), row["mean_s"])
        errors = [e for e in document["errors"] if e["journey"] == row["journey"] and e["user"] == row["user"]]
        if row["count"] and row["errors"] == row["count"]:
            _add(case, "failure", f"all {row['count']} runs of this journey failed", _error_text(errors))
        elif errors:
            ElementTree.SubElement(case, "system-out").text = _text(_error_text(errors))
        cases.append(case)
    return cases


def _outcomes(document: dict[str, Any]) -> list[ElementTree.Element]:
    """The journeys of a suite that ran each of them once."""
    cases = []
    for outcome in document["outcomes"]:
        user, _, journey = outcome["item"].partition(".")
        case = _case(f"journeys.{user}", journey, outcome["took_s"])
        if outcome["result"] == "failed":
            _add(case, "failure", outcome["reason"], None)
        elif outcome["result"] == "skipped":
            _add(case, "skipped", outcome["reason"], None)
        elif outcome["result"] == "flaky":
            ElementTree.SubElement(case, "system-out").text = _text(
                f"flaky: passed on attempt {outcome['attempts']}, before that: {outcome['reason']}"
            )
        cases.append(case)
    return cases


def _thresholds(document: dict[str, Any]) -> list[ElementTree.Element]:
    cases = []
    items = {outcome["item"] for outcome in document.get("outcomes", ())}
    for row in document["thresholds"]:
        if row["scope"].get("journey") in items:
            continue  # what came of a journey of a suite is a case of its own
        scope = scope_words(row["scope"])
        case = _case("thresholds", " ".join(filter(None, (row["name"], row["text"], scope and f"({scope})"))), None)
        if row["result"] == "fail" and row["severity"] == "fail":
            _add(case, "failure", finding(row), row["reason"])
        elif row["result"] == "no data" and row["severity"] == "fail":
            _add(case, "error", finding(row), row["reason"])
        elif row["result"] != "pass":
            _add(case, "skipped", f"{row['result']}: {finding(row)}", None)
        cases.append(case)
    return cases


def _verdict(document: dict[str, Any]) -> ElementTree.Element:
    case = _case("run", "verdict", document["duration_s"])
    if document["verdict"] != "passed":
        kind = "failure" if document["verdict"] == "failed" else "error"
        _add(case, kind, f"the run is {document['verdict']}", "\n".join(document["reasons"]))
    return case


def _case(group: str, name: str, time_s: float | None) -> ElementTree.Element:
    attributes = {"classname": _text(group), "name": _text(name)}
    if time_s is not None:
        attributes["time"] = f"{time_s:.3f}"
    return ElementTree.Element("testcase", attributes)


def _add(case: ElementTree.Element, kind: str, message: str, detail: str | None) -> None:
    made = ElementTree.SubElement(case, kind, message=_text(message))
    made.text = _text(detail) if detail else None


def _error_text(errors: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{error['count']}x {error['class']} in {error['step'] or error['name']}: {error['message']}"
        for error in errors[:10]
    )


def _text(text: str) -> str:
    return as_xml_can(clean(text, keep_lines=True))[:LONGEST]
