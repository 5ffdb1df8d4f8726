import copy
import json
import re
from importlib.resources import files

import pytest

from simulator.record.manifest import PlannedPhase
from simulator.report.render import render

SCHEMA = json.loads(files("simulator.report").joinpath("run.schema.json").read_text())
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
CHECKED = {
    "type", "const", "enum", "required", "properties", "additionalProperties", "items", "minItems",
    "minimum", "maximum", "pattern", "description", "title", "$schema",
}  # fmt: skip


def problems(value, schema, at="run.json"):
    """What a value breaks of a schema; knows just the words that ours uses."""
    assert set(schema) <= CHECKED, f"the checker does not know {set(schema) - CHECKED}"
    if "const" in schema and value != schema["const"]:
        yield f"{at} is not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is {value!r}"
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(is_a(value, name) for name in wanted):
        yield f"{at} is {type(value).__name__}, not {wanted}"
        return
    if is_a(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at} is {value}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at} is {value!r}"
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{at} is too short"
        for place, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{at}[{place}]")
    if isinstance(value, dict):
        yield from (f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            known = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            yield from problems(inner, known, f"{at}.{name}")


def is_a(value, name):
    return isinstance(value, TYPES[name]) and not (name in ("number", "integer") and isinstance(value, bool))


@pytest.fixture(scope="module")
def documents(tmp_path_factory, maker_of, shop):
    maker = maker_of(tmp_path_factory.mktemp("runs"))
    short = (PlannedPhase("steady", 0.0, 20.0, True, "12/s"),)
    runs = {
        "failed": maker.make(shop(failing=0.05)),
        "killed": maker.make(shop(seconds=20), phases=short, finished=False),
        "empty": maker.make([], phases=short),
    }
    return {name: json.loads(render(run, "json")) for name, run in runs.items()}


@pytest.mark.parametrize("name", ["failed", "killed", "empty"])
def test_documents_keep_the_published_schema(documents, name):
    assert list(problems(documents[name], SCHEMA)) == []


def test_every_field_of_a_document_is_in_the_schema(documents):
    document = documents["failed"]

    assert set(document) == set(SCHEMA["properties"])
    for name in ("phases", "journeys", "thresholds", "series", "vitals", "readings", "errors", "validity"):
        assert set(document[name][0]) == set(SCHEMA["properties"][name]["items"]["properties"]), name


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("verdict"),
        lambda d: d.update(verdict="fine"),
        lambda d: d.update(series=[]),
        lambda d: d["series"][0].update(error_rate=1.5),
        lambda d: d["thresholds"][0].update(count="3"),
        lambda d: d["errors"][0].pop("class"),
        lambda d: d.update(started_at="yesterday"),
    ],
)
def test_the_schema_refuses_what_is_wrong(documents, spoil):
    document = copy.deepcopy(documents["failed"])
    spoil(document)

    assert list(problems(document, SCHEMA))


@pytest.mark.parametrize("form", ["text", "html", "md", "junit", "csv"])
def test_a_run_without_any_data_has_every_form(maker, form):
    run = maker.make([], phases=(PlannedPhase("steady", 0.0, 20.0, True, "12/s"),))

    text = render(run, form)

    assert run.document["verdict"] == "invalid"
    assert form == "csv" or "nothing was measured" in text
