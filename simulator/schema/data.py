"""The schema of data specs."""

from __future__ import annotations

from simulator.data import spec_file
from simulator.data.kind.realistic import locales
from simulator.data.spec import MODES
from simulator.schema.shape import (
    ANY,
    DURATION,
    FLAG,
    SHARE,
    TEXT,
    WHOLE,
    Schema,
    choice,
    document,
    listed,
    mapping,
    named,
    one_or_more,
)


def data_schema() -> Schema:
    """Of the whole file."""
    shapes = {
        "seed": WHOLE,
        "locale": choice(locales()),
        "entities": named(_entity()),
        "feeders": named(_feeder()),
        "clean": listed(_act(spec_file.CLEAN, of=True)),
    }
    return document("test data", mapping(spec_file.SPEC_KEYS, shapes))


def _entity() -> Schema:
    shapes = {
        "count": WHOLE,
        "key": TEXT,
        "fields": named({"anyOf": [TEXT, _field()]}),
        "into": _act(spec_file.INTO),
        "clean": _act(spec_file.CLEAN),
    }
    return mapping(spec_file.ENTITY_KEYS, shapes, required=("fields",))


def _field() -> Schema:
    """One kind with its options; which of them, the reader says better."""
    options = {option for each in spec_file.OPTIONS.values() for option in each}
    shapes = {**dict.fromkeys((*spec_file.KINDS, *sorted(options)), ANY), "unique": FLAG, "empty": SHARE}
    return mapping((*spec_file.KINDS, *sorted(options), *spec_file.FIELD_OPTIONS), shapes)


def _act(ways: tuple[str, ...], *, of: bool = False) -> Schema:
    keys = (*ways, "database", "gone", *(("of",) if of else ()))
    return mapping(keys, {key: one_or_more(TEXT) if key in ways else TEXT for key in keys})


def _feeder() -> Schema:
    shapes = {**dict.fromkeys(("file", "sql", "database", "entity"), TEXT), "mode": choice(MODES), "within": DURATION}
    return mapping(spec_file.FEEDER_KEYS, shapes)
