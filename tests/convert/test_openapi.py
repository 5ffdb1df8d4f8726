"""A journey made from the shop's description passes against the shop."""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from simulator.convert.source import from_openapi

ROOT = Path(__file__).parents[2]


def test_the_shops_description_becomes_a_journey_that_passes(shop, tmp_path):
    made = from_openapi(ROOT / "simulator/demo/openapi.json", "shop_api")
    (tmp_path / "shop_api.py").write_text(made.text)
    secrets = {name: f"value of {name}" for name in made.secrets}
    command = [sys.executable, "-m", "simulator", "run", "shop_api.py", "--once", "--host", shop.url]
    env = {**os.environ, **secrets, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=90)

    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(next(tmp_path.glob("reports/*/run.json")).read_text())
    steps = {row["step"] for row in document["series"] if row["level"] == "step"}
    assert {"POST /api/login", "GET /api/orders/{order_id}", "DELETE /api/cart/items/{product_id}"} <= steps
    assert "f\"/api/orders/{order.json()['id']}\"" in made.text


def test_without_a_login_the_credentials_come_from_the_environment(tmp_path):
    description = {
        "openapi": "3.0.0",
        "info": {"title": "pets", "version": "1"},
        "paths": {"/pets/{petId}": {"get": {"responses": {"200": {"description": "one"}}}}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}},
    }
    (tmp_path / "pets.yaml").write_text(yaml.safe_dump(description))
    made = from_openapi(tmp_path / "pets.yaml", "pets")

    assert 'headers={"X-Api-Key": X_API_KEY}' in made.text
    assert made.secrets == ("LOGIN_X_API_KEY",)
    assert any("petId" in what for what in made.left_out)
