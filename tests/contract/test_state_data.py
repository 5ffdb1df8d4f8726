"""States of a provider made of test data: rows go in for a state and are gone after it."""

import json
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from simulator.cli import main
from simulator.cli.provider_states import DataStates, Provider, brought_about, read_states
from simulator.contract.pact.states import StateServer
from simulator.contract.written import read_written
from simulator.data.spec_file import load_spec
from simulator.data.store import Store, Stores
from simulator.errors import BringUpError, FileError

BY_TABLE = """\
entities:
  customer:
    count: 3
    fields: {id: {sequence: 7}, name: full_name}
    into: {table: customer}
"""
BY_HTTP = """\
entities:
  customer:
    count: 3
    fields: {id: {sequence: 7}, name: full_name}
    into: {http: POST /customers}
    clean: {http: "DELETE /customers/{id}"}
"""
CONTRACT = """\
consumer: web
provider: shop
interactions:
  - description: one
    given: [there are customers]
    request: {method: GET, path: /customers/7}
    response: {status: 200, body: {id: 7, name: Ann}, match: {$.name: type}}
  - description: one of two
    given: [there are customers, there are names]
    request: {method: GET, path: /customers/9}
    response: {status: 200}
  - description: none
    request: {method: GET, path: /customers/7}
    response: {status: 404}
"""


class Shop:
    """Customers of a table, over HTTP.

    Attributes:
        file: the database.
        keeps: it refuses to delete.
    """

    def __init__(self, file):
        self.file, self.keeps = file, False
        self.run("create table customer (id integer primary key, name text)")
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                found = shop.run("select id, name from customer where id = ?", self.path.rpartition("/")[2])
                self.told(200, dict(zip(("id", "name"), found[0], strict=True))) if found else self.told(404, {})

            def do_POST(self):
                row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                shop.run("insert into customer values (?, ?)", row["id"], row["name"])
                self.told(201, {})

            def do_DELETE(self):
                if not shop.keeps:
                    shop.run("delete from customer where id = ?", self.path.rpartition("/")[2])
                self.told(409 if shop.keeps else 200, {})

            def told(self, status, value):
                content = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def run(self, sql, *params):
        connection = sqlite3.connect(self.file)
        try:
            with connection:
                return connection.execute(sql, params).fetchall()
        finally:
            connection.close()

    @property
    def count(self):
        return self.run("select count(*) from customer")[0][0]


@pytest.fixture
def shop(tmp_path):
    made = Shop(tmp_path / "shop.db")
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def here(tmp_path, monkeypatch, shop):
    """A project whose environment is the shop with its database."""
    monkeypatch.chdir(tmp_path)
    environment = {"host": shop.url, "databases": {"shop": {"url": f"sqlite:///{shop.file}"}}}
    (tmp_path / "simulator.yaml").write_text(json.dumps({"environments": {"here": environment}}))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/table.yaml").write_text(BY_TABLE)
    (tmp_path / "data/http.yaml").write_text(BY_HTTP)
    (tmp_path / "web-shop.yaml").write_text(CONTRACT)
    (tmp_path / "states.yaml").write_text(
        "states:\n  there are customers: {data: data/table.yaml}\n  there are names: {data: data/table.yaml}\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["--provider", "here", "--states", "states.yaml"],
        ["--provider", "{url}", "--states", "data/http.yaml"],
    ],
)
def test_rows_are_there_in_their_states_and_gone_after_them(here, shop, capsys, words):
    pytest.importorskip("pact", reason="the official Pact core is not installed: pip install 'simulator[contract]'")

    code = main(["contract", "verify", "web-shop.yaml", *(word.replace("{url}", shop.url) for word in words)])

    said = capsys.readouterr()
    assert code == 0, said.out + said.err
    assert shop.count == 0


def test_rows_that_stay_behind_break_their_interaction(here, shop, capsys):
    pytest.importorskip("pact", reason="the official Pact core is not installed: pip install 'simulator[contract]'")
    shop.keeps = True

    code = main(["contract", "verify", "web-shop.yaml", "--only", "one", "--provider", shop.url,
                 "--states", "data/http.yaml"])  # fmt: skip

    said = capsys.readouterr()
    assert code == 1, said.out + said.err
    assert "left behind" in said.out + said.err


def data_states(here, shop, *states):
    spec = load_spec(here / "data/table.yaml")
    return DataStates(dict.fromkeys(states, spec), shop.url, Stores({"shop": f"sqlite:///{shop.file}"}, Store))


def test_states_of_one_spec_share_its_rows(here, shop):
    with data_states(here, shop, "a", "b") as states:
        states.bring_about({"state": "a", "action": "setup"})
        states.bring_about({"state": "b", "action": "setup"})
        assert shop.count == 3
        states.bring_about({"state": "a", "action": "teardown"})
        assert shop.count == 3
        states.bring_about({"state": "b", "action": "teardown"})
        assert shop.count == 0
        states.bring_about({"state": "a", "action": "setup"})
    assert shop.count == 0


def test_rows_that_are_refused_are_named_and_leave_what_was_there(here, shop):
    shop.run("insert into customer values (50, 'Ann')")
    shop.run("create trigger no before insert on customer when new.id = 8 begin select raise(abort, 'no eight'); end")

    with data_states(here, shop, "a") as states, pytest.raises(BringUpError, match=r"table\.yaml:5: customer .*eight"):
        states.bring_about({"state": "a", "action": "setup"})

    assert shop.run("select id from customer") == [(50,)]


def test_a_state_that_carries_requests_gets_them_beside_its_rows(here, shop):
    provider = Provider(shop.url, {"shop": {"url": f"sqlite:///{shop.file}"}})
    contract = read_written(here / "web-shop.yaml", {})
    params = {
        "requests": [{"method": "GET", "path": "/customers/7"}],
        "captures": {"id": {"request": 0, "path": "$.id"}},
    }

    with brought_about(read_states("data/table.yaml"), provider, [contract]) as ways:
        assert ways["declared"].keys() == {"there are customers", "there are names"}
        states = StateServer(shop.url, ways)
        with states:
            asked = {"state": "there are names", "params": params, "action": "setup"}
            assert states.bring_about(asked) == {"id": 7}

    assert shop.count == 0


def test_rows_of_a_table_need_an_environment_with_databases(here, shop, capsys):
    code = main(["contract", "verify", "web-shop.yaml", "--provider", shop.url, "--states", "states.yaml"])

    assert code == 2
    assert "table.yaml puts customer into a table, and this provider has no databases" in capsys.readouterr().err


def test_a_file_of_states_with_a_wrong_data_spec_is_told_with_its_place(here):
    (here / "data/table.yaml").write_text(BY_TABLE.replace("full_name", "ful_name"))

    with pytest.raises(FileError, match=r"table\.yaml:4:"):
        read_states("states.yaml")
    with pytest.raises(FileError, match=r"nowhere\.yaml"):
        (here / "states.yaml").write_text("states: {a: {data: nowhere.yaml}}\n")
        read_states("states.yaml")
