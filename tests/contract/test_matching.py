import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.contract.body import Body
from simulator.contract.interaction import Request, Response
from simulator.contract.matching.json_body import json_mismatches
from simulator.contract.matching.message import body_mismatches, request_mismatches, response_mismatches
from simulator.contract.matching.path import parse_path
from simulator.contract.matching.rules import Rules
from simulator.contract.pact.rules_form import plain_rules, read_rules
from simulator.contract.schema import Validator, schema_of
from tests.contract.matching_cases import JSON, PAIRS

KNOWN_TO_BE_LENIENT = {
    "whole numbers are not written with a point", "a decimal has a point", "1 is not 1.0 without a rule",
    "no semantic version",
}  # fmt: skip


def read(plain):
    wrong = []
    found = read_rules(plain, (), lambda *mistake: wrong.append(mistake))
    assert not wrong
    return found


def body(value, media):
    return Body.of_json(value) if media == JSON else Body("present", value.encode(), media)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_body_matches_as_the_specification_says(pair):
    found = body_mismatches(
        body(pair.expected, pair.media), body(pair.actual, pair.media), read(pair.rules), strict=False
    )

    assert (not found) == pair.matches, found


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.media == JSON], ids=lambda pair: pair.name)
def test_the_schema_of_an_example_never_refuses_what_its_rules_allow(pair):
    validator = Validator(schema_of(pair.expected, read(pair.rules)))
    keeps = validator.keeps(orjson.loads(orjson.dumps(pair.actual)))

    if pair.matches and pair.name not in KNOWN_TO_BE_LENIENT:
        assert keeps
    if not pair.matches and pair.name not in KNOWN_TO_BE_LENIENT:
        assert not keeps


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_every_value_matches_itself_and_its_own_schema(value):
    assert json_mismatches(value, value, Rules(), strict=True) == []
    assert Validator(schema_of(value, Rules())).keeps(value)


@given(JSON_VALUES, JSON_VALUES)
def test_without_rules_schema_and_matching_agree(example, value):
    mismatches = json_mismatches(example, value, Rules(), strict=False)

    assert Validator(schema_of(example, Rules())).keeps(value) == (not mismatches)


@pytest.mark.parametrize("text", ["$", "$.a.b", "$['a b'][0].c", "$.a[*].*", "$['it\\'s']", "$.a['x']['y']"])
def test_paths_can_be_read(text):
    assert parse_path(text).text == text


@pytest.mark.parametrize("text", ["", "a.b", "$.", "$[", "$['a]", "$..a"])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match="path"):
        parse_path(text)


def test_the_most_exact_path_decides():
    rules = read({"$.a": {"matchers": [{"match": "type"}]}, "$.a[*].id": {"matchers": [{"match": "integer"}]},
                  "$.a[*].*": {"matchers": [{"match": "null"}]}})  # fmt: skip

    assert rules.at(("$", "a", "0", "id")).matchers[0].kind == "integer"
    assert rules.at(("$", "a", "0", "name")).matchers[0].kind == "null"
    assert rules.at(("$", "a")).matchers[0].kind == "type"
    assert not rules.at(("$", "b"))


def test_rules_come_back_as_they_were_written():
    plain = {
        "$.a": {"combine": "OR", "matchers": [{"match": "type", "min": 2}, {"match": "null"}]},
        "$.b": {
            "combine": "AND",
            "matchers": [
                {
                    "match": "arrayContains",
                    "variants": [
                        {"index": 0, "rules": {"$.c": {"combine": "AND", "matchers": [{"match": "integer"}]}}}
                    ],
                }
            ],
        },
    }

    assert plain_rules(read(plain)) == plain


def test_a_request_says_everything_that_differs():
    expected = Request("POST", "/a", {"q": ("lamp",)}, {"Accept": ("application/json",)}, Body.of_json({"x": 1}))
    actual = Request("GET", "/b", {"page": ("1",)}, {}, Body.of_json({"x": 2, "y": 3}))

    places = [mismatch.place for mismatch in request_mismatches(expected, actual)]

    assert places == ["method", "path", "query.q", "query.page", "header.Accept", "body $.x", "body $.y"]


def test_header_names_are_alike_in_any_case_and_spaces_after_commas_do_not_matter():
    expected = Response(200, {"X-Kinds": ("a,b",), "content-type": ("application/json",)})
    actual = Response(200, {"x-kinds": ("a, b",), "Content-Type": ("application/json; charset=utf-8",)})

    assert response_mismatches(expected, actual) == []


def test_a_class_of_statuses():
    rules = read({"$": {"matchers": [{"match": "statusCode", "status": "success"}]}})

    assert response_mismatches(Response(200, status_rules=rules), Response(204)) == []
    assert response_mismatches(Response(200, status_rules=rules), Response(404))[0].place == "status"
