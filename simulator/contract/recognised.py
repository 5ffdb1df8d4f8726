"""What a file is, told from its bytes alone, so that nothing that reads contracts need be imported for it."""

from __future__ import annotations

import re

SUFFIXES = (".json", ".yaml", ".yml")
_DESCRIPTION = re.compile(rb"^\s*\{?\s*[\"']?(?:openapi|swagger)[\"']?\s*:", re.MULTILINE)
_PARTIES = tuple(re.compile(rb"[\"']?\b" + word + rb"\b[\"']?\s*:") for word in (b"consumer", b"provider"))
_PROMISES = re.compile(rb"[\"']?(?:interactions|messages)[\"']?\s*:")


def is_description(content: bytes) -> bool:
    """Whether it is an OpenAPI description."""
    return _DESCRIPTION.search(content[:20_000]) is not None


def is_contract(content: bytes) -> bool:
    """Whether it is a Pact file, or a contract in YAML."""
    return _PROMISES.search(content) is not None and all(word.search(content) for word in _PARTIES)
