import http.server
import json
import threading

import pytest

from simulator.data.cleaning import clean
from simulator.data.ledger import Ledger, read_ledger
from simulator.data.reach import Reach
from simulator.data.seeding import seed
from simulator.data.store import Store, Stores
from simulator.errors import BringUpError

SHOP = """
entities:
  customer:
    count: 1200
    into: {table: customers}
    fields: {id: {sequence: 1}, name: full_name}
  order:
    count: 1500
    key: number
    into: {table: orders}
    fields:
      number: {pattern: "[A-Z]{3}[0-9]{3}", unique: true}
      customer: {reference: customer.id}
clean:
  - {of: message, http: "DELETE /messages/{id}"}
"""


@pytest.fixture
def store(tmp_path):
    made = Store(f"sqlite:///{tmp_path}/shop.db")
    made.run("create table customers (id integer primary key, name text)")
    made.run("create table orders (number text primary key, customer integer references customers)")
    yield made
    made.close()


class Shop(http.server.BaseHTTPRequestHandler):
    def do_DELETE(self):
        self.server.asked.append(self.path)
        self.send_response(204 if self.path.endswith("1") else 404 if self.path.endswith("2") else 500)
        self.end_headers()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.send_response(201)
        self.end_headers()
        self.wfile.write(json.dumps({"id": body["id"] + 1000}).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def shop_server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def reach(store, shop_server):
    return Reach(f"http://127.0.0.1:{shop_server.server_port}", Stores({"shop": ""}, lambda url: store), "run-1")


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "created.jsonl")
    yield made
    made.close()


def rows(store, table):
    return store.run(f"select count(*) as n from {table}").rows[0]["n"]


def test_rows_go_in_by_their_references_and_out_in_reverse(spec_from, store, reach, ledger):
    spec = spec_from(SHOP)
    store.run("insert into customers values (99999, 'was here before')")
    store.run("pragma foreign_keys = on")

    assert seed(spec, reach, ledger) == 2700
    assert (rows(store, "customers"), rows(store, "orders")) == (1201, 1500)

    outcome = clean(spec, read_ledger(ledger.path), reach)
    assert (outcome.failures, outcome.done) == ([], 2700)
    assert (rows(store, "customers"), rows(store, "orders")) == (1, 0)


def test_what_journeys_created_goes_too_and_a_rule_that_fails_stops_no_other(
    spec_from, store, reach, ledger, shop_server
):
    spec = spec_from(SHOP)
    seed(spec, reach, ledger)
    store.run("insert into orders values ('late', 1)")
    ledger.created("order", ["late"])
    ledger.created("message", ["m1", "m2", "m3"])
    ledger.created("voucher", ["v1"])

    outcome = clean(spec, read_ledger(ledger.path), reach)

    assert rows(store, "orders") == 0
    assert shop_server.asked == ["/messages/m3", "/messages/m2", "/messages/m1"]
    assert len(outcome.failures) == 2
    assert "nothing says how voucher is taken away: 1 stay" in outcome.failures[0]
    assert "m3: DELETE /messages/m3: 500" in outcome.failures[1]


def test_a_batch_with_a_row_that_cannot_go_loses_only_that_row(spec_from, store, reach, ledger):
    spec = spec_from(SHOP)
    store.run("pragma foreign_keys = on")
    store.run("insert into customers values (1, 'a'), (2, 'b'), (3, 'c')")
    store.run("insert into orders values ('x', 2)")
    ledger.created("customer", [1, 2, 3])

    outcome = clean(spec, read_ledger(ledger.path), reach)

    assert store.run("select id from customers").rows == [{"id": 2}]
    assert len(outcome.failures) == 1
    assert ": 2: FOREIGN KEY" in outcome.failures[0]


def test_tables_are_put_back_as_they_were(spec_from, store, reach, ledger):
    spec = spec_from("clean: [{restore: [customers, orders]}]")
    store.run("insert into customers values (1, 'before')")
    seed(spec, reach, ledger)
    store.run("update customers set name = 'changed'")
    store.run("insert into orders values ('x', 1)")

    outcome = clean(spec, read_ledger(ledger.path), reach)

    assert outcome.failures == []
    assert store.run("select * from customers").rows == [{"id": 1, "name": "before"}]
    assert rows(store, "orders") == 0
    assert store.run("select name from sqlite_master where name like 'simulator%'").rows == []


def test_what_comes_back_is_taken_away_again(spec_from, store, reach, ledger):
    """A service that still works on what it has is given time: the rule is done until nothing is there."""
    spec = spec_from(
        "clean: [{of: order, sql: 'delete from orders where number = :id', gone: 'select count(*) from orders'}]"
    )
    store.run("insert into orders values ('late', 1)")
    ledger.created("order", ["early"])

    def sleep(_):
        store.run("delete from orders")

    assert clean(spec, read_ledger(ledger.path), reach, sleep=sleep).failures == []
    store.run("insert into orders values ('stays', 1)")
    ticks = iter(range(1000))
    outcome = clean(spec, read_ledger(ledger.path), reach, sleep=lambda s: None, clock=lambda: next(ticks))
    assert "1 are still there" in outcome.failures[0]


def test_seeding_over_http_writes_down_the_keys_that_the_system_gave(spec_from, reach, ledger, shop_server):
    spec = spec_from(
        "entities: {user: {count: 2, into: {http: POST /users}, fields: {id: {sequence: 1}, name: full_name}}}"
    )

    seed(spec, reach, ledger)

    assert [list(entry.keys) for entry in read_ledger(ledger.path).created] == [[1, 2], [1001], [1002]]
    assert [body["id"] for body in shop_server.asked] == [1, 2]


def test_a_row_that_is_refused_is_told_with_its_rule(spec_from, store, reach, ledger):
    spec = spec_from(SHOP)
    store.run("insert into customers values (5, 'in the way')")

    with pytest.raises(BringUpError, match=r"spec.yaml:5: customer cannot be put in: UNIQUE constraint failed"):
        seed(spec, reach, ledger)
    clean(spec, read_ledger(ledger.path), reach)
    assert store.run("select * from customers").rows == [
        {"id": 5, "name": "in the way"}
    ]  # it was there before, and is not ours


def test_a_line_that_was_cut_off_is_counted_and_the_others_are_read(ledger):
    ledger.created("order", [1])
    with ledger.path.open("a") as file:
        file.write('{"of": "ord')

    story = read_ledger(ledger.path)

    assert ([entry.keys for entry in story.created], story.torn, story.done) == ([[1]], 1, False)
