"""The description is held against what the shop really answers."""

import re
from datetime import datetime

import pytest

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None)}


def mistakes(value, schema, description, at="answer"):
    """Yields where the value is not as the schema says, for the words of JSON Schema that the description uses."""
    known = {"$ref", "type", "const", "enum", "properties", "required", "additionalProperties", "items", "format"}
    known |= {"minimum", "maximum", "minItems", "maxItems"}
    assert set(schema) <= known, f"{at}: this check does not know {set(schema) - known}"
    if "$ref" in schema:
        yield from mistakes(value, resolve(schema["$ref"], description), description, at)
        return
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(value, TYPES[name]) and not isinstance(value, bool) for name in types):
        yield f"{at}: {value!r} is no {types}"
        return
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is another value"
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        yield f"{at}: {value!r} has no zone"
    if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at}: {value} is out of bounds"
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for place, item in enumerate(value):
            yield from mistakes(item, schema.get("items", {}), description, f"{at}[{place}]")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{at}: no {name}" for name in schema.get("required", []) if name not in value)
        if schema.get("additionalProperties") is False:
            yield from (f"{at}: {name} is not described" for name in value if name not in properties)
        for name in set(properties) & set(value):
            yield from mistakes(value[name], properties[name], description, f"{at}.{name}")


def resolve(reference, description):
    for name in reference.removeprefix("#/").split("/"):
        description = description[name]
    return description


def operation_of(method, path, description):
    """Returns the described operation of a real path; one without a variable goes first, as it does in the shop."""
    for template in sorted(description["paths"], key=lambda one: "{" in one):
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path):
            return description["paths"][template][method.lower()]
    raise AssertionError(f"{method} {path} is not described")


def answer_mistakes(answer, description):
    path = answer.request.path_url.partition("?")[0]
    responses = operation_of(answer.request.method, path, description)["responses"]
    if str(answer.status_code) not in responses:
        return [f"status {answer.status_code} is not described"]
    response = responses[str(answer.status_code)]
    response = resolve(response["$ref"], description) if "$ref" in response else response
    found = [f"no header {name}" for name in response.get("headers", {}) if name not in answer.headers]
    if "content" not in response:
        return found + (["there is a body"] if answer.content else [])
    ((media_type, content),) = response["content"].items()
    assert answer.headers["Content-Type"] == media_type
    return found + list(mistakes(answer.json(), content["schema"], description))


@pytest.fixture(scope="module")
def description(shop):
    return shop.get("/openapi.json").json()


ORDERED = [
    ("GET", "/health", None, 200),
    ("GET", "/openapi.json", None, 200),
    ("GET", "/api/products", None, 200),
    ("GET", "/api/products?q=lamp&category=lamps&page=1", None, 200),
    ("GET", "/api/products?page=0", None, 400),
    ("GET", "/api/products/1", None, 200),
    ("GET", "/api/products/99", None, 404),
    ("GET", "/api/me", None, 401),
    ("GET", "/api/orders", None, 401),
    ("GET", "/api/cart", None, 200),
    ("POST", "/api/login", {"user": "ida", "password": "secret"}, 200),
    ("POST", "/api/login", {"user": "ida", "password": "wrong"}, 401),
    ("POST", "/api/login", {}, 422),
    ("POST", "/api/login", [], 400),
    ("GET", "/api/me", None, 200),
    ("POST", "/api/cart/items", {"product": 2, "quantity": 2}, 201),
    ("POST", "/api/cart/items", {"product": 99}, 404),
    ("POST", "/api/cart/items", {"product": 0}, 422),
    ("POST", "/api/cart/items", [], 400),
    ("GET", "/api/cart", None, 200),
    ("DELETE", "/api/cart/items/99", None, 404),
    ("DELETE", "/api/cart/items/2", None, 200),
    ("DELETE", "/api/cart", None, 204),
    ("POST", "/api/orders", {}, 422),
    ("POST", "/api/orders", [], 400),
    ("POST", "/api/orders", {"product": 1}, 201),
    ("POST", "/api/orders", {"product": 1, "card": "4000000000000002"}, 402),
    ("POST", "/api/orders", {"product": 99}, 404),
    ("POST", "/api/orders", {"product": 60, "quantity": 26}, 409),
    ("GET", "/api/orders", None, 200),
    ("GET", "/api/orders/ORDER", None, 200),
    ("GET", "/api/orders/NONE", None, 404),
    ("POST", "/api/logout", None, 204),
]


def test_every_described_operation_answers_as_described(visit, description):
    visitor, order, called = visit(), "", set()
    for method, path, body, status in ORDERED:
        answer = visitor.request(method, path.replace("ORDER", order), json=body)
        assert answer.status_code == status, (method, path)
        assert answer_mistakes(answer, description) == [], (method, path)
        order = answer.json()["id"] if (path, status) == ("/api/orders", 201) else order
        called.add(operation_of(method, path.partition("?")[0], description)["operationId"])
    described = {op["operationId"] for operations in description["paths"].values() for op in operations.values()}
    assert called == described


def test_every_route_of_the_api_is_described(description):
    pytest.importorskip("flask")
    from simulator.demo.build import Build
    from simulator.demo.payment import Payments
    from simulator.demo.shop import create_shop
    from simulator.demo.store import Store

    app = create_shop(Store.seeded(), Payments(None, Build(), 1.0), Build())
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == {(method, path) for path, operations in description["paths"].items() for method in operations}


def test_the_renamed_field_is_found_by_this_very_check(serve, description):
    answer = serve(breaks=["renamed-field"]).get("/api/products/1")
    assert answer_mistakes(answer, description) == ["answer: no price_cents", "answer: price is not described"]
