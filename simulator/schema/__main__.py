"""Writes the schemas anew: `python -m simulator.schema`, after a reader has learnt a key."""

from __future__ import annotations

from pathlib import Path

from simulator.schema.made import MADE, text_of
from simulator.schema.published import file_name


def main() -> None:
    """Write every schema beside this file."""
    for name in MADE:
        (Path(__file__).parent / file_name(name)).write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
