"""The schema of stub files."""

from __future__ import annotations

from simulator.schema.shape import (
    ANY,
    DURATION,
    FLAG,
    SHARE,
    SIZE,
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
from simulator.virtual import behaviour, course, stub_file
from simulator.virtual.fault import READ


def stub_schema() -> Schema:
    """Of the whole file."""
    shapes = {
        "service": TEXT,
        "match": choice(("first", "best")),
        "strict": FLAG,
        "seed": WHOLE,
        "latency": ANY,
        "throughput": SIZE,
        "concurrency": WHOLE,
        "queue": WHOLE,
        "data": named(ANY),
        "behaviours": named(_behaviour()),
        "on": one_or_more(TEXT),
        "stubs": listed(_stub()),
    }
    return document("virtual service", mapping(stub_file.FILE_KEYS, shapes, required=("stubs",)))


def _stub() -> Schema:
    shapes = {
        "name": TEXT,
        "request": _request(),
        "answer": _answer(),
        "answers": listed(_answer()),
        "repeat": FLAG,
        "scenario": mapping(("name", "when", "then"), dict.fromkeys(("name", "when", "then"), TEXT), ("name",)),
        "latency": ANY,
        "priority": WHOLE,
    }
    return mapping(stub_file.STUB_KEYS, shapes)


def _request() -> Schema:
    methods = [*stub_file.METHODS, *(method.lower() for method in stub_file.METHODS)]
    shapes = {**dict.fromkeys(stub_file.REQUEST_KEYS, ANY), "method": choice(dict.fromkeys(methods))}
    return mapping(stub_file.REQUEST_KEYS, shapes)


def _answer() -> Schema:
    shapes = {**dict.fromkeys(stub_file.ANSWER_KEYS, TEXT), "status": WHOLE, "headers": named(TEXT), "json": ANY}
    return mapping(stub_file.ANSWER_KEYS, shapes)


def _behaviour() -> Schema:
    faults = {key: ANY for extra, _ in READ.values() for key in extra}
    bursts = mapping(("every", "for"), {"every": DURATION, "for": DURATION}, ("every", "for"))
    window = mapping(("from", "for"), {"from": DURATION, "for": DURATION}, ("from", "for"))
    shapes = {
        **faults,
        "fault": choice(READ),
        "latency": ANY,
        "throughput": SIZE,
        "concurrency": WHOLE,
        "queue": WHOLE,
        "stubs": one_or_more(TEXT),
        "share": SHARE,
        "every": WHOLE,
        "bursts": bursts,
        "windows": one_or_more(window),
        "grows_over": DURATION,
    }
    assert set(course.COURSE_KEYS) <= set(behaviour.BEHAVIOUR_KEYS)
    return mapping((*behaviour.BEHAVIOUR_KEYS, *faults), shapes)
