import http.client
import json
from urllib.parse import urlsplit

import pytest

from simulator.virtual.consumer import verify_consumer


def asking(*requests):
    def consumer(url):
        for method, path, *body in requests:
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
            content = json.dumps(body[0]).encode() if body else None
            connection.request(method, path, content, {"Content-Type": "application/json"} if body else {})
            connection.getresponse().read()
            connection.close()

    return consumer


AS_WRITTEN = (("GET", "/api/products?q=lamp"), ("POST", "/api/orders", {"product": 5}), ("GET", "/api/me"),
              ("GET", "/api/products/7"))  # fmt: skip


def test_a_consumer_that_asks_as_written_keeps_its_contract(pact):
    found = verify_consumer(pact, asking(*AS_WRITTEN))

    assert found.broken == ()
    assert len(found.checked) == 4


def test_what_is_not_in_the_contract_is_told_with_the_nearest_interaction_and_the_difference(pact):
    strange = ("GET", "/api/products?q=lam"), ("POST", "/api/orders", {"product": "five"}), ("DELETE", "/api/cart")
    found = verify_consumer(pact, asking(*AS_WRITTEN, *strange, *strange))

    told = {each.name: each.reasons for each in found.broken}
    assert list(told) == ["GET /api/products?q=lam", "POST /api/orders", "DELETE /api/cart"]
    assert told["GET /api/products?q=lam"][1:] == ("nearest stub 'search (1)'", 'query.q: expected "lamp", found "lam"')
    assert told["POST /api/orders"][1:] == (
        "nearest stub 'order (2)'",
        'body $.product: expected a whole number, found "five"',
    )
    assert "path" in " ".join(told["DELETE /api/cart"])


def test_what_was_never_asked_for_is_told(pact):
    found = verify_consumer(pact, asking(AS_WRITTEN[0]))

    assert [(each.name, each.reasons) for each in found.broken] == [
        ("order", ("was never asked for",)), ("who am I (given member: after log in)", ("was never asked for",)),
        ("no such product", ("was never asked for",)),
    ]  # fmt: skip


def test_a_consumer_that_fails_is_told(pact):
    def consumer(url):
        asking(*AS_WRITTEN)(url)
        return "it ended with exit code 3"

    [broken] = verify_consumer(pact, consumer).broken

    assert (broken.name, broken.reasons) == ("the consumer itself", ("it ended with exit code 3",))


@pytest.mark.parametrize("twice", [True, False])
def test_interactions_with_the_same_request_are_answered_in_turn_and_each_counts(tmp_path, twice):
    request = {"method": "GET", "path": "/state"}
    plain = {
        "consumer": {"name": "web"},
        "provider": {"name": "shop"},
        "metadata": {"pactSpecification": {"version": "4.0"}},
        "interactions": [
            {"type": "Synchronous/HTTP", "description": f"{status}", "request": request, "response": {"status": status}}
            for status in (503, 200)
        ],
    }
    path = tmp_path / "turns.json"
    path.write_text(json.dumps(plain))
    seen = []

    def consumer(url):
        for _ in range(2 if twice else 1):
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
            connection.request("GET", "/state")
            seen.append(connection.getresponse().status)
            connection.close()

    found = verify_consumer(path, consumer)

    assert seen == ([503, 200] if twice else [503])
    assert [each.name for each in found.broken] == ([] if twice else ["200"])
