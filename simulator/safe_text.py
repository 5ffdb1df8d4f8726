"""Foreign text made safe for a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")


def clean(text: str, *, keep_lines: bool = False) -> str:
    """The text without escape sequences, control characters and direction marks; on one line unless asked not to be."""
    text = _CONTROL.sub("", _ESCAPE.sub("", text))
    return text if keep_lines else " ".join(text.split())
