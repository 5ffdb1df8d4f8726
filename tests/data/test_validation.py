import pytest

from simulator.data.form import csv_bytes, csv_heading
from simulator.data.generation import generate
from simulator.data.rows import Rows
from simulator.data.validation import Given, generated, given_file, validate
from simulator.errors import UsageError


def told(spec, *given):
    return [str(problem) for problem in validate(spec, given)]


def test_what_the_spec_makes_is_good(shop):
    assert told(shop, *(generated(shop, name) for name in shop.entities)) == []


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_files_of_it_are_good(shop, tmp_path, form):
    for name in shop.entities:
        generate(shop, name, tmp_path / f"{name}.{form}", form)

    assert told(shop, *(given_file(shop, tmp_path / f"{name}.{form}") for name in shop.entities)) == []


def test_every_problem_is_told_with_line_and_column(shop, tmp_path):
    lines = [
        "number,customer,quantity,price,total,note,day,colour",
        "ORD-AB1234,7,2,10.0,20.0,2 for 7,2026-01-05,red",
        "ORD-AB1234,7,2,10.0,20.0,2 for 7,2026-01-05,red",
        "ORD-XX,999,six,10.0,20.0,2 for 7,2027-01-05,",
        "ORD-AC1234,8,2,10.123,99,3 for 8,,",
    ]
    (tmp_path / "order.csv").write_text("\n".join(lines) + "\n")

    found = told(shop, given_file(shop, tmp_path / "order.csv"))

    place = f"{tmp_path}/order.csv"
    assert f"{place}:3:1: number: 'ORD-AB1234' is here twice (first in line 2)" in found
    assert any(f"{place}:4:1: number: 'ORD-XX' does not fit" in text for text in found)
    assert f"{place}:4:2: customer: no customer has the id 999" in found
    assert f"{place}:4:3: quantity: 'six' is no number" in found
    assert any(f"{place}:4:7: day: 2027-01-05 is not within 2026-01-01 to 2026-01-31" in text for text in found)
    assert f"{place}:5:4: price: 10.123 has more than 2 decimal places" in found
    assert f"{place}:5:6: note is '3 for 8', and '2 for 8' follows from the others" in found
    assert f"{place}:5:7: day has no value" in found
    assert sum("unknown field 'colour'" in text for text in found) == 4


def test_references_are_looked_up_in_what_is_given_beside(shop):
    [first, *_] = Rows(shop, "customer")
    order = {**next(iter(Rows(shop, "order"))), "customer": 2}
    order["note"] = f"{order['quantity']} for 2"

    assert told(shop, Given("order", "o", [order])) == []
    assert any(
        "no customer has the id 2" in text
        for text in told(shop, Given("order", "o", [order]), Given("customer", "c", [first]))
    )


def test_no_rows_are_a_problem(shop, tmp_path):
    (tmp_path / "order.csv").write_bytes(csv_heading(["number"]) + csv_bytes("order", {"number": []}))

    assert any("there are no rows of order" in text for text in told(shop, given_file(shop, tmp_path / "order.csv")))


def test_a_file_of_no_entity_is_refused(shop, tmp_path):
    with pytest.raises(UsageError, match="no 'ordr'"):
        given_file(shop, tmp_path / "ordr.csv")
