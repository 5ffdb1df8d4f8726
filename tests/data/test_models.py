import enum
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from simulator.data.models import spec_of
from simulator.data.rows import Rows
from simulator.errors import UsageError


class Plan(enum.Enum):
    FREE = "free"
    PRO = "pro"


class Address(BaseModel):
    street: str
    city: str


class Customer(BaseModel):
    id: int
    name: str
    email: str
    age: Annotated[int, Field(ge=18, lt=90)]
    plan: Plan
    code: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    phone: str | None
    address: Address


@dataclass
class Order:
    number: int
    state: Literal["open", "paid"]
    day: date


def test_models_are_specs():
    spec = spec_of({Customer: 200, Order: 10})

    customers = list(Rows(spec, "customer"))
    assert [row["id"] for row in customers] == list(range(1, 201))
    assert all(18 <= row["age"] < 90 and "@" in row["email"] and len(row["code"]) == 3 for row in customers)
    assert {row["plan"] for row in customers} == {"free", "pro"}
    assert 0 < sum(row["phone"] is None for row in customers) < 60
    for row in customers:
        Customer(**row)
    assert all(Order(**row).state in ("open", "paid") for row in Rows(spec, "order"))
    assert customers == list(Rows(spec, "customer"))


def test_a_type_that_says_nothing_is_told_with_the_way_out():
    @dataclass
    class Odd:
        id: int
        thing: object

    with pytest.raises(UsageError, match="Odd.thing") as caught:
        spec_of({Odd: 1})
    assert "odd__thing=" in caught.value.hint
