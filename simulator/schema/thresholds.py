"""The schema of threshold files."""

from __future__ import annotations

from simulator.schema.shape import DURATION, FLAG, TEXT, Schema, choice, document, listed, mapping, one_or_more, written
from simulator.threshold import invariant, load
from simulator.threshold.metric import AGGREGATES, METRICS, SCOPES
from simulator.threshold.threshold import EACH


def threshold_schema() -> Schema:
    """Of the whole file: a list, or a mapping with it."""
    entries = listed({"anyOf": [_limit(), _entry()]})
    keys = ("thresholds", invariant.KEY)
    whole = mapping(keys, {"thresholds": entries, invariant.KEY: listed(_invariant())})
    return document("thresholds", {"anyOf": [whole, entries]})


def _limit() -> Schema:
    words = "|".join(
        sorted({*METRICS, *(name.replace(".", r"\.") for name in AGGREGATES)}, key=lambda word: (-len(word), word))
    )
    limit = rf"(({words}|p[0-9.]+)\b|status\s+[1-5x0-9]+).*?([<>]=?|rises|falls).+"
    return {**written(limit, "p95 < 800 ms"), "type": "string"}


def _entry() -> Schema:
    shapes = {
        "require": one_or_more(_limit()),
        "each": choice(EACH),
        "name": TEXT,
        "severity": choice(("fail", "warn")),
        "abort": {"anyOf": [FLAG, written(r"after\s+.+", "after 20 s")]},
        **{scope: one_or_more(TEXT) for scope in SCOPES},
    }
    return mapping(load.KEYS, shapes, required=("require",))


def _invariant() -> Schema:
    shapes = {
        **dict.fromkeys(("name", "sql", "database", "expect"), TEXT),
        "during": FLAG,
        "every": DURATION,
        "within": DURATION,
        "severity": choice(("fail", "warn")),
    }
    return mapping(invariant.KEYS, shapes, required=("name", "sql"))
