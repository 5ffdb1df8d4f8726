import http.client
import json
import signal
import socket
import threading
import time
import urllib.request

import pytest

from simulator.errors import UsageError
from simulator.virtual.remote import Remote

STUBS = """
    strict: true
    stubs:
      - {name: a, request: {method: GET, path: /a}, answer: {json: {n: 1, text: abcdefghijklmnopqrstuvwxyz}}}
      - {name: echo, request: {method: POST, path: /echo}, answer: {body: "{request.body}"}}
      - {name: unused, request: {path: /unused}}
    behaviours:
      narrow: {concurrency: 1, queue: 1, latency: 300 ms}
      trickle: {throughput: 1 KB/s}
      short: {fault: timeout, after: 200 ms}
      drops: {fault: drip, over: 200 ms, pieces: 4}
"""


@pytest.fixture
def payments(run, write):
    return run("serve", write(STUBS))


def get(running, path="/a", timeout=10):
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def raw(running, content):
    """Everything that comes back until the other side closes."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(content)
        found = b""
        while piece := sock.recv(65536):
            found += piece
        return found


def test_a_connection_serves_many_requests_also_sent_at_once(payments):
    asked = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n" * 2 + b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert raw(payments, asked).count(b"HTTP/1.1 200 OK") == 3


def test_bodies_come_whole_in_whatever_way_they_are_sent(payments):
    body = b"x" * 200_000
    asked = urllib.request.Request(f"{payments.url}/echo", data=iter([body[:70_000], body[70_000:]]))

    assert urllib.request.urlopen(asked, timeout=10).read() == body


def test_a_head_request_gets_no_body(run, write):
    running = run("serve", write("stubs: [{answer: {body: hello}}]"))

    answer = raw(running, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert b"Content-Length: 5" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "nonsense", [b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"\0" * 100]
)
@pytest.mark.fault("control", "a virtual service is sent nonsense", "refused, and it goes on")
def test_nonsense_is_refused_and_the_service_goes_on(payments, nonsense):
    assert b" 400 " in raw(payments, nonsense)
    assert get(payments)[0] == 200


def test_a_reset_is_a_reset(payments):
    payments.remote.switch(["reset"])

    with pytest.raises(ConnectionResetError):
        raw(payments, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")


def test_an_empty_answer_is_empty(payments):
    payments.remote.switch(["empty"])

    assert raw(payments, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n") == b""


def test_a_truncated_answer_promises_more_than_comes(payments):
    payments.remote.switch(["truncated"])

    with pytest.raises(http.client.IncompleteRead):
        get(payments)


def test_a_timeout_says_nothing_while_others_are_answered(payments):
    payments.remote.switch(["timeout"])
    with pytest.raises(TimeoutError):
        get(payments, timeout=0.2)
    payments.remote.switch([])

    assert get(payments)[0] == 200


def test_a_timeout_can_end_by_itself(payments):
    payments.remote.switch(["short"])

    assert raw(payments, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n") == b""


def test_a_drip_brings_everything_in_pieces(payments):
    payments.remote.switch(["drops"])
    pieces = []
    with socket.create_connection(("127.0.0.1", payments.port), timeout=10) as sock:
        sock.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while piece := sock.recv(65536):
            pieces.append(piece)

    assert len(pieces) > 1
    assert json.loads(b"".join(pieces).partition(b"\r\n\r\n")[2])["n"] == 1


def test_throughput_is_limited(payments):
    payments.remote.switch(["trickle"])
    began_s = time.monotonic()
    status, body = get(payments)

    assert (status, json.loads(body)["n"]) == (200, 1)
    assert time.monotonic() - began_s >= 0.1  # about 140 bytes at 1000 a second: a bound from below, which holds always


def test_beyond_the_limit_requests_wait_and_beyond_the_queue_they_are_refused(payments):
    payments.remote.switch(["narrow"])
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(get(payments)[0])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200, 200, 503, 503]


def test_what_was_asked_is_told_once_by_operation_and_phase(payments):
    payments.remote.switch([], "steady")
    get(payments)
    get(payments, "/nothing")
    payments.remote.switch(["error"], "outage")
    get(payments)

    taken, again = payments.remote.take(), payments.remote.take()

    rows = {(row["name"], row["phase"]): (len(row["ok_s"]), len(row["failed_s"])) for row in taken["operations"]}
    assert rows == {("GET /a", "steady"): (1, 0), ("(unmatched)", "steady"): (0, 1), ("GET /a", "outage"): (0, 1)}
    assert [miss["name"] for miss in taken["misses"]] == ["GET /nothing"]
    assert again["operations"] == []


def test_the_journal_keeps_the_last_requests_and_reset_forgets_them(payments):
    get(payments)
    urllib.request.urlopen(f"{payments.url}/echo", data=b"hello", timeout=10).read()
    journal = payments.remote.journal()
    status = payments.remote.status()
    payments.remote.reset()

    assert [(entry["method"], entry["target"], entry["body"]) for entry in journal] == [
        ("GET", "/a", ""), ("POST", "/echo", "hello")]  # fmt: skip
    assert status["unused"] == ["unused"]
    assert payments.remote.status()["requests"] == 0


@pytest.mark.fault(
    "control", "somebody finds the control port of a virtual service", "it listens on loopback, and needs a token"
)
def test_control_needs_the_token(payments):
    with pytest.raises(UsageError, match="token"):
        Remote("x", payments.control_url, "guess").status()


def test_an_unknown_behaviour_is_refused_over_the_wire_too(payments):
    with pytest.raises(UsageError) as caught:
        payments.remote.switch(["narow"])
    assert caught.value.hint == "did you mean 'narrow'?"


def test_stopped_it_names_the_stubs_that_were_never_used(payments):
    get(payments)

    out, _ = payments.stop(signal.SIGINT)

    assert payments.process.returncode == 0
    assert "never used: unused" in out
    assert "never used: a" not in out


def test_a_file_with_mistakes_is_refused_before_anything_listens(run, write):
    with pytest.raises(AssertionError, match="unknown key 'stbus'"):
        run("serve", write("stbus: []"))
