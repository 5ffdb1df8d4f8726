"""The schemas as the readers know them today."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from simulator.schema.data import data_schema
from simulator.schema.journeys import case_schema, contract_schema, scenario_schema
from simulator.schema.project import project_schema
from simulator.schema.shape import Schema
from simulator.schema.thresholds import threshold_schema
from simulator.schema.virtual import stub_schema

MADE: dict[str, Callable[[], Schema]] = {
    "simulator": project_schema,
    "thresholds": threshold_schema,
    "virtual": stub_schema,
    "data": data_schema,
    "journeys": scenario_schema,
    "cases": case_schema,
    "contract": contract_schema,
}
"""Name → what makes it."""


def text_of(name: str) -> str:
    """A schema as it must stand in its file."""
    return orjson.dumps(MADE[name](), option=orjson.OPT_INDENT_2).decode() + "\n"
