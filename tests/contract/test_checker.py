import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.contract.author import answer, ask, each, integer, interaction, like, regex
from simulator.contract.checker import Checker
from simulator.contract.interaction import Contract
from simulator.contract.openapi.description import parse_description
from simulator.contract.route import Routes
from simulator.errors import FileError

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: a1\r\nX-Total: 3"


def described(version="3.1.0", **changes):
    product = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
    }
    answers = {
        "200": {
            "description": "", "headers": {"X-Request-Id": {"$ref": "#/components/headers/Id"},
                                           "X-Total": {"schema": {"type": "integer"}}},
            "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/P"}}}},
        },
        "4XX": {"description": "", "content": {"application/problem+json": {"schema": {"type": "object"}}}},
    }  # fmt: skip
    document = {
        "openapi": version, "info": {"title": "shop", "version": "1"}, "servers": [{"url": "http://x/v1"}],
        "paths": {"/products": {"get": {"responses": answers}}, "/products/{id}": {"get": {"responses": {"204": {}}}},
                  "/products/best": {"get": {"responses": {"default": {"description": ""}}}}},
        "components": {"schemas": {"P": product}, "headers": {"Id": {"required": True, "schema": {"type": "string"}}}},
    }  # fmt: skip
    return parse_description(json.dumps(document | changes).encode(), "openapi.json")


def broken(checker, target, status=200, head=HEAD, body=b'[{"id": 1}]', method="GET", sent=b""):
    promises = checker.promises(method, target)
    assert promises
    return [str(each) for each in checker.violations(promises, status, head, body, sent)]


@pytest.fixture(scope="module")
def checker():
    return Checker([described()])


def test_an_answer_as_described_breaks_nothing(checker):
    assert broken(checker, "/v1/products?q=x") == []
    assert broken(checker, "/v1/products/7", 204, HEAD, b"") == []
    assert broken(checker, "/v1/products/best", 503) == []
    assert broken(checker, "/v1/products", 404, HEAD.replace(b"/json", b"/problem+json"), b"{}") == []


def test_each_way_of_breaking_a_description_is_named(checker):
    assert broken(checker, "/v1/products", 503) == ["status: 503 is not in the description"]
    assert broken(checker, "/v1/products", head=HEAD.replace(b"X-Request", b"X-Re")) == [
        "header.X-Request-Id: is missing"
    ]
    assert "header.X-Total" in broken(checker, "/v1/products", head=HEAD.replace(b" 3", b" many"))[0]
    assert broken(checker, "/v1/products", head=HEAD.replace(b"application/json", b"text/html")) == [
        "content type: text/html is not promised (application/json)"
    ]
    assert broken(checker, "/v1/products", body=b"<html>") == ["body: is no JSON"]
    assert broken(checker, "/v1/products", body=b'[{"id": 1}, {"id": "2"}]') == [
        'body $[*].id: "2" is not of type "integer"'
    ]


def test_the_same_mistake_in_many_elements_is_told_once(checker):
    assert len(broken(checker, "/v1/products", body=b"[{}, {}, {}]")) == 1


def test_what_nobody_describes_is_not_judged(checker):
    assert checker.promises("GET", "/v1/users") == ()
    assert checker.promises("POST", "/v1/products") == ()


def test_openapi_3_0_has_nullable_and_the_older_schema():
    text = {"type": "string", "nullable": True}
    limit = {"type": "integer", "maximum": 5, "exclusiveMaximum": True}
    old = described("3.0.3", components={
        "schemas": {"P": {"type": "object", "properties": {"id": limit, "note": text, "nullable": {"type": "string"}}}},
        "headers": {"Id": {"required": True}},
    })  # fmt: skip
    checker = Checker([old])

    assert broken(checker, "/v1/products", body=b'[{"id": 4, "note": null}]') == []
    assert broken(checker, "/v1/products", body=b'[{"id": 5}]')
    assert broken(checker, "/v1/products", body=b'[{"nullable": 5}]')


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"openapi": "2.0"}', "OpenAPI '2.0' is not known"),
        (b'{"swagger": "2.0"}', "no OpenAPI description"),
        (b'{"openapi": "3.1.0",\n oops}', "this is not JSON"),
        (b"openapi: [", "this is not YAML"),
        (b'{"openapi": "3.1.0", "paths": {"/a": 5}}', "is no path"),
        (b'{"openapi": "3.1.0", "paths": {}, "x": {"$ref": "other.yaml#/a"}}', "leads out of this file"),
    ],
)
def test_a_bad_description_is_an_error(content, message):
    with pytest.raises(FileError, match=message.replace("/", ".")):
        parse_description(content, "openapi.json")


SEARCH = interaction(
    "search",
    request=ask("GET", "/products", query={"q": like("lamp")}),
    response=answer(200, headers={"X-Request-Id": like("a")}, body=each({"id": integer(1)})),
)
ONE = interaction(
    "one", request=ask("GET", regex(r"/products/\d+", "/products/1")), response=answer(200, body={"id": integer(1)})
)
BY_CARD = interaction("by card", request=ask("POST", "/orders", body={"card": like("x")}), response=answer(201))
BY_BILL = interaction("by bill", request=ask("POST", "/orders", body={"bill": like("x")}),
                      response=answer(202, headers={"X-Bill": like("b")}))  # fmt: skip


def test_a_contract_is_checked_by_its_interactions():
    checker = Checker([Contract("web", "shop", (SEARCH, ONE, BY_CARD, BY_BILL))])

    assert broken(checker, "/products?q=chair") == []
    assert broken(checker, "/products/77", body=b'{"id": 7, "more": 1}') == []
    assert broken(checker, "/products?q=chair", body=b'[{"id": 1}, {"ident": 1}]')[0].startswith(
        "body $[*].id: expected 1"
    )
    assert "is missing" in broken(checker, "/products?q=x", head=HEAD.replace(b"X-Request-Id", b"X"))[0]
    assert broken(checker, "/products?q=x", 204) == ["status: expected 200, found 204"]
    assert checker.promises("GET", "/products?page=1") == ()
    assert checker.promises("GET", "/products/x") == ()


def test_a_status_of_an_error_breaks_no_consumers_contract():
    assert broken(Checker([Contract("web", "shop", (SEARCH,))]), "/products?q=x", 503) == []


def test_the_requests_body_tells_interactions_apart():
    checker = Checker([Contract("web", "shop", (BY_CARD, BY_BILL))])

    assert broken(checker, "/orders", 201, HEAD, b"", "POST", b'{"card": "1"}') == []
    assert broken(checker, "/orders", 202, HEAD, b"", "POST", b'{"card": "1"}') == ["status: expected 201, found 202"]
    assert "header.X-Bill" in broken(checker, "/orders", 202, HEAD, b"", "POST", b'{"bill": "1"}')[0]


def test_each_source_must_be_kept():
    strict = interaction("all", request=ask("GET", "/v1/products"),
                         response=answer(200, headers={"X-Bill": like("b")}))  # fmt: skip
    checker = Checker([described(), Contract("web", "shop", (strict,)), Contract("app", "shop", (strict,))])

    assert broken(checker, "/v1/products", head=HEAD + b"\r\nX-Bill: 1") == []
    assert "X-Bill" in broken(checker, "/v1/products")[0]
    assert "id" in broken(checker, "/v1/products", head=HEAD + b"\r\nX-Bill: 1", body=b"[{}]")[0]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "{x}"]), min_size=1, max_size=4), max_size=8),
       st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4))  # fmt: skip
def test_a_route_is_found_exactly_when_a_template_fits(templates, path):
    routes = Routes()
    for template in templates:
        routes.add("GET", "/" + "/".join(template), tuple(template))

    found = routes.find("GET", "/" + "/".join(path))

    fitting = [
        t for t in templates if len(t) == len(path) and all(a in ("{x}", b) for a, b in zip(t, path, strict=True))
    ]
    assert set(found) <= {tuple(t) for t in fitting}
    assert bool(found) == bool(fitting)
