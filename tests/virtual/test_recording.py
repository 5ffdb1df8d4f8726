import http.server
import json
import signal
import socket
import urllib.request
from uuid import uuid4

import pytest

from simulator.virtual.answer import Answer
from simulator.virtual.exchange import Exchange
from simulator.virtual.fold import fold
from simulator.virtual.latency import Recorded
from simulator.virtual.request import Request
from simulator.virtual.service import Service
from simulator.virtual.stub_file import stub_file_of
from simulator.virtual.yaml_form import as_yaml
from tests.serving import serving

JSON = (("Content-Type", "application/json"),)


def exchange(method, target, asked=None, given=None, *, status=200, headers=JSON, took_s=0.01, in_flight=1):
    body = b"" if asked is None else json.dumps(asked).encode()
    answer = given if isinstance(given, bytes) else json.dumps(given).encode()
    return Exchange(Request(method, target, {}, body), Answer(status, headers, answer), took_s, in_flight)


def replayed(*exchanges, folder):
    folded = fold(exchanges, "recorded", "files")
    (folder / "files").mkdir(exist_ok=True)
    for name, content in folded.files.items():
        (folder / "files" / name).write_bytes(content)
    return Service(stub_file_of(folded.plain, "recorded.yaml", folder))


def test_equal_exchanges_fold_into_one_stub(tmp_path, ask):
    made = replayed(
        *[exchange("GET", "/a?b=1", None, {"n": 1})] * 5, exchange("GET", "/a", None, {"n": 0}), folder=tmp_path
    )

    assert len(made.file.stubs) == 2
    assert json.loads(ask(made, "GET", "/a?b=1").answer.body) == {"n": 1}
    assert json.loads(ask(made, "GET", "/a").answer.body) == {"n": 0}


def test_different_answers_come_in_turn(tmp_path, ask):
    made = replayed(*[exchange("GET", "/a", None, {"n": n}) for n in (1, 2, 1, 2)], folder=tmp_path)

    assert [json.loads(ask(made, "GET", "/a").answer.body)["n"] for _ in range(5)] == [1, 2, 1, 2, 1]


def test_the_turns_of_users_that_were_recorded_together_are_kept_apart(tmp_path, ask):
    def seen(user, n):
        made = exchange("GET", "/cart", None, {"n": n})
        request = Request("GET", "/cart", {"x-simulator-user": user})
        return Exchange(request, made.answer, made.response_s, made.in_flight)

    made = replayed(seen("a", 0), seen("b", 0), seen("a", 1), seen("a", 2), seen("b", 1), folder=tmp_path)
    turns = [(user, json.loads(ask(made, "GET", "/cart", X_Simulator_User=user).answer.body)["n"]) for user in "cdccd"]

    assert turns == [("c", 0), ("d", 0), ("c", 1), ("c", 2), ("d", 1)]


def test_identifiers_are_made_anew_and_echoed(tmp_path, ask):
    def order(number):
        return [
            exchange("POST", "/orders", {"product": 7}, {"id": number, "product": 7, "state": "new"}, status=201),
            exchange("GET", f"/orders/{number}", None, {"id": number, "product": 7}),
        ]

    made = replayed(*order(str(uuid4())), *order(str(uuid4())), folder=tmp_path)
    created = ask(made, "POST", "/orders", '{"product": 7}')
    number = json.loads(created.answer.body)["id"]

    assert len(made.file.stubs) == 2
    assert created.answer.status == 201
    assert json.loads(ask(made, "GET", f"/orders/{number}").answer.body) == {"id": number, "product": 7}
    assert json.loads(ask(made, "POST", "/orders", '{"product": 7}').answer.body)["id"] != number


def test_pages_echo_what_their_address_says_and_other_bodies_stay_as_they_are(tmp_path, ask):
    page, picture = (("Content-Type", "text/html"),), (("Content-Type", "image/png"),)
    made = replayed(
        exchange("GET", "/orders/abcdef123456", None, b"<h1>abcdef123456</h1>", headers=page),
        exchange("GET", "/logo.png", None, b"\x89PNG\0", headers=picture), folder=tmp_path,
    )  # fmt: skip

    assert ask(made, "GET", "/orders/fedcba654321").answer.body == b"<h1>fedcba654321</h1>"
    logo = ask(made, "GET", "/logo.png").answer
    assert (logo.body, logo.header("content-type")) == (b"\x89PNG\0", "image/png")


@pytest.mark.fault(31, "secrets in recorded traffic", "neither kept nor asked for")
def test_secrets_are_neither_kept_nor_asked_for(tmp_path, ask):
    login = exchange("POST", "/login?api_key=k-hidden", {"user": "ada", "password": "pa-hidden"},
                     {"token": "to-hidden", "user": "ada"},
                     headers=(*JSON, ("Set-Cookie", "session=co-hidden; Path=/"),
                              ("X-Auth-Token", "he-hidden")))  # fmt: skip

    folded = fold([login], "recorded", "files")
    made = replayed(login, folder=tmp_path)
    plan = ask(made, "POST", "/login?api_key=other", '{"user": "ada", "password": "another"}')

    assert "hidden" not in as_yaml(folded.plain)
    assert json.loads(plan.answer.body) == {"token": "***", "user": "ada"}
    assert "session=" in plan.answer.header("set-cookie")
    assert plan.answer.header("set-cookie").endswith("; Path=/")


def test_texts_that_look_like_something_else_come_back_as_they_were(tmp_path, ask):
    value = {
        "a": "5",
        "b": "1e5",
        "c": "null",
        "d": "${HOME}",
        "e": 1.5,
        "f": None,
        "g": "",
        "h": [],
        "i": {"equals": "x"},
    }
    made = replayed(exchange("POST", "/a", value, value), folder=tmp_path)

    assert json.loads(ask(made, "POST", "/a", json.dumps(value)).answer.body) == value


def test_the_latency_of_each_endpoint_is_kept_by_load(tmp_path):
    quick = [exchange("GET", "/a", None, 1, took_s=0.01 + n / 1e5) for n in range(100)]
    loaded = [exchange("GET", "/a", None, 1, took_s=0.08, in_flight=9) for _ in range(100)]
    few = [exchange("GET", "/a", None, 1, took_s=0.5, in_flight=70)]

    [stub] = replayed(*quick, *loaded, *few, folder=tmp_path).file.stubs

    assert isinstance(stub.latency, Recorded)
    assert stub.latency.levels == (1, 8)
    assert stub.latency.quantiles_s[0][20] == pytest.approx(0.0105, rel=0.01)
    assert stub.latency.quantiles_s[1][-1] == 0.5


def test_replayed_times_have_the_recorded_median_and_tail(tmp_path, ask):
    times_s = [0.02 * (1 + (n * 7919 % 1000) / 500) for n in range(1000)]
    made = replayed(*[exchange("GET", "/a", None, 1, took_s=took_s) for took_s in times_s], folder=tmp_path)

    drawn_s = sorted(ask(made, "GET", "/a").delay_s for _ in range(5000))

    for q in (0.5, 0.95):
        assert drawn_s[int(5000 * q)] == pytest.approx(sorted(times_s)[int(1000 * q)], rel=0.02)


class Real(http.server.BaseHTTPRequestHandler):
    """The real service: echoes, redirects to itself by its whole address, and breaks off at `/broken`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/broken":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = self.path.encode()
        self.send_response(302 if self.path == "/old" else 200)
        if self.path == "/old":
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/new")
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def real():
    with serving(Real) as url:
        yield url


def fetched(url):
    return urllib.request.urlopen(url, timeout=10).read()


def test_a_recording_answers_as_the_recorded_service_did(run, real, tmp_path):
    recorder = run("record", "--target", real, "--out", "made/stubs.yaml")
    assert fetched(f"{recorder.url}/old") == b"/new"  # the redirect led to the proxy, not past it
    assert fetched(f"{recorder.url}/a?b=c") == b"/a?b=c"
    out, err = recorder.stop(signal.SIGINT)
    assert recorder.process.returncode == 0, err
    assert "3 exchanges in 3 stubs" in out

    replay = run("serve", "made/stubs.yaml")

    assert fetched(f"{replay.url}/old") == b"/new"
    assert fetched(f"{replay.url}/a?b=c") == b"/a?b=c"
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["stubs.files", "stubs.yaml"]


def test_hostile_and_unknown_traffic_does_not_stop_a_recording(run, real):
    recorder = run("record", "--target", real, "--out", "stubs.yaml")
    for nonsense in (b"\x16\x03\x01", b"GET / HTTP/1.1\r\nA: " + b"x" * 100_000, b"\r\n\r\nxx\r\n"):
        with socket.create_connection(("127.0.0.1", recorder.port), timeout=5) as sock:
            sock.sendall(nonsense)
    with pytest.raises(urllib.error.HTTPError, match="502"):
        fetched(f"{recorder.url}/broken")

    assert fetched(f"{recorder.url}/fine") == b"/fine"
    assert "1 exchanges in 1 stubs: stubs.yaml, 1 not kept" in recorder.stop(signal.SIGINT)[0]


def test_a_cancelled_recording_leaves_nothing_and_harms_no_earlier_one(run, real, tmp_path):
    (tmp_path / "stubs.yaml").write_text("stubs: []")
    recorder = run("record", "--target", real, "--out", "stubs.yaml")
    fetched(f"{recorder.url}/a")

    out, _ = recorder.stop(signal.SIGQUIT)

    assert "cancelled; nothing was written" in out
    assert [path.name for path in tmp_path.iterdir()] == ["stubs.yaml"]
    assert (tmp_path / "stubs.yaml").read_text() == "stubs: []"


def test_a_recording_of_nothing_is_an_error_and_writes_nothing(run, real, tmp_path):
    recorder = run("record", "--target", real, "--out", "stubs.yaml")

    _, err = recorder.stop(signal.SIGINT)

    assert recorder.process.returncode == 2
    assert "nothing was recorded" in err
    assert list(tmp_path.iterdir()) == []
