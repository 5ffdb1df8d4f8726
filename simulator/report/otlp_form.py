"""A run's aggregates as OpenTelemetry's JSON (OTLP metrics), for any collector that takes a file or a POST.

Response times are exponential histograms of scale 7 in microseconds: exactly the buckets that were recorded, so that
nothing is lost on the way. See the OpenTelemetry protocol, `metrics/v1`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from simulator.record.cell import Cell
from simulator.record.histogram import Histogram
from simulator.record.sample import SeriesKey
from simulator.report.run import Run
from simulator.safe_text import clean

SCALE = 7
DELTA = 1
US_PER_S = 1e6


def to_otlp(run: Run) -> str:
    """One `ExportMetricsServiceRequest`."""
    document = run.document
    resource = {
        "service.name": "simulator",
        "simulator.run": document["run"],
        "simulator.build": document["build"],
        "simulator.verdict": document["verdict"],
        "simulator.environment": document["environment"] or "",
        "simulator.profile": document["profile"] or "",
    }
    metrics = [_times(run, "ok"), _times(run, "failed"), _counts(run)]
    scope = {"scope": {"name": "simulator", "version": document["versions"].get("simulator", "")}, "metrics": metrics}
    request = {"resourceMetrics": [{"resource": {"attributes": attributes(resource)}, "scopeMetrics": [scope]}]}
    text = json.dumps(request, indent=1, ensure_ascii=True)
    return text.replace("##", "#\\u0023") + "\n"  # the same text, and yet no `##vso[` for a CI system that reads along


def _times(run: Run, outcome: str) -> dict[str, Any]:
    points = [
        {**_moments(run), "attributes": attributes({**_of(key), "outcome": outcome}), **_buckets(histogram)}
        for key, cell in _cells(run)
        if (histogram := getattr(cell, outcome)).count
    ]
    data = {"dataPoints": points, "aggregationTemporality": DELTA}
    return {"name": f"simulator.response_time.{outcome}", "unit": "us", "exponentialHistogram": data}


def _buckets(histogram: Histogram) -> dict[str, Any]:
    first, last = min(histogram.counts), max(histogram.counts)
    return {
        "count": str(histogram.count),
        "sum": histogram.sum_s * US_PER_S,
        "min": histogram.min_s * US_PER_S,
        "max": histogram.max_s * US_PER_S,
        "scale": SCALE,
        "zeroCount": "0",
        "positive": {
            "offset": first,
            "bucketCounts": [str(histogram.counts.get(bucket, 0)) for bucket in range(first, last + 1)],
        },
    }


def _counts(run: Run) -> dict[str, Any]:
    """What never became a response time."""
    points = [
        {**_moments(run), "attributes": attributes({**_of(key), "outcome": outcome}), "asInt": str(count)}
        for key, cell in _cells(run)
        for outcome, count in (("dropped", cell.dropped), ("cut off", cell.cut_off))
        if count
    ]
    return {
        "name": "simulator.lost",
        "sum": {"dataPoints": points, "aggregationTemporality": DELTA, "isMonotonic": True},
    }


def _cells(run: Run) -> Iterator[tuple[SeriesKey, Cell]]:
    for key in sorted(run.measurements.totals):
        if key.level in ("operation", "step", "journey"):
            yield key, run.measurements.totals[key]


def _moments(run: Run) -> dict[str, str]:
    begin_ns = int(datetime.fromisoformat(run.document["started_at"]).timestamp()) * 10**9
    end_ns = begin_ns + int((run.document["duration_s"] or 0.0) * 1e9)
    return {"startTimeUnixNano": str(begin_ns), "timeUnixNano": str(end_ns)}


def _of(key: SeriesKey) -> dict[str, str]:
    return {name: value for name, value in key._asdict().items() if value}


def attributes(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Attributes as OTLP has them; those without a value are left out."""
    return [{"key": key, "value": {"stringValue": clean(str(value))}} for key, value in values.items() if value]
