"""Files of contracts, seen as journey files: each contract is one thing to check, its interactions are the steps."""

from __future__ import annotations

import re
from pathlib import Path

from simulator.contract.interaction import Contract
from simulator.contract.source import SUFFIXES, Source, read_source
from simulator.errors import BringUpError, FileError
from simulator.journey.about import About
from simulator.plan.cast import JourneySpec, UserSpec

LEVEL = "contract"
CHECK = "contract"
"""What the one journey of a contract is called."""

_LARGEST = 10_000_000
_DESCRIPTION = re.compile(rb"^\s*\{?\s*[\"']?(?:openapi|swagger)[\"']?\s*:", re.MULTILINE)
_PARTIES = tuple(re.compile(rb"[\"']?\b" + word + rb"\b[\"']?\s*:") for word in (b"consumer", b"provider"))
_CONTENT = re.compile(rb"[\"']?(?:interactions|messages)[\"']?\s*:")


def is_contract(path: Path) -> bool:
    """Whether a file looks like a Pact file, a contract in YAML, or an OpenAPI description."""
    if path.suffix not in SUFFIXES:
        return False
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError:
        return False
    if _DESCRIPTION.search(content[:20_000]):
        return True
    return _CONTENT.search(content) is not None and all(word.search(content) for word in _PARTIES)


def user_of_contract(path: Path) -> UserSpec:
    """A contract as a user who checks it once, named after who relies on whom.

    Raises:
        BringUpError: the file has mistakes; all of them are named.
    """
    try:
        source = read_source(path)
    except FileError as error:
        raise BringUpError(str(error), hint=error.hint) from error
    journey = JourneySpec(
        CHECK, summary=_summary(source), steps=_steps(source), steps_known=isinstance(source, Contract), file=str(path),
        line=1, about=About(level=LEVEL, touches=frozenset({provider_of(source)} - {""})),
    )  # fmt: skip
    return UserSpec(_name(source, path), "contract", str(path), journeys=(journey,))


def provider_of(source: Source) -> str:
    """Who has to keep it; empty text when it does not say."""
    return source.provider if isinstance(source, Contract) else ""


def _name(source: Source, path: Path) -> str:
    text = f"{source.consumer}-{source.provider}" if isinstance(source, Contract) else path.stem
    return re.sub(r"[^\w.-]+", "-", text)


def _summary(source: Source) -> str:
    if isinstance(source, Contract):
        return f"what {source.consumer} relies on at {source.provider}"
    return f"what {source.title or 'a service'} says of itself"


def _steps(source: Source) -> tuple[str, ...]:
    if not isinstance(source, Contract):
        return ()
    return tuple(dict.fromkeys(interaction.title for interaction in source.interactions))
