"""Pairs of an example and what came, with rules: what must match and what must not."""

from dataclasses import dataclass
from typing import Any

JSON, XML, TEXT = "application/json", "application/xml", "text/plain"


def rules(*matchers):
    return {"matchers": [{"match": each} if isinstance(each, str) else each for each in matchers]}


def any_of(*matchers):
    return {**rules(*matchers), "combine": "OR"}


def regex(pattern):
    return {"match": "regex", "regex": pattern}


def each_value(*inner):
    return rules({"match": "eachValue", "value": "1", "rules": [{"match": kind} for kind in inner]})


@dataclass(frozen=True)
class Pair:
    name: str
    expected: Any
    actual: Any
    rules: dict[str, Any]
    matches: bool
    media: str = JSON


def field(name, expected, actual, rule, matches):
    return Pair(name, {"a": expected}, {"a": actual}, {"$.a": rule} if rule else {}, matches)


CONTAINS = {"match": "arrayContains", "variants": [{"index": 0, "rules": {}}]}
CONTAINS_TYPE = {"match": "arrayContains", "variants": [{"index": 0, "rules": {"$.x": rules("type")}}]}
EACH_KEY = {"match": "eachKey", "value": "x", "rules": [regex("^[a-z]$")]}
RFC_3339 = {"match": "datetime", "format": "yyyy-MM-dd'T'HH:mm:ssXXX"}

PAIRS = [
    field("a regex stands for the whole text", "12", "x12y", rules(regex(r"\d+")), False),
    field("a regex reads numbers as they are written", "12", 12, rules(regex(r"\d+")), True),
    field("a regex reads null as it is written", "12", None, rules(regex(".*")), True),
    field("whole numbers are not written with a point", 1, 1.0, rules("integer"), False),
    field("a type takes any number", 1, 1.5, rules("type"), True),
    field("a decimal has a point", 1.5, 2, rules("decimal"), False),
    field("a decimal may be large", 1.5, 2.5e3, rules("decimal"), True),
    field("1 is not 1.0 without a rule", 1, 1.0, None, False),
    field("a number is no text", 1, "1", rules("number"), False),
    field("digits in JSON are no whole number", "1", "2", rules("integer"), False),
    field("true may be written as text", True, "true", rules("boolean"), True),
    field("a list without a smallest size may be empty", [1], [], rules("type"), True),
    field("every element is like the example", [1], [1, "x"], rules("type"), False),
    field("fields must be there under a type", {"b": 1}, {"c": 2}, rules("type"), False),
    field("an empty mapping says nothing", {}, {"c": 2}, None, True),
    field("an empty mapping with a type says nothing", {}, {"c": 2}, rules("type"), True),
    field("an empty list is empty", [], [2], None, False),
    field("an empty list with a type may be filled", [], [2], rules("type"), True),
    field("a largest size", [1], [1, 2, 3], rules({"match": "type", "max": 2}), False),
    field("a smallest size is not inherited", [[1]], [[1], []], rules({"match": "type", "min": 1}), True),
    field("null is no number", 1, None, rules("type"), False),
    field("one of several rules is enough", 1, None, any_of("type", "null"), True),
    field("all of several rules must agree", 1, None, rules("type", "null"), False),
    field("a moment in UTC", "2020-01-01T10:00:00Z", "2021-02-03T11:00:00Z", rules(RFC_3339), True),
    field("a moment with an offset", "2020-01-01T10:00:00Z", "2021-02-03T11:00:00+00:00", rules(RFC_3339), True),
    field("no such moment", "2020-01-01T10:00:00Z", "2021-02-03 11:00", rules(RFC_3339), False),
    field("no such month", "2020-01-01", "2020-13-01", rules({"match": "date", "format": "yyyy-MM-dd"}), False),
    field("a text with a part", "abc", "xxabcxx", rules({"match": "include", "value": "abc"}), True),
    field("nothing is empty", "x", "", rules("notEmpty"), False),
    field("something of another type is not empty", "x", 5, rules("notEmpty"), True),
    field("no semantic version", "1.0.0", "1.0", rules("semver"), False),
    field("each value", {"x": 1}, {"y": 2, "z": 3}, each_value("type"), True),
    field("each value, one wrong", {"x": 1}, {"y": 2, "z": "q"}, each_value("type"), False),
    field("each value of a list, one wrong", [1], [2, "q"], each_value("type"), False),
    field("each key", {"x": 1}, {"y": 1}, rules(EACH_KEY), True),
    field("each key, one wrong", {"x": 1}, {"yy": 2}, rules(EACH_KEY), False),
    field("an element in it", [{"x": 1}], [{"y": 0}, {"x": 1}], rules(CONTAINS), True),
    field("no such element in it", [{"x": 1}], [{"y": 0}, {"x": 2}], rules(CONTAINS), False),
    field("an element of that type in it", [{"x": 1}], [{"y": 0}, {"x": 2}], rules(CONTAINS_TYPE), True),
    Pair("a rule further down decides for itself", {"a": {"b": 1}}, {"a": {"b": 2}},
         {"$.a": rules("type"), "$.a.b": rules("equality")}, False),
    Pair("a rule in lists of lists", {"a": [{"b": [{"c": 1}]}]}, {"a": [{"b": [{"c": 1}, {"c": "x"}]}]},
         {"$.a": rules("type"), "$.a[*].b[*].c": rules("integer")}, False),
    Pair("fields beyond the example are an answer's own business", {"a": 1}, {"a": 1, "b": 2}, {}, True),
    Pair("a list as the whole body", [{"a": 1}], [{"a": 2}, {"a": 3}], {"$": rules({"match": "type", "min": 1})}, True),
    Pair("an empty list as the whole body", [{"a": 1}], [], {"$": rules({"match": "type", "min": 1})}, False),
    Pair("values under names that vary", {"a": {"x": 1}}, {"a": {"y": 2, "z": 3}},
         {"$.a": rules("values"), "$.a.*": rules("type")}, True),
    Pair("a text with a regex stands whole", "ab", "xaby", {"$": rules(regex("ab"))}, False, TEXT),
    Pair("attributes beyond the example", '<a b="1"/>', '<a b="1" c="2"/>', {}, True, XML),
    Pair("elements beyond the example", "<a><b/></a>", "<a><b/><c/></a>", {}, True, XML),
    Pair("a text in XML by its type", "<a>x</a>", "<a>y</a>", {"$.a['#text']": rules("type")}, True, XML),
    Pair("digits in XML are a number", "<a>1</a>", "<a>22</a>", {"$.a['#text']": rules("integer")}, True, XML),
    Pair("letters in XML are none", "<a>1</a>", "<a>2x</a>", {"$.a['#text']": rules("integer")}, False, XML),
    Pair("more elements of a kind", "<a><b>1</b></a>", "<a><b>1</b><b>2</b></a>",
         {"$.a": rules({"match": "type", "min": 1}), "$.a.b['#text']": rules("integer")}, True, XML),
]  # fmt: skip
