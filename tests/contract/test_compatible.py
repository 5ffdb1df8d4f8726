import copy
import json

import pytest

from simulator.contract.author import answer, ask, integer, interaction, like
from simulator.contract.compatible import changes
from simulator.contract.interaction import Contract
from simulator.contract.openapi.description import parse_description
from simulator.errors import UsageError

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "shop", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "parameters": [{"name": "dry", "in": "query", "schema": {"enum": ["yes", "no"]}}],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["card"],
                                "properties": {"card": {"type": "string"}, "note": {"type": "string"}},
                            }
                        }
                    }
                },
                "responses": {
                    "201": {
                        "headers": {"X-Id": {"required": True, "schema": {}}},
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["id", "lines"],
                                    "properties": {
                                        "id": {"type": "integer"},
                                        "state": {"enum": ["new", "paid"]},
                                        "lines": {
                                            "type": "array",
                                            "items": {
                                                "type": "object",
                                                "required": ["n"],
                                                "properties": {"n": {"type": "number"}},
                                            },
                                        },
                                    },
                                }
                            }
                        },
                    },
                    "402": {"description": "refused"},
                },
            }
        },
        "/old": {"get": {"responses": {"200": {}}}},
    },
}


def parsed(document):
    return parse_description(json.dumps(document).encode(), "openapi.json")


def changed(edit):
    document = copy.deepcopy(DOCUMENT)
    edit(document, document["paths"]["/orders"]["post"])
    return [(each.breaks, each.message) for each in changes(parsed(DOCUMENT), parsed(document))]


def answered(operation):
    return operation["responses"]["201"]["content"]["application/json"]["schema"]


def asked(operation):
    return operation["requestBody"]["content"]["application/json"]["schema"]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d, o: d["paths"].pop("/old"), "is gone"),
        (lambda d, o: answered(o)["properties"].pop("id"), "is gone"),
        (lambda d, o: answered(o).update(required=["lines"]), "may be missing from now on"),
        (lambda d, o: answered(o)["properties"].update(id={"type": "string"}), "was integer, is string"),
        (
            lambda d, o: answered(o)["properties"].update(id={"type": ["integer", "null"]}),
            "was integer, is integer or null",
        ),
        (
            lambda d, o: answered(o)["properties"].update(state={"enum": ["new", "paid", "lost"]}),
            "may be lost from now on",
        ),
        (lambda d, o: answered(o)["properties"]["lines"]["items"].update(required=[]), "may be missing from now on"),
        (lambda d, o: o["responses"]["201"].pop("headers"), "may be missing from now on"),
        (lambda d, o: o["responses"].pop("201"), "is not promised any more"),
        (lambda d, o: o["responses"].update({"202": {}}), "may be answered from now on"),
        (lambda d, o: asked(o).update(required=["card", "note"]), "must be given from now on"),
        (lambda d, o: asked(o)["properties"].update(card={"type": "integer"}), "was string, must be integer"),
        (lambda d, o: o["parameters"][0].update(required=True), "must be given from now on"),
        (lambda d, o: o["parameters"][0].update(schema={"enum": ["yes"]}), "may not be no any more"),
        (lambda d, o: o["requestBody"].update(required=True), "must have a body from now on"),
        (lambda d, o: o["requestBody"].update(content={"text/csv": {}}), "application/json is not taken any more"),
    ],
)
def test_what_breaks_consumers_is_found(edit, message):
    assert ("consumers", message) in changed(edit)


@pytest.mark.parametrize(
    "edit",
    [
        lambda d, o: d["paths"].update({"/new": {"get": {"responses": {}}}}),
        lambda d, o: answered(o)["properties"].update(more={"type": "string"}),
        lambda d, o: answered(o)["required"].append("state"),
        lambda d, o: answered(o)["properties"]["lines"]["items"]["properties"].update(n={"type": "integer"}),
        lambda d, o: answered(o)["properties"].update(state={"enum": ["new"]}),
        lambda d, o: asked(o).update(required=[]),
        lambda d, o: asked(o)["properties"].update(card={"type": ["string", "integer"]}),
        lambda d, o: o["parameters"].append({"name": "x", "in": "query"}),
        lambda d, o: o["responses"].update({"409": {}}),
        lambda d, o: d["paths"].update({"/orders": d["paths"].pop("/orders")}),
    ],
)
def test_what_breaks_nobody_is_said_to(edit):
    assert {whom for whom, _ in changed(edit)} <= {"nobody"}


def contract(*interactions):
    return Contract("web", "shop", interactions)


ORDER = interaction("order", request=ask("POST", "/orders", body={"card": "1"}),
                    response=answer(201, body={"id": integer(1), "state": like("new")}))  # fmt: skip


def breaks(old, new):
    return [(each.breaks, each.place) for each in changes(old, new)]


def test_a_contract_that_asks_for_more_breaks_its_provider():
    more = interaction(
        "order",
        request=ORDER.request,
        response=answer(201, body={"id": integer(1), "state": like("new"), "total": integer(5)}),
    )
    other = interaction("order", request=ask("POST", "/orders", body={"card": "1", "x": 1}), response=ORDER.response)

    assert breaks(contract(ORDER), contract(more)) == [("provider", "order")]
    assert breaks(contract(ORDER), contract(other)) == [("provider", "order")]
    assert breaks(contract(), contract(ORDER)) == [("provider", "order")]


def test_a_contract_that_asks_for_less_breaks_nobody():
    less = interaction("order", request=ORDER.request, response=answer(201, body={"id": integer(1)}))

    assert breaks(contract(ORDER), contract(less)) == [("nobody", "order")]
    assert breaks(contract(ORDER), contract()) == [("nobody", "order")]
    assert breaks(contract(ORDER), contract(ORDER)) == []


def test_a_rule_that_becomes_narrower_breaks_its_provider():
    wide = interaction("order", request=ORDER.request, response=answer(201, body={"id": like(1), "state": like("new")}))

    assert [each.message for each in changes(contract(wide), contract(ORDER))] == [
        "what held is not enough any more: body $.id: was type, is integer"
    ]


def test_a_description_is_held_against_what_consumers_rely_on():
    relied = interaction(
        "order",
        request=ORDER.request,
        response=answer(201, body={"id": integer(1), "state": like("new"), "colour": like("red")}),
    )
    lost = interaction("lost", request=ask("GET", "/nowhere"), response=answer(200))
    teapot = interaction("teapot", request=ORDER.request, response=answer(418))

    found = [each.message for each in changes(contract(relied, lost, teapot), parsed(DOCUMENT))]

    assert found == [
        "body $.state may be missing", "body $.colour is not described", "GET /nowhere is not described",
        "POST /orders does not describe status 418",
    ]  # fmt: skip


def test_contracts_of_different_pairs_are_not_compared():
    with pytest.raises(UsageError, match="different pairs"):
        changes(contract(), Contract("app", "shop"))
