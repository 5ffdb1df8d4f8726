import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.contract.body import Body
from simulator.contract.collect import Collected
from simulator.contract.conclude import contract_of
from simulator.contract.infer import inferred
from simulator.contract.interaction import Message, ProviderState, Response
from simulator.contract.matching.json_body import json_mismatches
from simulator.contract.matching.message import message_mismatches, request_mismatches, response_mismatches
from simulator.contract.messages import SeenMessage
from simulator.contract.pact.read import parse_pact
from simulator.contract.pact.write import write_pact
from simulator.contract.reads import Reads, Watch
from simulator.contract.schema import Validator, schema_of
from simulator.contract.seen import Seen
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


def told(*messages):
    made = Collected()
    for message in messages:
        made.add_message(message)
    return made


def placed(order, **more):
    contents = {"order": order, "at": "2026-11-26T10:00:00Z", "token": f"s{order}"}
    return SeenMessage("message on orders", contents, **more)


def test_messages_fold_by_their_fields():
    made = told(placed(1), placed(2), SeenMessage("message on orders", {"gone": True}, states=()))

    first, second = contract_of(made, "mailer", "shop").interactions

    assert first.description == "message on orders with at, order, token"
    assert first.message.contents.json == {"order": 1, "at": "2026-11-26T10:00:00Z", "token": "***"}
    assert kinds(first.message.contents_rules) == {"$.order": ["integer"], "$.at": ["datetime"], "$.token": ["type"]}
    assert first.comments["simulator"] == {"samples": 2, "share": 0.6667, "steps": {}}
    assert second.description == "message on orders with gone"


def test_only_what_was_read_of_a_message_and_its_headers_is_relied_on():
    reads = Reads()
    reads.field("order")
    headers = {"tenant": "de", "auth": "abc", "trace": "xyz"}
    read = {"reads": reads, "metadata": headers, "metadata_names": frozenset({"tenant", "auth"})}

    [found] = contract_of(told(placed(1, **read), placed(2, **read)), "mailer", "shop").interactions

    assert found.message.contents.json == {"order": 1}
    assert found.message.metadata == {"contentType": "application/json", "tenant": "de", "auth": "***"}
    [unread] = contract_of(told(placed(1, reads=Reads())), "mailer", "shop").interactions
    assert unread.message.contents.state == "missing"


@pytest.mark.parametrize("version", ["3", "4"])
def test_collected_messages_are_written_and_read(version):
    made = told(*(placed(at, metadata={"tenant": f"t{at}"}, states=(ProviderState("a shop"),)) for at in range(3)))
    contract = contract_of(made, "mailer", "shop", version=version)

    [found] = parse_pact(write_pact(contract), "x.json").interactions

    assert found.title == "message on orders (given a shop)"
    assert found.message.contents.json["order"] == 0
    for at in range(3):
        actual = Message(Body.of_json({**placed(at).contents, "more": 1}), {"tenant": f"t{at}"})
        assert message_mismatches(found.message, actual) == []
    assert message_mismatches(found.message, Message(Body.of_json({**placed(1).contents, "order": "1"}))) != []
    plain = json.loads(write_pact(contract))
    if version == "4":
        assert [each["type"] for each in plain["interactions"]] == ["Asynchronous/Messages"]
    else:
        assert ("interactions" in plain, len(plain["messages"])) == (False, 1)


def test_workers_add_up_their_messages():
    whole, first, second = told(placed(1), placed(2)), told(placed(1)), told(placed(2))
    first.merge(Collected.from_plain(orjson.loads(orjson.dumps(second.to_plain()))))

    assert write_pact(contract_of(first, "a", "b")) == write_pact(contract_of(whole, "a", "b"))


@pytest.mark.parametrize("contents", [b"\x00\x01", "just text", 7])
def test_what_is_no_json_object_or_list_is_counted_and_left_out(contents):
    made = told(SeenMessage("message on orders", contents), placed(1))

    assert made.lost == 1
    assert len(contract_of(made, "mailer", "shop").interactions) == 1
