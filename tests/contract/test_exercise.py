from pathlib import Path

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install 'simulator[contract]'")

from simulator.contract.openapi.description import read_description  # noqa: E402
from simulator.contract.openapi.exercise import ExerciseOptions, exercise  # noqa: E402

SHOP = Path(__file__).parents[2] / "simulator/demo/openapi.json"
SOME = ExerciseOptions(examples=3, only="products|POST /api/orders$|/api/me")


def test_the_shop_keeps_its_description(shop):
    found = exercise(read_description(SHOP), shop, SOME)

    kept = {each.name for each in found.checked if each.result == "kept"}
    assert {"GET /api/products", "GET /api/products/{product_id}", "POST /api/orders", "GET /api/me"} <= kept
    assert found.broken == ()


def test_a_renamed_field_and_a_wrong_status_are_found_and_named(bad_shop):
    found = exercise(read_description(SHOP), bad_shop, SOME)

    told = {each.name: " ".join(each.reasons) for each in found.broken}
    assert "price_cents" in told["GET /api/products"]
    assert "price_cents" in told["GET /api/products/{product_id}"]
    assert "Received: 200" in told["POST /api/orders"]
    assert "GET /api/me" not in told
