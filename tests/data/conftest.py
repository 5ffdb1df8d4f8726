import pytest

from simulator.data.spec_file import load_spec

SHOP = """
seed: 7
entities:
  customer:
    count: 50
    fields:
      id: {sequence: 1}
      name: full_name
      email: {mimesis: person.email, unique: true}
      plan: {choice: {free: 7, pro: 3}}
      nickname: {mimesis: person.username, empty: 40%}
  order:
    count: 2500
    key: number
    fields:
      number: {pattern: "ORD-[A-Z]{2}[0-9]{4}", unique: true}
      customer: {reference: customer.id, skew: 1}
      quantity: {integer: 1 to 5}
      price: {decimal: 5 to 400, distribution: lognormal, mean: 60}
      total: {computed: "round(price * quantity, 2)"}
      note: {text: "{quantity} for {customer}"}
      day: {date: 2026-01-01 to 2026-01-31}
"""


@pytest.fixture
def spec_from(tmp_path):
    def made(text, name="spec.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return load_spec(path, {})

    return made


@pytest.fixture
def shop(spec_from):
    return spec_from(SHOP)
