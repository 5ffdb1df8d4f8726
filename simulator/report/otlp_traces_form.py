"""Failed, slow and typical journeys of a run as OpenTelemetry's JSON (OTLP traces), for any collector.

A journey is a trace: its root span is the journey, below it steps, operations and requests of pages, with their times.
Identifiers follow from the run and the journey, so that the same run gives the same traces. See `trace/v1`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from simulator.report.otlp_form import attributes
from simulator.report.run import Run

INTERNAL, CLIENT = 1, 3
OK, ERROR = 1, 2
NS_PER_S = 1e9


def to_otlp_traces(run: Run) -> str:
    """One `ExportTraceServiceRequest`."""
    document = run.document
    began_ns = int(datetime.fromisoformat(document["started_at"]).timestamp() * NS_PER_S)
    spans = [span for row in document.get("waterfalls") or () for span in _journey(row, document["run"], began_ns)]
    scope = {"scope": {"name": "simulator", "version": document["versions"].get("simulator", "")}, "spans": spans}
    resource = {"service.name": "simulator", "simulator.run": document["run"], "simulator.build": document["build"]}
    request = {"resourceSpans": [{"resource": {"attributes": attributes(resource)}, "scopeSpans": [scope]}]}
    return json.dumps(request, indent=1, ensure_ascii=True).replace("##", "#\\u0023") + "\n"


def _journey(row: Mapping[str, Any], run: str, began_ns: int) -> Iterator[dict[str, Any]]:
    """The spans of one journey, the root first."""
    seed = f"{run}/{row['user']}/{row['journey']}/{row['which']}/{row['at_s']}"
    trace_id, root = _id(seed, 32), _id(f"{seed}/root", 16)
    start_ns = began_ns + int(row["at_s"] * NS_PER_S)
    facts = {"simulator.user": row["user"], "simulator.phase": row["phase"], "simulator.which": row["which"]}
    failed = row["error_class"]
    yield _span(
        trace_id, root, "", row["journey"], start_ns, row["took_s"], INTERNAL, {**facts, "error.type": failed or ""}
    )
    above = [root]
    for number, span in enumerate(row["spans"]):
        del above[span["depth"] + 1 :]
        own, kind = _id(f"{seed}/{number}", 16), INTERNAL if span["level"] == "step" else CLIENT
        more = {"simulator.kind": span["kind"], "error.type": "" if span["outcome"] == "ok" else span["outcome"]}
        at_ns = start_ns + int(span["start_s"] * NS_PER_S)
        yield _span(trace_id, own, above[-1], span["name"], at_ns, span["took_s"], kind, more)
        above.append(own)


def _span(
    trace_id: str, own: str, parent: str, name: str, start_ns: int, took_s: float, kind: int, facts: Mapping[str, str]
) -> dict[str, Any]:
    made: dict[str, Any] = {"traceId": trace_id, "spanId": own, "name": name, "kind": kind}
    made |= {"parentSpanId": parent} if parent else {}
    made |= {"startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(start_ns + int(took_s * NS_PER_S))}
    failed = facts.get("error.type")
    status = {"code": ERROR, "message": failed} if failed else {"code": OK}
    return {**made, "attributes": attributes(facts), "status": status}


def _id(seed: str, digits: int) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:digits]
