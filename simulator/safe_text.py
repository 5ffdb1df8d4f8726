"""Foreign text made safe for a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1, except tab and line feed
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\U000e0000-\U000e007f]"  # direction, the invisible
)
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COMMAND = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*:)(?=:)|(#)(?=#\w*\[)", re.MULTILINE)


def clean(text: str, *, keep_lines: bool = False) -> str:
    """The text without escape sequences, control characters, direction marks and invisible characters.

    Args:
        text: foreign text. A lone surrogate, which no encoding could write, becomes a replacement character.
        keep_lines: line feeds and tabs stay; else everything comes on one line.
    """
    text = text if keep_lines else text.replace("\u2028", " ").replace("\u2029", " ").replace("\r", " ")
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub("", _ESCAPE.sub("", text)))
    return text if keep_lines else " ".join(text.split())


def as_xml_can(text: str) -> str:
    """The text without the characters that an XML document may not hold."""
    return _NOT_XML.sub("", text)


def without_commands(text: str) -> str:
    """Lines of which none is a command to a CI system: `::error::` at the start of a line, `##vso[` anywhere.

    GitHub and Azure read them from standard output, also when they are indented; a space breaks them up.
    """
    return _COMMAND.sub(r"\1\2 ", text)


def markup_without_commands(markup: str) -> str:
    """The same for HTML and XML, where a reference in place of the first sign leaves the text what it is."""
    return _COMMAND.sub(lambda found: f"{found[1][:-1]}&#58;" if found[1] else "&#35;", markup)
