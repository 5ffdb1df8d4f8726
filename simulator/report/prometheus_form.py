"""A run's aggregates as Prometheus reads them from a text file (node exporter's textfile collector, Pushgateway)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.report.run import Run
from simulator.safe_text import clean

QUANTILES = {"0.5": "p50_s", "0.75": "p75_s", "0.9": "p90_s", "0.95": "p95_s", "0.99": "p99_s", "0.999": "p999_s"}
RESULTS = ("pass", "fail", "inconclusive", "no data")
VERDICTS = ("passed", "failed", "invalid")


def to_prometheus(run: Run) -> str:
    """Gauges of verdict, thresholds, series, vitals and readings; one sample a line, labelled with run and build."""
    return "\n".join(_lines(run.document)) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    run = {"run": document["run"], "build": document["build"]}
    yield from _family("simulator_verdict", "1 for the verdict of the run")
    for word in VERDICTS:
        yield _sample("simulator_verdict", {**run, "verdict": word}, float(document["verdict"] == word))
    yield from _family("simulator_thresholds", "Thresholds by their result")
    for result in RESULTS:
        count = sum(row["result"] == result for row in document["thresholds"])
        yield _sample("simulator_thresholds", {**run, "result": result}, float(count))
    yield from _series(document, run)
    yield from _family("simulator_vital", "Web vitals, p75; times in seconds")
    for row in document["vitals"]:
        labels = {**run, "journey": row["journey"], "page": row["page"], "metric": row["metric"]}
        yield from _maybe("simulator_vital", labels, row["p75"])
    yield from _family("simulator_reading", "Readings of machines and services, mean over the measured phases")
    for row in document["readings"]:
        labels = {**run, "source": row["source"], "metric": row["metric"], "unit": row["unit"]}
        yield from _maybe("simulator_reading", labels, row["mean"])


def _series(document: Mapping[str, Any], run: Mapping[str, str]) -> Iterator[str]:
    rows = [row for row in document["series"] if row["phase"] is None]
    yield from _family("simulator_response_time_seconds", "Response times of what succeeded", "summary")
    for row in rows:
        labels = {**run, **_labels(row)}
        for quantile, name in QUANTILES.items():
            yield from _maybe("simulator_response_time_seconds", {**labels, "quantile": quantile}, row[name])
        succeeded = row["count"] - row["errors"]
        if row["mean_s"] is not None:
            yield _sample("simulator_response_time_seconds_sum", labels, row["mean_s"] * succeeded)
        yield _sample("simulator_response_time_seconds_count", labels, float(succeeded))
    for name, key, told in (
        ("simulator_ended", "count", "What ended, well or badly"),
        ("simulator_errors", "errors", "What ended badly"),
        ("simulator_dropped", "dropped", "Arrivals that no user was free to start"),
        ("simulator_cut_off", "cut_off", "What was still open when the run ended"),
    ):
        yield from _family(name, told)
        for row in rows:
            yield _sample(name, {**run, **_labels(row)}, float(row[key]))


def _labels(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: row[name] or "" for name in ("level", "user", "journey", "step", "name")}


def _family(name: str, told: str, kind: str = "gauge") -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"


def _maybe(name: str, labels: Mapping[str, str], value: float | None) -> Iterator[str]:
    if value is not None:
        yield _sample(name, labels, value)


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items() if text)
    return f"{name}{{{shown}}} {value!r}"


def _escaped(text: str) -> str:
    text = clean(text).replace("##", "# #")  # no `##vso[` for a CI system that reads along
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
