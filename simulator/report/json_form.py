"""A run as JSON."""

from __future__ import annotations

import json

from simulator.report.run import Run


def to_json(run: Run) -> str:
    """The document, indented; numbers that JSON has no word for become null."""
    text = json.dumps(_plain(run.document), indent=2, ensure_ascii=True)
    return text.replace("##", "#\\u0023") + "\n"  # the same text, and yet no `##vso[` for a CI system that reads along


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
