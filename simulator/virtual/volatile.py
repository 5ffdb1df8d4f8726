"""Templates that make values of the same kind as one that was made up for one time only."""

from __future__ import annotations

from simulator.contract.volatile import form_of


def stand_in(text: str) -> str:
    """A template that makes values of the same kind."""
    form = form_of(text)
    if form == "uuid":
        return "{random.uuid}"
    if form == "moment":
        return "{now}"
    if form == "digits":
        return f"{{random.digits {len(text)}}}"
    return f"{{random.hex {len(text)}}}"
