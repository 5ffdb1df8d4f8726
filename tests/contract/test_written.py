from pathlib import Path

import pytest

from simulator.contract.body import Body
from simulator.contract.interaction import Response
from simulator.contract.matching.message import response_mismatches
from simulator.contract.written import read_written
from simulator.errors import FileError

GOOD = """\
consumer: web
provider: shop
interactions:
  - description: search for lamps
    given: [there are lamps, {name: a user, params: {id: 7}}]
    request: {path: /api/products, query: {q: lamp}, headers: {Accept: application/json}}
    response:
      status: 200
      headers: {X-Total-Count: "3"}
      body: [{id: 7, name: "Pebble", price: 12.5, code: "7"}]
      match:
        $: {at_least: 1}
        $[*].id: integer
        $[*].name: type
        $[*].code: {regex: "[0-9]+"}
        headers.X-Total-Count: {regex: "[0-9]+"}
  - description: order placed
    message: {body: {order: 1}, metadata: {topic: orders}, match: {$.order: integer}}
"""


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "web-shop.yaml"
        path.write_text(text)
        return path

    return written


def test_interactions_can_be_written_by_hand(write):
    contract = read_written(write(GOOD))
    search, placed = contract.interactions

    assert search.title == "search for lamps (given there are lamps and a user)"
    assert search.states[1].params == {"id": 7}
    assert search.response.body.json == [{"id": 7, "name": "Pebble", "price": 12.5, "code": "7"}]
    assert placed.message.metadata == {"topic": "orders"}
    good = Response(200, {"X-Total-Count": ("12",)}, Body.of_json([{"id": 1, "name": "", "price": 12.5, "code": "12"}]))
    bad = Response(200, {"X-Total-Count": ("x",)}, Body.of_json([{"id": "1", "name": "", "price": 1, "code": ""}]))
    assert response_mismatches(search.response, good) == []
    assert [each.place for each in response_mismatches(search.response, bad)] == [
        "header.X-Total-Count", "body $[0].id", "body $[0].code",
    ]  # fmt: skip


def test_all_mistakes_come_with_their_places(write):
    text = GOOD.replace("integer\n        $[*].name", "integr\n        $[*.name").replace("provider: shop\n", "")
    text = text.replace("    message: {", "    massage: {")

    with pytest.raises(FileError) as raised:
        read_written(write(text))

    found = [(problem.line, problem.message) for problem in raised.value.problems]
    assert any("'provider' is missing" in message for _, message in found)
    assert any("'integr' is not known here" in message for _, message in found)
    assert any("'massage'" in message for _, message in found)
    assert any("$[*.name" in message for _, message in found)
    assert all(line for line, _ in found)


def test_the_contract_of_the_repository_can_be_read():
    assert read_written(Path(__file__).parents[2] / "journeys/contracts/shop-payments.yaml").provider == "payments"
