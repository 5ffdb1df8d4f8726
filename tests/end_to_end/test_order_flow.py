"""The shop's whole order flow over HTTP, RabbitMQ, Redis and PostgreSQL; a minute of it is in benchmarks/services."""

import signal
import time

import psycopg
import pytest

from benchmarks.services.project import written
from simulator.data.ledger import read_ledger

USERS = 50


@pytest.fixture
def flow(project, postgresql, rabbitmq, redis_server):
    database = postgresql.database("order_flow")
    written(project.folder, database=database, amqp=rabbitmq.url, redis=redis_server.url, users=USERS, duration="5s")
    # a shared machine may be slow; how slow is for the benchmark to say
    limits = (project.folder / "thresholds/orders.yaml").read_text().splitlines(keepends=True)
    project.write("thresholds/orders.yaml", "".join(line for line in limits if "p95" not in line))
    journeys = (project.folder / "journeys/order_flow.py").read_text()
    project.write("journeys/order_flow.py", journeys.replace("constant(0.2)", "constant(0.5)"))
    project.database = database
    return project


def counts(database):
    with psycopg.connect(database) as connection:
        return [connection.execute(f"select count(*) from {t}").fetchone()[0] for t in ("orders", "payments")]


def test_nothing_is_lost_or_crossed_and_nothing_is_left(flow):
    ended = flow.run("run", "--quiet")

    document = flow.document()
    assert (ended.code, document["verdict"], document["errors"]) == (0, "passed", []), ended.out + ended.err
    results = {ruling["name"]: ruling for ruling in document["thresholds"] if ruling["name"]}
    assert {ruling["result"] for ruling in results.values()} == {"pass"}
    assert results["a paid order has a payment"]["count"] > 1  # asked during the load as well
    rows = {row["name"]: row for row in document["series"] if row["level"] == "operation" and row["phase"] is None}
    assert rows["receive paid"]["count"] > USERS
    assert rows["order and payment: publish to visible"]["errors"] == 0
    assert counts(flow.database) == [0, 0]
    assert read_ledger(flow.runs()[-1] / "created.jsonl").done


def test_the_same_flow_without_any_python(flow):
    ended = flow.run("run", "--once", "--quiet", "--select", "PlainBuyer.*")

    [outcome] = flow.document()["outcomes"]
    assert (outcome["item"], outcome["result"]) == ("PlainBuyer.buy in plain words", "passed"), ended.out
    assert counts(flow.database) == [0, 0]


def test_a_run_that_is_killed_in_the_middle_leaves_nothing_either(flow):
    process = flow.start("run", "--quiet", "--duration", "60s")
    deadline_s = time.monotonic() + 60
    while not flow.runs() or len(read_ledger(flow.runs()[-1] / "created.jsonl").created) < 100:
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert counts(flow.database)[0] > 0
    run = flow.runs()[-1]

    cleaned = flow.run("data", "clean", run)

    assert cleaned.code == 0, cleaned.out + cleaned.err
    assert counts(flow.database) == [0, 0]
    assert "taken away already" in flow.run("data", "clean", run).out
    assert flow.run("run", "--once", "--quiet", "--select", "Buyer.*").code in (0, 1)  # stops what was left running
