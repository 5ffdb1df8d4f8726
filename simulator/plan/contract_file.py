"""Files of contracts, seen as journey files: each contract is one thing to check, its interactions are the steps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.contract import recognised
from simulator.errors import BringUpError, FileError
from simulator.journey.about import About
from simulator.plan.cast import JourneySpec, UserSpec

if TYPE_CHECKING:
    from simulator.contract.source import Source

LEVEL = "contract"
CHECK = "contract"
"""What the one journey of a contract is called."""

_LARGEST = 10_000_000


def is_contract(path: Path) -> bool:
    """Whether a file looks like a Pact file, a contract in YAML, or an OpenAPI description."""
    if path.suffix not in recognised.SUFFIXES:
        return False
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError:
        return False
    return recognised.is_description(content) or recognised.is_contract(content)


def user_of_contract(path: Path) -> UserSpec:
    """A contract as a user who checks it once, named after who relies on whom.

    Raises:
        BringUpError: the file has mistakes; all of them are named.
    """
    from simulator.contract.source import contracts_among, read_source  # slow to import, and most plans have none

    try:
        source = read_source(path)
    except FileError as error:
        raise BringUpError(str(error), hint=error.hint) from error
    contract = next(iter(contracts_among([source])), None)
    titles = [interaction.title for interaction in contract.interactions] if contract else []
    summary = (
        f"what {contract.consumer} relies on at {contract.provider}" if contract else "what a service says of itself"
    )
    journey = JourneySpec(
        CHECK, summary=summary, steps=tuple(dict.fromkeys(titles)), steps_known=contract is not None, file=str(path),
        line=1, about=About(level=LEVEL, touches=frozenset({provider_of(source)} - {""})),
    )  # fmt: skip
    name = f"{contract.consumer}-{contract.provider}" if contract else path.stem
    return UserSpec(re.sub(r"[^\w.-]+", "-", name), "contract", str(path), journeys=(journey,))


def provider_of(source: Source) -> str:
    """Who has to keep it; empty text when it does not say."""
    return str(getattr(source, "provider", ""))
