import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.contract.body import Body
from simulator.contract.collect import Collected, Seen, contract_of
from simulator.contract.infer import inferred
from simulator.contract.interaction import ProviderState, Response
from simulator.contract.matching.json_body import json_mismatches
from simulator.contract.matching.message import request_mismatches, response_mismatches
from simulator.contract.pact.read import parse_pact
from simulator.contract.pact.write import write_pact
from simulator.contract.reads import Reads, Watch
from simulator.contract.schema import Validator, schema_of
from simulator.contract.shape import Shape


def shape_of(*values, reads=None):
    shape = Shape()
    for value in values:
        shape.add(value, reads)
    return shape


def kinds(rules):
    return {path.text: [m.kind for m in found.matchers] for path, found in rules.by_path.items()}


def test_values_that_vary_become_rules():
    example, rules = inferred(
        shape_of(
            *(
                {
                    "id": at,
                    "price": [1, 2.5][at % 2],
                    "ref": f"3fa85f64-5717-4562-b3fc-2c963f66afa{at % 10}",
                    "name": f"a {at}",
                    "at": f"2026-11-26T10:00:0{at % 10}.123+00:00",
                    "day": "2026-11-26",
                    "code": str(at),
                    "state": ["new", "paid"][at % 2],
                    "on": at % 2 == 0,
                    "none": None,
                    "maybe": None if at % 3 else "x",
                }
                for at in range(60)
            )
        ),
        only_read=False,
    )

    assert example["id"] == 0
    assert example["maybe"] == "x"
    assert kinds(rules) == {
        "$.id": ["integer"],
        "$.price": ["number"],
        "$.ref": ["regex"],
        "$.name": ["type"],
        "$.at": ["datetime"],
        "$.day": ["date"],
        "$.code": ["regex"],
        "$.state": ["regex"],
        "$.on": ["type"],
        "$.none": ["null"],
        "$.maybe": ["type", "null"],
    }
    found = {path.text: rules.matchers[0] for path, rules in rules.by_path.items()}
    assert found["$.state"]["regex"] == "new|paid"
    assert found["$.at"]["format"] == "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"


def test_few_samples_do_not_make_an_enumeration():
    _, rules = inferred(shape_of({"state": "new"}, {"state": "paid"}), only_read=False)

    assert kinds(rules) == {"$.state": ["type"]}


def test_fields_that_are_not_always_there_are_not_promised():
    example, _ = inferred(shape_of({"a": 1, "b": 2}, {"a": 3}), only_read=False)

    assert example == {"a": 1}


def test_lists_are_promised_as_long_as_they_ever_were():
    assert [m["min"] for m in inferred(shape_of([1], [1, 2]), only_read=False)[1].at(("$",)).matchers] == [1]
    assert [m["min"] for m in inferred(shape_of([1], []), only_read=False)[1].at(("$",)).matchers] == [None]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=60)
@given(st.lists(JSON_VALUES, min_size=1, max_size=5))
def test_what_is_inferred_holds_for_every_sample(values):
    samples = [{"value": value} for value in values]
    example, rules = inferred(shape_of(*samples), only_read=False)

    for sample in samples:
        assert json_mismatches(example, sample, rules, strict=False) == []
        assert Validator(schema_of(example, rules)).keeps(sample)


@settings(max_examples=40)
@given(st.lists(JSON_VALUES, max_size=4), st.lists(JSON_VALUES, max_size=4))
def test_shapes_merge_by_addition_and_travel(first, second):
    merged = shape_of(*first)
    merged.merge(shape_of(*second))
    travelled = Shape.from_plain(orjson.loads(orjson.dumps(merged.to_plain())))

    whole = shape_of(*first, *second)
    assert (travelled.count, travelled.kinds, travelled.sizes) == (whole.count, whole.kinds, whole.sizes)
    assert travelled.fields.keys() == whole.fields.keys()


@pytest.mark.parametrize(
    ("read", "left"),
    [
        (lambda v: v["a"], {"a": {}}),
        (lambda v: v["a"]["x"], {"a": {"x": 1}}),
        (lambda v: v.get("a", {}).get("x"), {"a": {"x": 1}}),
        (lambda v: [each["id"] for each in v["list"]], {"list": [{"id": 1}]}),
        (lambda v: v["list"][0]["id"], {"list": [{"id": 1}]}),
        (lambda v: len(v["list"]), {"list": [{}]}),
        (lambda v: "b" in v, {"b": "text"}),
        (lambda v: v == {}, {"a": {"x": 1, "y": 2}, "b": "text", "list": [{"id": 1, "n": 2}]}),
        (lambda v: v in [1, {}], {"a": {"x": 1, "y": 2}, "b": "text", "list": [{"id": 1, "n": 2}]}),
        (lambda v: dict(v.items())["b"], {"a": {}, "b": "text", "list": [{}]}),
    ],
)
def test_only_what_was_read_is_relied_on(read, left):
    value = {"a": {"x": 1, "y": 2}, "b": "text", "list": [{"id": 1, "n": 2}]}
    reads = Reads()
    read(reads.watch(json.loads(json.dumps(value))))

    example, _ = inferred(shape_of(value, reads=reads), only_read=True)

    assert example == left


def test_a_watched_value_is_as_good_as_the_value():
    value = {"a": [1, {"b": 2}], "c": None}
    watched = Watch().value(value)

    assert watched == value
    assert value == watched
    assert (watched != value) is False
    assert json.dumps(watched) == json.dumps(value)
    assert orjson.dumps(watched) == orjson.dumps(value)
    assert watched["a"][1:] == [{"b": 2}]
    assert list(reversed(watched["a"])) == [{"b": 2}, 1]
    assert isinstance(watched, dict)
    assert watched.pop("c", 5) in (None, 5)
    with pytest.raises(KeyError):
        watched["zzz"]


def seen(**changes):
    given = {
        "method": "POST", "path": "/orders", "pattern": "/orders", "headers": {"Cookie": ("s=1",), "X-Shop": ("de",)},
        "body": Body.of_json({"card": "4242", "password": "hunter2"}), "status": 201,
        "answer_headers": {"Content-Type": ("application/json",), "X-Id": ("a1",), "Date": ("now",)},
        "answer_body": Body.of_json({"id": "FC673503C5BC", "token": "abcdef123456", "amount": 3}),
        "header_names": frozenset({"x-id"}), "states": (ProviderState("after log in", {"requests": []}),),
    }  # fmt: skip
    return Seen(**(given | changes))


def collected(*exchanges):
    made = Collected()
    for exchange in exchanges:
        made.add(exchange)
    return made


def test_an_interaction_masks_secrets_and_asks_for_its_session():
    [found] = contract_of(collected(seen(), seen()), "web", "shop").interactions
    text = write_pact(contract_of(collected(seen(), seen()), "web", "shop")).decode()

    assert "hunter2" not in text
    assert "abcdef123456" not in text
    assert "s=1" not in text
    assert found.request.headers["Cookie"] == ("***",)
    assert found.request.generators["header"]["Cookie"]["expression"] == "${cookie}"
    assert found.response.headers == {"Content-Type": ("application/json",), "x-id": ("a1",)}
    assert found.comments["simulator"]["samples"] == 2
    assert found.title == "POST /orders (given after log in)"


def test_without_a_state_no_session_is_asked_for():
    [found] = contract_of(collected(seen(states=())), "web", "shop").interactions

    assert "Cookie" not in found.request.headers
    assert found.request.headers["X-Shop"] == ("de",)


def test_exchanges_fold_by_operation():
    made = collected(
        seen(), seen(status=402), seen(body=Body.of_json({"product": 1})),
        *(seen(method="GET", path=f"/orders/{at}", pattern="/orders/{id}", body=Body(), query={"full": (str(at),)})
          for at in range(3)),
    )  # fmt: skip
    found = contract_of(made, "web", "shop").interactions

    assert [each.description for each in found] == [
        "POST /orders with card, password → 201",
        "POST /orders with card, password → 402",
        "POST /orders with product → 201",
        "GET /orders/{id}?full",
    ]
    request = found[-1].request
    assert request.path_rules.at(("$",)).matchers[0]["regex"] == r"/orders/\d+"
    assert request.query_rules.at(("$", "full")).matchers[0].kind == "regex"
    assert found[-1].comments["simulator"]["share"] == 0.5


def test_what_was_collected_holds_for_what_was_seen():
    exchanges = [seen(body=Body.of_json({"n": n}), answer_body=Body.of_json({"n": n, "t": f"t {n}"})) for n in range(5)]
    contract = parse_pact(write_pact(contract_of(collected(*exchanges), "web", "shop")), "x.json")
    [found] = contract.interactions

    for exchange in exchanges:
        actual = Response(201, exchange.answer_headers, exchange.answer_body)
        assert response_mismatches(found.response, actual) == []
    assert request_mismatches(found.request, found.request) == []


def test_workers_add_up_what_they_collected():
    whole, first, second = (
        collected(seen(), seen(status=402), seen()),
        collected(seen()),
        collected(seen(status=402), seen()),
    )
    first.merge(Collected.from_plain(orjson.loads(orjson.dumps(second.to_plain()))))

    assert write_pact(contract_of(first, "web", "shop")) == write_pact(contract_of(whole, "web", "shop"))


def test_messages_become_interactions():
    made = Collected()
    made.add_message("order placed", {"order": 1})
    made.add_message("order placed", {"order": 2})

    [found] = contract_of(made, "mailer", "shop").interactions

    assert found.message.contents.json == {"order": 1}
    assert found.message.contents_rules.at(("$", "order")).matchers[0].kind == "integer"
