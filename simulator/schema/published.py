"""The schemas as they came with the package; reading them needs none of the readers."""

from __future__ import annotations

from importlib.resources import files

NAMES = ("simulator", "thresholds", "virtual", "data", "journeys", "cases", "contract")


def file_name(name: str) -> str:
    """The file of a schema."""
    return f"{name}.schema.json"


def published(name: str) -> str:
    """A schema's text."""
    return (files("simulator.schema") / file_name(name)).read_text(encoding="utf-8")
