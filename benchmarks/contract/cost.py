"""What checking costs: microseconds of CPU for one answer of about 1 KB, above parsing it."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import thread_time
from typing import Any

import orjson

from simulator.contract.author import answer, ask, each, integer, interaction, like, number
from simulator.contract.checker import Checker
from simulator.contract.interaction import Contract
from simulator.contract.openapi.description import Description, parse_description
from simulator.engine.contract.checking import Checking
from simulator.journey.http.answer import Answer
from simulator.journey.http.client import HttpClient
from simulator.journey.track import Track
from simulator.record.recorder import Recorder

ROUNDS, TIMES = 9, 20_000
URL = "http://127.0.0.1:1"
ITEM = {"id": 7, "name": "Pebble table lamp", "category": "lamps", "price_cents": 7900, "stock": 12, "rating": 4.5,
        "image": "/img/7.svg", "description": "A lamp of glazed clay with a linen shade"}  # fmt: skip
BODY = orjson.dumps([{**ITEM, "id": at} for at in range(1, 7)])
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Total-Count: 6\r\nX-Request-Id: shop-1\r\n"
    b"Date: Thu, 26 Nov 2026 10:00:00 GMT\r\nContent-Length: %d" % len(BODY)
)
SCHEMA = {
    "type": "object", "required": list(ITEM), "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1}, "name": {"type": "string"}, "category": {"enum": ["lamps", "chairs"]},
        "price_cents": {"type": "integer", "minimum": 1}, "stock": {"type": "integer"}, "image": {"type": "string"},
        "rating": {"type": "number", "minimum": 1, "maximum": 5}, "description": {"type": "string"},
    },
}  # fmt: skip
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "shop", "version": "1"},
    "paths": {
        "/api/products": {
            "get": {
                "responses": {
                    "200": {
                        "description": "products",
                        "headers": {
                            name: {"required": True, "schema": {"type": "string"}}
                            for name in ("X-Total-Count", "X-Request-Id")
                        },
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Product"}}
                            }
                        },
                    }
                }
            }
        }
    },
    "components": {"schemas": {"Product": SCHEMA}},
}


def description() -> Description:
    return parse_description(orjson.dumps(DOCUMENT), "openapi.json")


def contract() -> Contract:
    example = {name: like(value) for name, value in ITEM.items()}
    example |= {"id": integer(7), "price_cents": integer(7900), "rating": number(4.5)}
    body = answer(200, headers={"Content-Type": "application/json", "X-Request-Id": like("shop-1")}, body=each(example))
    return Contract("web", "shop", (interaction("products", request=ask("GET", "/api/products"), response=body),))


def micros(act: Callable[[], Any]) -> list[float]:
    """Microseconds of CPU a call, one figure a round."""
    found = []
    for _ in range(ROUNDS):
        started_s = thread_time()
        for _ in range(TIMES):
            act()
        found.append((thread_time() - started_s) / TIMES * 1e6)
    return found


def told(name: str, figures: list[float], less: float = 0.0) -> float:
    middle = statistics.median(figures) - less
    print(f"  {name:<58}{middle:8.2f} µs   ({min(figures) - less:.2f} to {max(figures) - less:.2f})")
    return middle


def check_of(checker: Checker) -> Callable[[], Any]:
    promises = checker.promises("GET", "/api/products")
    assert promises
    assert not checker.violations(promises, 200, HEAD, BODY)
    return lambda: checker.violations(checker.promises("GET", "/api/products"), 200, HEAD, BODY)


class Wire:
    """A network that answers at once, always the same."""

    def exchange(self, *_: Any) -> Answer:
        return 200, HEAD, BODY, True, True


def client(checking: Checking | None, *, looks: bool = False) -> Callable[[], Any]:
    """One request of an API user, as `Stage.teller` has it with and without somebody who looks."""
    recorder = checking._recorder if checking else Recorder()

    def see(plan: Any, response: Any, operation: Any, failure: Any, context: Any) -> None:
        assert checking is not None
        checking.see(plan, response, operation)
        if looks:
            checking._look_at(checking._waiting.popleft())
        else:
            checking._waiting.clear()

    made = HttpClient(URL, Track(recorder, "Shopper"), Wire(), see, (see,) if checking else ())  # type: ignore[arg-type]
    count = iter(range(10**9))

    def once() -> None:
        made.get("/api/products")
        if next(count) % 1000 == 999:
            recorder.fold(0)

    return once


def checking_of(checker: Checker) -> Checking:
    made = Checking(checker, Recorder(), 1.0, 1.0)
    made.at_home(URL)
    return made


def schemathesis_check() -> Callable[[], Any]:
    import requests
    import schemathesis
    import urllib3

    operation = schemathesis.openapi.from_dict(DOCUMENT)["/api/products"]["GET"]
    response = requests.Response()
    response.status_code, response._content = 200, BODY
    response.headers.update({"Content-Type": "application/json", "X-Total-Count": "6", "X-Request-Id": "shop-1"})
    response.raw = urllib3.HTTPResponse(headers=dict(response.headers), status=200)
    response.request = requests.Request("GET", URL + "/api/products").prepare()
    operation.validate_response(response)
    return lambda: operation.validate_response(response)


def main() -> None:
    global TIMES
    print(f"one JSON answer of {len(BODY)} bytes, medians of {ROUNDS} rounds of {TIMES:,} (CPU time of the thread)")
    parse = told("parsing it (orjson)", micros(lambda: orjson.loads(BODY)))
    openapi, pact = Checker([description()]), Checker([contract()])
    told("checked against OpenAPI, above parsing", micros(check_of(openapi)), parse)
    told("checked against a Pact contract, above parsing", micros(check_of(pact)), parse)
    unchecked = told("a request of an API user, unchecked", micros(client(None)))
    told("  … handed over to be checked, more than that", micros(client(checking_of(openapi))), unchecked)
    whole = told("  … checked and written down, above parsing, more", micros(client(checking_of(openapi), looks=True)),
                 unchecked + parse)  # fmt: skip
    told("  … the same against a Pact contract", micros(client(checking_of(pact), looks=True)), unchecked + parse)
    TIMES = 2_000
    peer = told("schemathesis validate_response, above parsing", micros(schemathesis_check()), parse)
    print(f"  schemathesis takes {peer / whole:.1f} times as long; the limit is 15 µs above parsing: {whole:.2f}")
