import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.data.factory import Factories, Factory
from simulator.data.form import read_rows
from simulator.data.generation import generate
from simulator.data.rows import Rows
from simulator.errors import FileError, UsageError

ROOT = Path(__file__).parent.parent.parent


def test_the_same_seed_gives_the_same_rows_in_another_process(shop):
    code = (
        "import sys, json; from pathlib import Path; from simulator.data.spec_file import load_spec\n"
        "from simulator.data.rows import Rows\n"
        "print(json.dumps(list(Rows(load_spec(Path(sys.argv[1])), 'order')), default=str))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(shop.file)], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert json.loads(ended.stdout) == json.loads(json.dumps(list(Rows(shop, "order")), default=str))


def test_another_seed_gives_other_rows(shop):
    other = replace(shop, seed=8)

    assert list(Rows(shop, "customer")) != list(Rows(other, "customer"))


def test_a_further_field_changes_nothing_about_the_others(shop, spec_from):
    more = spec_from(
        shop.file.read_text().replace("      name: full_name", "      name: full_name\n      city: city"), "more.yaml"
    )

    assert [row["email"] for row in Rows(shop, "customer")] == [row["email"] for row in Rows(more, "customer")]


@pytest.mark.parametrize("form", ["csv", "jsonl", "sql"])
def test_any_number_of_workers_writes_the_same_file(shop, tmp_path, form):
    many = replace(shop, entities={**shop.entities, "order": replace(shop.entities["order"], count=45_000)})

    generate(many, "order", tmp_path / "one", form, workers=1)
    generate(many, "order", tmp_path / "three", form, workers=3)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "three").read_bytes()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_what_is_written_reads_back(shop, tmp_path, form):
    generate(shop, "customer", tmp_path / f"customer.{form}", form)

    read = list(read_rows(tmp_path / f"customer.{form}"))
    assert [row["email"] for row in read] == [row["email"] for row in Rows(shop, "customer")]
    assert len(read) == 50


def test_unique_means_unique_and_references_exist(shop):
    customers, orders = list(Rows(shop, "customer")), list(Rows(shop, "order"))

    assert len({row["email"] for row in customers}) == 50
    assert len({row["number"] for row in orders}) == 2500
    assert {row["customer"] for row in orders} <= {row["id"] for row in customers}
    assert all(row["total"] == round(row["price"] * row["quantity"], 2) for row in orders)
    assert all(row["note"] == f"{row['quantity']} for {row['customer']}" for row in orders)
    assert 5 < sum(row["nickname"] is None for row in customers) < 35
    assert 20 < sum(row["plan"] == "free" for row in customers) < 48


def test_more_rows_than_different_values_are_refused_with_the_place(spec_from):
    text = "entities: {a: {count: 20, fields: {id: {sequence: 1}, code: {pattern: '[0-9]', unique: true}}}}"

    with pytest.raises(FileError, match=r"spec.yaml:1:\d+: a.code has only 10 different values for 20 rows"):
        spec_from(text)


def test_users_get_rows_that_nobody_else_gets_without_asking_anyone(shop):
    made = [
        Factory(Factories(shop, run), user).order()
        for run in ("monday", "tuesday")
        for user in range(40)
        for _ in range(3)
    ]
    every = []
    for run in ("monday", "tuesday"):
        factories = Factories(shop, run)
        users = [Factory(factories, number) for number in range(40)]
        every += [(user.order()["number"], user.customer()["email"]) for user in users for _ in range(5)]

    assert len({number for number, _ in every[:200]} | {row["number"] for row in Rows(shop, "order")}) == 2700
    assert len({email for _, email in every}) == 400
    assert made[0] == made[1]  # a user who begins anew gets the same again: chance follows from run and number


def test_what_is_given_stands_and_what_follows_from_it_follows(shop):
    order = Factory(Factories(shop, "run"), 3).order(price=10.0, quantity=4, customer=17)

    assert (order["total"], order["note"]) == (40.0, "4 for 17")


def test_a_factory_that_is_none_names_the_nearest(shop):
    factory = Factory(Factories(shop, "run"), 0)

    with pytest.raises(AttributeError, match="did you mean 'customer'"):
        factory.custmer()
    with pytest.raises(UsageError, match="no field 'nmae'"):
        factory.customer(nmae="Ada")


def test_a_factory_that_has_no_unique_value_left_says_so(spec_from):
    spec = spec_from("entities: {a: {fields: {id: {sequence: 1}, code: {pattern: '[0-9]', unique: true}}}}")
    factory = Factory(Factories(spec, "run"), 0)

    with pytest.raises(UsageError, match="10 different values"):
        for _ in range(11):
            factory.a()
