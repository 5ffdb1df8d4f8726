"""The schemas of journeys without Python, of cases of components, of contracts by hand, and of provider states."""

from __future__ import annotations

from simulator.contract import written as contract
from simulator.journey.about import LEVELS
from simulator.journey.component import case_file
from simulator.journey.scenario import reading
from simulator.journey.scenario.action import ACTIONS, ALWAYS
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


def scenario_schema() -> Schema:
    """Of a file of journeys."""
    shapes = {"user": TEXT, "weight": WHOLE, "wait": DURATION, "journeys": named(_journey())}
    return document("journeys", mapping(reading.FILE_KEYS, shapes, required=("journeys",)))


def _journey() -> Schema:
    shapes = {
        "steps": listed(_step()),
        "weight": WHOLE,
        "owner": TEXT,
        "tier": WHOLE,
        "level": choice(LEVELS),
        **{word: one_or_more(TEXT) for word in reading.WORDS},
    }
    return mapping(reading.JOURNEY_KEYS, shapes, required=("steps",))


def _step() -> Schema:
    action = _action_keys()
    shapes = {**action, "step": TEXT, "do": listed(mapping(action, action)), "continue_on_failure": FLAG}
    return mapping((*reading.STEP_KEYS, *action), shapes, required=("step",))


def _action_keys() -> dict[str, Schema]:
    settings = (setting for action in ACTIONS.values() for setting in action.settings)
    return dict.fromkeys((*ACTIONS, *settings, *ALWAYS), ANY)


def case_schema() -> Schema:
    """Of a file of cases."""
    shapes = {
        **dict.fromkeys(("input", "arguments", "expect", "schema", "mocks"), ANY),
        **dict.fromkeys(("name", "check", "raises"), TEXT),
        "tolerance": SHARE,
        "weight": WHOLE,
    }
    cases = listed(mapping(case_file.KEYS, shapes))
    return document("cases", mapping(("cases", "mocks"), {"cases": cases, "mocks": named(ANY)}, required=("cases",)))


def contract_schema() -> Schema:
    """Of a contract that is written by hand."""
    shapes = {"consumer": TEXT, "provider": TEXT, "interactions": listed(_interaction())}
    return document("contract", mapping(contract.FILE_KEYS, shapes, required=contract.FILE_KEYS))


def _interaction() -> Schema:
    state = {"anyOf": [TEXT, mapping(("name", "params"), {"name": TEXT, "params": ANY}, required=("name",))]}
    values = named(one_or_more(TEXT))
    request = {"method": TEXT, "path": TEXT, "query": values, "headers": values, "body": ANY, "match": ANY}
    response = {"status": WHOLE, "headers": values, "body": ANY, "match": ANY}
    message = {"body": ANY, "metadata": ANY, "match": ANY}
    shapes = {
        "description": TEXT,
        "given": one_or_more(state),
        "request": mapping(request, request, required=("path",)),
        "response": mapping(response, response),
        "message": mapping(message, message, required=("body",)),
        "pending": FLAG,
    }
    return mapping(contract.INTERACTION_KEYS, shapes, required=("description",))
