"""Databases, queues, WebSocket, Server-Sent Events and gRPC as steps, against real servers, as a user has them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.record.folder import RunFolder

HERE = Path(__file__).parent
JOURNEYS = """
from simulator import ApiUser, check, constant, journey


class Anyone(ApiUser):
    wait_time = constant(0.01)

    @journey
    def database(self):
        db = self.db("one")
        key = f"{self.number}-{self.now()}"
        with self.step("write"):
            db.execute("create table if not exists things (id varchar(60) primary key, n integer)")
            with db.transaction() as transaction:
                transaction.execute("insert into things values (:id, :n)", {"id": key, "n": 3})
                transaction.execute("update things set n = 4 where id = :id", {"id": key})
        with self.step("injected"):
            found = db.execute("select count(*) as n from things where id = :id", {"id": "x' or '1'='1"})
            check(found.value() == 0, "a value was taken for SQL")
        with self.step("read"):
            db.expect_rows("select n from things where id = :id", {"id": key}, rows=[{"n": 4}])
            db.eventually("select n from things where id = :id", {"id": key}, rows=[{"n": 4}], since=self.now())
        with self.step("too late", continue_on_failure=True):
            db.eventually("select n from things where id = :id", {"id": key}, rows=[{"n": 5}], within="100ms")
        with self.step("taken back", continue_on_failure=True):
            with db.transaction() as transaction:
                transaction.execute("insert into things values (:id, 9)", {"id": key + "x"})
                transaction.execute("insert into things values (:id, 9)", {"id": key})
        with self.step("still clean"):
            db.expect_rows("select n from things where id = :id", {"id": key + "x"}, count=0)

    @journey
    def pass_messages(self):
        body = {"ref": f"{self.number}-{self.now()}", "user": self.number}
        with self.step("send"):
            sent = self.queue("one").send(body)
        with self.step("receive"):
            got = self.queue("one").receive(sent, within="10s")
            check(got.body == body, f"{got.body} is not for {self.number}")
            check(got.lag_s is not None and got.lag_s >= 0, "no lag")

    @journey
    def topic(self):
        with self.step("publish"):
            with self.queue("topic").subscribe() as events:
                self.queue("topic").send({"user": self.number})
                check(events.receive({"user": self.number}, within="10s").body == {"user": self.number}, "crossed")

    @journey
    def ask(self):
        import gevent

        def answer():
            asked = self.queue("asked").receive(within="10s")
            self.queue("asked").reply(asked, {"twice": asked.body["n"] * 2})

        with self.step("ask"):
            other = gevent.spawn(answer)
            check(self.queue("asked").request({"n": 21}, within="10s").body == {"twice": 42}, "wrong answer")
            other.join()

    @journey
    def bytes_go_through(self):
        with self.step("bytes"):
            self.queue("one").send(b"\\xff\\x00 no text")
            check(self.queue("one").receive(within="10s").body == b"\\xff\\x00 no text", "other bytes")

    @journey
    def nothing_comes(self):
        with self.step("wait"):
            self.queue("one").receive("nobody sends this", within="50ms")

    @journey
    def streams(self):
        with self.step("websocket"), self.websocket("/ws") as socket:
            socket.send({"user": self.number})
            check(socket.receive({"user": self.number}) == {"user": self.number}, "no echo")
        with self.step("events"), self.events("/events") as events:
            event = events.receive({"n": 3}, type="tick")
            check((event.data, event.id) == ({"n": 3}, "3"), str(event))
        with self.step("no stream", continue_on_failure=True), self.events("/nothing"):
            pass

    @journey
    def grpc_calls(self):
        import json
        ask = self.grpc("127.0.0.1:" + open("grpc.port").read()).unary_unary("/shop.Prices/Price")
        with self.step("ask"):
            check(ask(b"lamp") == b"price of lamp", "wrong price")
        with self.step("ask in vain"):
            ask(b"nothing")
"""


@pytest.fixture
def services(project):
    """Writes a project with these databases and queues."""

    def written(databases=None, queues=None):
        project.write("journeys/anyone.py", JOURNEYS)
        settings = {
            "environments": {"here": {
                "services": {"web": {
                    "command": f"{sys.executable} {HERE / 'services.py'} {{port}} {project.folder}/grpc.port",
                    "ready": {"http": "/"},
                }},
                "host": "{web.url}", "databases": databases or {}, "queues": queues or {},
            }},
        }  # fmt: skip
        project.write("simulator.yaml", json.dumps(settings))
        return project

    return written


def outcomes(project, select):
    ended = project.run("run", "--once", "--quiet", "--select", select)
    document = project.document()
    return ended, {outcome["item"].split(".")[1]: outcome for outcome in document["outcomes"]}, document


def operations(document):
    return {
        row["name"]: row
        for row in document["series"]
        if row["level"] == "operation" and row["name"] and row["phase"] is None
    }


@pytest.mark.parametrize("server", ["sqlite", "postgresql", "mariadb"])
def test_a_database(services, server, request, tmp_path):
    if server == "sqlite":
        url = "sqlite:///shop.db"
    else:
        url = request.getfixturevalue(server)
        url = url.database("services") if server == "postgresql" else url.url
    project = services(databases={"one": {"url": url, "timeout": "5s"}})

    _, found, document = outcomes(project, "database")

    errors = {(error["step"], error["class"]) for error in document["errors"]}
    assert errors == {("too late", "not in time"), ("taken back", "integrity")}
    assert found["database"]["result"] == "failed"  # two of its steps are meant to fail
    seen = operations(document)
    assert seen["select n from things where id = :id: publish to visible"]["kind"] == "database"
    assert all(row["count"] for row in seen.values())


@pytest.mark.parametrize("kind", ["memory", "rabbitmq", "redis list", "redis stream"])
def test_a_hundred_messages_reach_those_for_whom_they_are(services, kind, request):
    queue = {
        "memory": lambda: {"url": "memory://"},
        "rabbitmq": lambda: {"url": request.getfixturevalue("rabbitmq").url, "name": "services"},
        "redis list": lambda: {"url": request.getfixturevalue("redis_server").url, "correlation": "ref"},
        "redis stream": lambda: {"url": request.getfixturevalue("redis_server").url, "kind": "stream", "name": "s"},
    }[kind]()
    project = services(queues={"one": queue})

    words = ["--users", "100", "--iterations", "300", "--select", "pass_messages", "--quiet"]
    ended = project.run("run", *words)

    document = project.document()
    seen = operations(document)
    assert document["errors"] == [], ended.out + ended.err
    assert ended.code in (0, 4)  # a machine that stalls makes a run invalid, not wrong
    assert seen["send one"]["count"] == 300
    lag, received = seen["one: publish to visible"], seen["receive one"]
    assert lag["count"] == received["count"] == 300
    assert {row["kind"] for row in seen.values()} == {"message"}


@pytest.mark.parametrize("server", ["rabbitmq", "redis_server"])
def test_a_topic_is_for_all_who_listen(services, server, request):
    url = request.getfixturevalue(server).url
    project = services(queues={"topic": {"url": url, "kind": "topic", "name": "news"}})

    _, found, document = outcomes(project, "topic")

    assert found["topic"]["result"] == "passed", document["errors"]


def test_a_request_is_answered(services, rabbitmq):
    project = services(queues={"asked": {"url": rabbitmq.url, "name": "asked"}, "one": "memory://"})

    _, found, document = outcomes(project, "ask or nothing_comes")

    assert found["ask"]["result"] == "passed", document["errors"]
    assert found["nothing_comes"]["reason"] == "wait: timeout: nothing of that kind came within 0.05 s"


def test_kafka(services):
    cluster = subprocess.Popen(
        [sys.executable, str(HERE / "kafka_mock.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        address = cluster.stdout.readline().strip()
        project = services(queues={"one": f"kafka://{address}"})

        _, found, document = outcomes(project, "pass_messages")

        assert found["pass_messages"]["result"] == "passed", document["errors"]
    finally:
        cluster.communicate()


def test_websocket_events_and_grpc(services):
    _, found, document = outcomes(services(), "streams or grpc_calls")

    errors = {(error["step"], error["class"]) for error in document["errors"]}
    assert errors == {("no stream", "refused"), ("ask in vain", "grpc not found")}
    seen = operations(document)
    assert {"WS open /ws", "WS send /ws", "WS receive /ws", "SSE open /events", "SSE receive /events"} <= set(seen)
    assert seen["gRPC shop.Prices/Price"]["kind"] == "call"


def test_what_cannot_be_reached_is_told_with_the_way_out(services):
    project = services(
        databases={"one": "postgresql://nobody@127.0.0.1:1/none"}, queues={"one": "amqp://127.0.0.1:1//"}
    )

    _, found, document = outcomes(project, "database or pass_messages or topic")

    classes = {error["journey"]: error["class"] for error in document["errors"]}
    assert classes["database"] == "refused"
    assert classes["pass_messages"] == "refused"
    assert "there is no queue 'topic'" in found["topic"]["reason"]


@pytest.mark.parametrize("server", ["memory", "rabbitmq"])
def test_bytes_that_are_no_text_go_through(services, server, request):
    url = "memory://" if server == "memory" else request.getfixturevalue(server).url
    project = services(queues={"one": {"url": url, "name": "bytes"}, "asked": {"url": "memory://"}})

    _, found, document = outcomes(project, "bytes_go_through")

    assert document["errors"] == []
    assert found["bytes_go_through"]["result"] == "passed"


def test_evidence_of_a_message_is_kept(services):
    project = services(queues={"one": "memory://"})
    project.write("journeys/anyone.py", JOURNEYS.replace("got.body == body", "got.body == 'something else'"))

    outcomes(project, "pass_messages")

    kept = list((RunFolder(project.runs()[-1]).path / "evidence").glob("*message.txt"))
    assert len(kept) == 1
    assert "'user': 0" in kept[0].read_text()
