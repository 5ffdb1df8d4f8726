"""Message contracts collected from what journeys send to and take from a queue."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import orjson
import pytest

from simulator.cli.contracts_of_run import CollectedContracts
from simulator.contract.messages import SeenMessage
from simulator.contract.pact.read import read_pact
from simulator.contract.seen import Seen
from simulator.contract.verification import ProviderOptions, verify_provider
from simulator.engine.contract.collecting import Exchanges
from simulator.record.cell import Cell
from tests.contract.conftest import simulator

JOURNEYS = """\
import gevent
from simulator import ApiUser, check, constant, journey


class Mailer(ApiUser):
    wait_time = constant(0.05)

    @journey(needs=["a shop"])
    def confirm(self):
        lines = [{"sku": "a", "n": 1}]
        order = {"id": self.number, "at": "2026-11-26T10:00:00Z", "password": "hunter2", "lines": lines}
        with self.step("place"):
            sent = self.queue("orders").send(order, headers={"tenant": f"t{self.number}", "x-api-key": "k3y"})
            order["id"] = "changed afterwards"
        with self.step("confirm"):
            got = self.queue("orders").receive(sent, within="10s")
            check(got.body["id"] == self.number and got.body["lines"][0]["n"] == 1, "another order")
            check(got.headers["tenant"] == f"t{self.number}", "another tenant")

    @journey
    def choose(self):
        with self.step("by fields"):
            self.queue("events").send({"kind": "paid", "user": self.number, "note": "x"})
            self.queue("events").receive({"kind": "paid", "user": self.number}, within="10s")
        with self.step("by a function"):
            self.queue("events").send({"kind": "gone", "user": self.number, "why": "y"})
            own = lambda message: message.body.get("why") == "y" and message.body["user"] == self.number
            self.queue("events").receive(own, within="10s")

    @journey
    def listen(self):
        with self.step("news"), self.queue("news").subscribe() as news:
            self.queue("news").send({"kind": "old", "title": "a"})
            self.queue("news").send({"kind": "new", "title": "b"})
            check(news.receive({"kind": "new"}, within="10s").body["title"] == "b", "no news")

    @journey
    def ask(self):
        def answer():
            asked = self.queue("prices").receive(within="10s")
            self.queue("prices").reply(asked, {"cents": asked.body["n"] * 2, "by": "me"})

        with self.step("ask"):
            other = gevent.spawn(answer)
            check(self.queue("prices").request({"n": 21, "why": "z"}, within="10s").body["cents"] == 42, "wrong")
            other.join()

    @journey(provides=["a shop"])
    def plain(self):
        self.queue("texts").send(b"no JSON")

    @journey
    def in_vain(self):
        sent = self.queue("bad").send({"n": 1})
        with self.step("wrong"):
            check(self.queue("bad").receive(sent, within="10s").body["n"] == 2, "it is one")
"""
QUEUES = ("orders", "events", "prices", "texts", "bad")


@pytest.fixture(scope="module")
def target():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def project(tmp_path_factory, target):
    folder = tmp_path_factory.mktemp("project")
    queues = {name: {"url": "memory://"} for name in QUEUES} | {"news": {"url": "memory://", "kind": "topic"}}
    here = {"host": target, "queues": queues}
    settings = {"environments": {"here": here}, "profiles": {"load": {
        "users": {"Mailer": 2}, "duration": "500ms", "validity": {"loop_lag": "60s"}}}}  # fmt: skip
    (folder / "simulator.yaml").write_text(json.dumps(settings))
    (folder / "journeys").mkdir()
    (folder / "journeys/mailer.py").write_text(JOURNEYS)
    return folder


@pytest.fixture(scope="module")
def collected(project):
    """What one pass over the journeys told, and the folder of its contracts."""
    ended = simulator("run", "--once", "--slots", "1", "--collect-contracts", "once", cwd=project)
    assert ended.returncode == 1, ended.stdout + ended.stderr  # `in_vain` fails
    return ended.stdout + ended.stderr, project / "once"


def named(path):
    return {each.description: each for each in read_pact(path).interactions}


def test_who_takes_a_message_is_its_consumer_and_relies_on_what_it_read(collected):
    _, folder = collected
    [taken] = named(folder / "Mailer-orders.json").values()

    assert taken.title == "message on orders (given a shop)"
    number = taken.message.contents.json["id"]
    assert taken.message.contents.json == {"id": number, "lines": [{"n": 1}]}
    assert taken.message.contents_rules.at(("$", "id")).matchers[0].kind == "integer"
    assert taken.message.metadata == {"contentType": "application/json", "tenant": f"t{number}"}
    evidence = taken.comments["simulator"]
    assert (evidence["samples"], evidence["share"], evidence["steps"]) == (1, 1.0, {"confirm": 1})
    assert evidence["lag_p95_s"] >= 0


def test_who_sends_a_message_is_its_provider_and_promises_all_of_it_but_secrets(collected):
    _, folder = collected
    [sent] = named(folder / "orders-Mailer.json").values()

    number = sent.message.contents.json["id"]
    assert sent.message.contents.json == {
        "id": number, "at": "2026-11-26T10:00:00Z", "password": "***", "lines": [{"sku": "a", "n": 1}],
    }  # fmt: skip
    assert sent.message.metadata == {"contentType": "application/json", "tenant": f"t{number}", "x-api-key": "***"}
    assert sent.message.contents_rules.at(("$", "at")).matchers[0].kind == "datetime"
    for path in folder.iterdir():
        assert "hunter2" not in path.read_text()
        assert "k3y" not in path.read_text()


def test_what_a_message_is_chosen_by_is_read(collected):
    _, folder = collected

    found = named(folder / "Mailer-events.json")

    assert {name: set(each.message.contents.json) for name, each in found.items()} == {
        "message on events with kind, note, user": {"kind", "user"},
        "message on events with kind, user, why": {"user", "why"},
    }


def test_what_was_passed_over_on_a_topic_is_not_relied_on(collected):
    _, folder = collected
    [taken], [sent] = named(folder / "Mailer-news.json").values(), named(folder / "news-Mailer.json").values()

    assert taken.message.contents.json == {"kind": "new", "title": "b"}
    assert (taken.comments["simulator"]["samples"], sent.comments["simulator"]["samples"]) == (1, 2)


def test_requests_and_their_answers_are_messages_of_both_sides(collected):
    _, folder = collected
    taken, sent = named(folder / "Mailer-prices.json"), named(folder / "prices-Mailer.json")

    assert {name: each.message.contents.json for name, each in taken.items()} == {
        "request on prices": {"n": 21}, "answer on prices": {"cents": 42},
    }  # fmt: skip
    assert {name: each.message.contents.json for name, each in sent.items()} == {
        "request on prices": {"n": 21, "why": "z"}, "answer on prices": {"cents": 42, "by": "me"},
    }  # fmt: skip


def test_what_failed_is_not_collected_and_what_is_no_json_is_told(collected):
    said, folder = collected

    assert not (folder / "Mailer-bad.json").exists()
    assert (folder / "bad-Mailer.json").exists()
    assert not (folder / "texts-Mailer.json").exists()
    assert "0 interactions, 1 exchanges beyond them (too many kinds, or no JSON)" in said


def test_workers_under_load_collect_as_well_and_the_official_core_reads_it(project, tmp_path):
    words = ["--select", "confirm", "--collect-contracts", "load", "--pact-version", "3", "--workers", "2"]
    ended = simulator("run", "--profile", "load", "--quiet", *words, cwd=project)
    assert ended.returncode == 0, ended.stdout + ended.stderr

    contract = read_pact(project / "load/Mailer-orders.json")
    plain = json.loads((project / "load/Mailer-orders.json").read_text())
    assert "interactions" not in plain
    assert [each["description"] for each in plain["messages"]] == ["message on orders"]

    pytest.importorskip("pact", reason="the official Pact core is not installed: pip install 'simulator[contract]'")
    (tmp_path / "shop_messages.py").write_text(
        "def made(description):\n    return {'id': 77, 'lines': [{'n': '3'}]}, {'tenant': 'de'}\n"
    )
    options = ProviderOptions(states={"declared": {"a shop": {}}}, messages="shop_messages:made", folder=tmp_path)
    [broken] = verify_provider(contract, None, options).broken
    assert [reason.split(":")[0] for reason in broken.reasons] == ["body $.lines[0].n"]


def exchanged(lag_s):
    """What a worker tells of one message, and of one request to a service that is called like the queue."""
    over_queue, over_http = Exchanges(), Exchanges()
    key = over_queue.collected.add_message(SeenMessage("message on shop", {"id": 1}, step="take"))
    over_queue.lags[key] = Cell()
    over_queue.lags[key].add_ok((lag_s,), ())
    over_http.collected.add(Seen("GET", "/", "/"))
    pairs = [[["Mailer", "shop"], over_queue], [["Mailer", "http://127.0.0.1:1"], over_http]]
    return orjson.loads(orjson.dumps([[pair, exchanges.to_plain()] for pair, exchanges in pairs]))


def test_what_workers_tell_adds_up_to_one_file_for_each_pair(tmp_path):
    environment = SimpleNamespace(urls={"shop": "http://127.0.0.1:1"})

    told = CollectedContracts(tmp_path, "4", environment).write([*exchanged(0.1), *exchanged(0.2)], {})

    assert told == [f"contract Mailer → shop: 2 interactions, {tmp_path / 'Mailer-shop.json'}"]
    found = {name: each.comments["simulator"] for name, each in named(tmp_path / "Mailer-shop.json").items()}
    assert found["GET /"]["samples"] == 2
    assert {**found["message on shop"], "lag_p95_s": 0, "lag_p95": ""} == {
        "samples": 2, "share": 1.0, "steps": {"take": 2}, "lag_p95_s": 0, "lag_p95": "",
    }  # fmt: skip
    assert found["message on shop"]["lag_p95_s"] == pytest.approx(0.2, rel=0.02)
