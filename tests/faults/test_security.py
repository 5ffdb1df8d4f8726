"""Nobody is let in, nothing leaks, and nobody is loaded by mistake."""

import base64
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import quote

import msgpack
import psutil
import pytest
import yaml
import zmq

from simulator.allowed import host_of, is_allowed
from simulator.cli.permission import may_load
from simulator.engine.key import VARIABLE, lock
from simulator.errors import UsageError
from simulator.foreign_yaml import load_foreign_yaml
from simulator.plan.cast import Cast, UserSpec
from simulator.plan.environment import EnvironmentSpec, ServiceSpec
from tests.processes import command

fault = pytest.mark.fault
LOCAL = "http://127.0.0.1:1"
CANARY = "C4n/ary+s3cret&here"

CALL = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0.05)

    @journey
    def call(self):
        self.client.get("/wait/5", name="/wait")
"""


@pytest.fixture
def caller(patient_project):
    patient_project.write("journeys/caller.py", CALL)
    return patient_project


def allow(project, *hosts):
    text = (project.folder / "simulator.yaml").read_text()
    project.write("simulator.yaml", f"allowed_hosts: [{', '.join(hosts)}]\n{text}")


ONE = ("--users", 1, "--duration", "1s")


@fault("hosts", "a run would load a host that is neither this machine nor in `allowed_hosts`", "without a terminal "
       "exit 2, before anything is sent")  # fmt: skip
def test_a_host_that_nobody_listed_is_not_loaded(caller):
    ended = caller.run("run", "--host", "http://shop.invalid", *ONE)
    assert ended.code == 2, ended.out
    assert "shop.invalid is neither on this machine nor among the allowed hosts" in ended.err
    assert "allowed_hosts: [shop.invalid]" in ended.err
    assert caller.runs() == []


@fault("hosts", "an environment, a user class, a proxy or a database names such a host", "likewise")
@pytest.mark.parametrize(
    ("environment", "host"),
    [
        (EnvironmentSpec("", "https://192.0.2.1:8080/"), "192.0.2.1"),
        (EnvironmentSpec("", "http://[2001:db8::1]"), "2001:db8::1"),
        (EnvironmentSpec("", "http://127.0.0.1.shop.invalid"), "127.0.0.1.shop.invalid"),
        (EnvironmentSpec("", "http://127.0.0.1@shop.invalid"), "shop.invalid"),
        (EnvironmentSpec("", "{shop.url}", (ServiceSpec("shop", url="http://shop.invalid"),)), "shop.invalid"),
        (EnvironmentSpec("", LOCAL, (ServiceSpec("slow", proxy="shop.invalid:5432"),)), "shop.invalid"),
        (EnvironmentSpec("", LOCAL, databases={"x": {"url": "postgresql://me:secret@shop.invalid/x"}}), "shop.invalid"),
        (EnvironmentSpec("", LOCAL, queues={"x": {"url": "amqp://shop.invalid"}}), "shop.invalid"),
        (EnvironmentSpec("", ""), "class.invalid"),
    ],
)
def test_hosts_from_everywhere_are_looked_at(environment, host):
    cast = Cast((UserSpec("Caller", "api", "caller.py", host="http://class.invalid"),), {})
    with pytest.raises(UsageError) as refused:
        may_load(environment, cast, ["good.test"], ask=lambda question: False)
    assert host in str(refused.value)
    assert "secret" not in str(refused.value)
    assert may_load(environment, cast, [host]) == (host,)


def test_this_machine_may_always_be_loaded():
    for host in ("localhost", "shop.localhost", "127.0.0.1", "127.8.8.8", "[::1]", "LOCALHOST."):
        assert is_allowed(host, ())
    for host in ("localhost.test", "127.0.0.1.test", "0.0.0.0", "notlocalhost", "::2", ""):
        assert not is_allowed(host, ())
    assert is_allowed("a.shop.test", ["*.shop.test"])
    assert not is_allowed("shop.test.evil", ["*.shop.test", "shop.test"])


@fault("hosts", "the host is listed, also by a pattern", "the run goes there")
def test_a_listed_host_may_be_loaded(caller):
    allow(caller, '"*.invalid"')
    ended = caller.run("run", "--host", "http://shop.invalid", *ONE)
    assert ended.code == 3
    assert "cannot be resolved" in ended.err


@fault("hosts", "somebody sits at the terminal", "is asked; only a `yes` goes on")
@pytest.mark.parametrize(("answer", "code"), [("y", 3), ("", 2)])
def test_at_a_terminal_a_person_is_asked(caller, answer, code):
    terminal, inner = os.openpty()
    command = caller.command("run", "--host", "http://shop.invalid", *ONE)
    process = subprocess.Popen(command, cwd=caller.folder, env=caller.environ, stdin=inner, stdout=inner, stderr=inner)
    os.close(inner)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, f"{answer}\n".encode())
    assert process.wait(60) == code
    os.close(terminal)


@fault("hosts", "a good target redirects to another host, or a journey asks it", "the operation fails as `not "
       "allowed`, nothing is sent")  # fmt: skip
def test_neither_redirects_nor_journeys_leave_the_allowed_hosts(caller, target):
    with socket.create_server(("127.0.0.2", 0)) as elsewhere:
        elsewhere.setblocking(False)
        port = elsewhere.getsockname()[1]
        there = f"elsewhere.invalid:{port}"
        caller.write("journeys/caller.py", CALL.replace('get("/wait/5", name="/wait")', f'get("/to/{there}/x")') + f"""
    @journey
    def stray(self):
        self.client.get("http://{there}/y")
""")  # fmt: skip
        caller.run("run", "--host", target.url, *ONE)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    document = caller.document()
    assert {row["class"] for row in document["errors"]} == {"not allowed"}
    assert document["series"][0]["errors"] == document["series"][0]["count"]
    assert {path for _, path, _ in target.seen()} <= {f"/to/{there}/x"}


SELF = "0.0.0.0"
"""This machine under a name that counts as another's: what is sent there arrives here."""

WAYS = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0.05)

    @journey
    def stray(self):
        with self.step("websocket", continue_on_failure=True), self.websocket("ws://{there}/a", within="1s"):
            pass
        with self.step("led on", continue_on_failure=True), self.websocket("/to/{there}/b", within="1s"):
            pass
        with self.step("events", continue_on_failure=True), self.events("http://{there}/c", within="1s"):
            pass
        for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
            call = getattr(self.grpc("dns:///{there}", within="1s"), kind)("/shop.Prices/" + kind)
            with self.step(kind, continue_on_failure=True):
                list(call(iter([b"lamp"]) if kind.startswith("stream") else b"lamp"))
"""
OPENED = {"WS open /a": "message", "WS open /to/{there}/b": "message", "SSE open /c": "message"}
CALLED = {
    f"gRPC shop.Prices/{kind}": "call" for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
}

IN_BROWSERS = """
from simulator import BrowserUser, constant, journey

class Caller(BrowserUser):
    wait_time = constant(0.05)

    def on_start(self):
        self.client.get("http://{there}/a", timeout=1)

    @journey
    def stray(self, page):
        with self.step("client", continue_on_failure=True):
            self.client.get("http://{there}/b", timeout=1)
        with self.step("led on", continue_on_failure=True):
            self.client.get("/to/{there}/c", name="led on", timeout=1)
        with self.step("page", continue_on_failure=True):
            page.goto("http://{there}/d", timeout=1000)
        with self.step("home"):
            page.goto("/page/0")
            self.client.post("/to/{home}/wait/1", data="x", name="home")
"""
FIELDS = ("--once",), ("--users", 1, "--iterations", 1), ("--users", 1, "--iterations", 1, "--workers", 1)


@contextmanager
def listening():
    """A server that answers nobody; its address under the name that counts as another's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server, f"{SELF}:{server.getsockname()[1]}"


def refusals(document, level):
    """Name -> kind of those series of which all failed."""
    rows = [row for row in document["series"] if row["level"] == level and row["phase"] is None and row["step"]]
    return {row["name"] or row["step"]: row["kind"] for row in rows if 0 < row["count"] == row["errors"]}


def refused(document):
    assert {row["class"] for row in document["errors"]} == {"not allowed"}
    assert all(f"{SELF} is not among the allowed_hosts of simulator.yaml; nothing was sent" in row["message"]
               for row in document["errors"])  # fmt: skip


@fault("hosts", "a journey opens a WebSocket or a stream of events elsewhere, is led there, or calls gRPC there",
       "each is a failed operation, `not allowed`, also on workers; nothing is sent")  # fmt: skip
@pytest.mark.parametrize("words", FIELDS)
def test_neither_sockets_nor_streams_nor_calls_leave_the_allowed_hosts(caller, target, words):
    with listening() as (elsewhere, there):
        caller.write("journeys/caller.py", WAYS.replace("{there}", there))
        caller.run("run", "--host", target.url, *words)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    document = caller.document()
    refused(document)
    assert refusals(document, "operation") == {name.replace("{there}", there): kind for name, kind in
                                               {**OPENED, **CALLED}.items()}  # fmt: skip
    assert len(refusals(document, "step")) == 7


@pytest.mark.browser
@fault("hosts", "a browser user's client, a redirect of it or its `page.goto` leads elsewhere", "likewise")
@pytest.mark.parametrize("words", FIELDS)
def test_neither_clients_nor_journeys_in_browsers_leave_the_allowed_hosts(caller, target, browser, words):
    with listening() as (elsewhere, there):
        text = IN_BROWSERS.replace("{there}", there).replace("{home}", target.url.removeprefix("http://"))
        caller.write("journeys/caller.py", text)
        caller.run("run", "--host", target.url, *words)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    document = caller.document()
    refused(document)
    sent = {"GET /a": "http", "GET /b": "http", "GET led on": "http"}
    steps = {"client": "browser", "led on": "browser", "page": "browser"}  # each is an operation as well
    assert refusals(document, "operation") == sent | steps
    assert ("GET", "/wait/1") in {(method, path) for method, path, _ in target.seen()}  # as browsers follow a POST


@pytest.mark.browser
def test_a_listed_host_is_reached_in_all_those_ways(caller, target, browser):
    allow(caller, SELF)
    for text in (WAYS, IN_BROWSERS):
        with listening() as (elsewhere, there):
            text = text.replace("{there}", there).replace("{home}", target.url.removeprefix("http://"))
            caller.write("journeys/caller.py", text)
            caller.run("run", "--host", target.url, "--once")
            elsewhere.accept()
        assert "not allowed" not in {row["class"] for row in caller.document()["errors"]}


def test_addresses_that_readers_understand_differently_lead_nowhere():
    for url in ("http://shop.invalid\\@127.0.0.1/x", "http://127.0.0.1\\@shop.invalid/x", "http:///x", "http://[x/"):
        assert not is_allowed(host_of(url), ["127.0.0.1", "shop.invalid"])
    assert host_of("https://me:secret@Shop.invalid:8443/x\\y") == "shop.invalid"


EXECUTES = '!!python/object/apply:os.system ["touch hacked"]'
WOULD_RUN = {
    "simulator.yaml": f"profiles: {EXECUTES}",
    "limits.yaml": f"- {EXECUTES}",
    "stubs.yaml": f"stubs: [{EXECUTES}]",
    "data.yaml": f"entities: {EXECUTES}",
    "scenario.yaml": f"journeys: {EXECUTES}",
    "openapi.yaml": f"openapi: 3.0.0\npaths: {EXECUTES}",
}


@fault(24, "YAML that would run code", "refused: there is no tag but those of YAML itself, in any file; nothing is run")
def test_yaml_never_runs_code(caller, monkeypatch):
    monkeypatch.chdir(caller.folder)
    with pytest.raises(yaml.YAMLError):
        load_foreign_yaml(WOULD_RUN["openapi.yaml"])
    for file, text in WOULD_RUN.items():
        caller.write(file, text)
    ended = caller.run("check", *WOULD_RUN)
    assert ended.code in (2, 3), ended.out + ended.err
    for file in WOULD_RUN:
        assert f"{file}:1:" in ended.err or f"{file}:2:" in ended.err, file
        assert f"{file}: good" not in ended.out
    assert "Traceback" not in ended.err
    assert not (caller.folder / "hacked").exists()


@fault(23, "a bomb of aliases in an OpenAPI description", "refused before anybody walks it")
def test_a_bomb_in_foreign_yaml_is_refused(caller):
    layers = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    caller.write("openapi.yaml", "openapi: 3.0.0\na0: &a0 [x]\n" + "\n".join(layers))
    ended = caller.run("check", "openapi.yaml")
    assert ended.code == 2
    assert "counting what aliases repeat" in ended.err


LEAK = """
import os
from simulator import ApiUser, check, constant, journey
from tests.processes import command

SECRET = os.environ["SHOP_PASSWORD"]

class Caller(ApiUser):
    wait_time = constant(0.1)

    @journey
    def leak(self):
        with self.step("headers", continue_on_failure=True):
            self.client.post("/status/500", json={"password": SECRET, "note": SECRET}, cookies={"session": SECRET},
                             headers={"Authorization": f"Bearer {SECRET}", "X-Note": SECRET})
        with self.step("address", continue_on_failure=True):
            self.client.get("/status/501", params={"q": SECRET, "token": SECRET})
        with self.step("basic", continue_on_failure=True):
            self.client.get("/status/502", auth=("me", SECRET), headers={"X-Copy": f"xx{SECRET}"})
        with self.step("words", continue_on_failure=True):
            check(False, f"logged in with {SECRET}")
        raise RuntimeError(f"no such password: {SECRET}")
"""


@fault(31, "a journey sends, prints and raises a secret in every place", "masked in whatever coding: evidence, "
       "messages, data, pages, logs of services, contracts, command line; not one file of the run has it")  # fmt: skip
def test_a_secret_is_in_no_file_of_the_run_and_in_no_process_list(caller, target, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", CANARY)
    caller.write("journeys/caller.py", LEAK)
    code = "import os, time; print('log', os.environ['SHOP_PASSWORD'], flush=True); time.sleep(99)"
    caller.write("shout.py", code.replace("; ", "\n"))
    caller.write("simulator.yaml", f"""
secrets: [SHOP_PASSWORD]
environments:
  here:
    services:
      shouter: {{command: {sys.executable} shout.py, ready: {{log: log}}}}
    host: {target.url}
profiles: {{p: {{users: 1, duration: 2s, environment: here, validity: {{loop_lag: 60s}}}}}}
profile: p
""")  # fmt: skip
    process = caller.start("run", "--collect-contracts", "--build", f"v1 {CANARY}")
    while len(target.log()) < 5 and process.poll() is None:
        pass
    family = [command(each) for each in psutil.Process(process.pid).children(recursive=True)] if target.log() else []
    out, err = process.communicate(timeout=60)
    assert len(target.log()) >= 5, out + err
    forms = [CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode()[:-4], "ary+s3cret"]
    forms += [base64.b64encode(f"me:{CANARY}".encode()).decode()[4:-4]]
    for path in (caller.folder / "reports").rglob("*"):
        for form in forms if path.is_file() else []:
            assert form not in str(path)
            assert form.encode() not in path.read_bytes(), path
    assert not [word for words in family for word in words if CANARY in word]
    for form in forms:
        assert form not in out + err
    assert "***" in next((caller.runs()[-1] / "evidence").iterdir()).read_text()
    assert (caller.runs()[-1] / "logs/shouter.log").read_text().startswith("log ***")


@fault("key", "`--listen` beyond this machine without a key", "exit 2: anybody on the network could join")
def test_workers_from_elsewhere_need_a_key(caller, target):
    words = ("run", "--host", target.url, "--remote-workers", 1, *ONE)
    ended = caller.run(*words, "--listen", "*:0")
    assert ended.code == 2
    assert VARIABLE in ended.err


@fault("key", "a worker without the key, or with another one, wants to join", "is not heard: it gets neither order "
       "nor data, and the run goes on with those that have it")  # fmt: skip
def test_only_workers_with_the_key_join(caller, target, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    key, other = "k" * 32, "o" * 32
    monkeypatch.setenv(VARIABLE, key)
    words = ("--host", target.url, "--remote-workers", 1, "--listen", f"127.0.0.1:{port}", "--users", 1)
    master = caller.start("run", *words, "--duration", "2s")
    wait_until_it_listens(port, master)
    assert not is_answered(port, "")
    assert not is_answered(port, other)
    assert master.poll() is None
    assert target.log() == []
    worker = caller.start("worker", "--master", f"127.0.0.1:{port}")
    out, err = master.communicate(timeout=100)
    assert master.returncode == 0, out + err
    assert worker.wait(30) == 0
    assert len(target.log()) > 5


def is_answered(port, key):
    """Whether the master answers to who says that it is a worker; one that is let in is answered at once."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        stranger.linger = 0
        stranger.identity = b"stranger"
        if key:
            lock(stranger, key, "worker")
        stranger.connect(f"tcp://127.0.0.1:{port}")
        stranger.send(msgpack.packb(("client_ready", -1, "stranger")))  # as Locust writes it
        return bool(stranger.poll(1500))


def wait_until_it_listens(port, process):
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)


@fault("key", "another user of this machine looks for the ports of a run with workers", "they are open to those with "
       "the run's own key alone, which no process list shows")  # fmt: skip
def test_workers_of_this_machine_have_a_key_of_their_own(caller, target):
    process = caller.start("run", "--host", target.url, "--workers", 2, "--users", 2, "--duration", "2s")
    while not target.log() and process.poll() is None:
        pass
    master = psutil.Process(process.pid)
    keys = {child.environ().get(VARIABLE) for child in master.children()}
    assert len(keys) == 1
    [key] = keys
    assert len(key) >= 32
    assert not [word for each in [master, *master.children()] for word in command(each) if key in word]
    listening = [each.laddr.ip for each in master.net_connections("tcp") if each.status == "LISTEN"]
    assert set(listening) == {"127.0.0.1"}
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
