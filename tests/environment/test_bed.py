"""More than starting and stopping: virtual services, applications, Compose, hooks, what a killed run left."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import urllib.request
from pathlib import Path

import psutil
import pytest

from simulator.environment.environment import Environment, brought_up
from simulator.environment.ledger import Ledger, stop_leftovers
from simulator.errors import BringUpError
from simulator.plan.environment import EnvironmentSpec, Ready, ServiceSpec
from simulator.virtual.remote import Remote
from tests.processes import kill

HTTP = "python -m http.server {port} --bind 127.0.0.1"
SLEEP = f"{sys.executable} -c 'import time; time.sleep(600)'"


@pytest.fixture(autouse=True)
def this_simulator(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))


@pytest.fixture
def make(tmp_path):
    said = []

    def made(*services, ledger=None, keep=False, **options):
        spec = EnvironmentSpec("test", "http://nowhere", services, **options)
        environment = Environment(spec, tmp_path / "logs", cwd=tmp_path, tell=said.append, ledger=ledger, keep=keep)
        environment.said = said
        return environment

    return made


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def fetched(url):
    return urllib.request.urlopen(url, timeout=5).read()


def test_a_virtual_service_is_a_service_that_can_be_controlled(make, tmp_path):
    (tmp_path / "pay ments.yaml").write_text("stubs: [{answer: {body: hello}}]")

    with brought_up(make(ServiceSpec("payments", virtual="pay ments.yaml"))) as up:
        pid = up.pids()["payments"]
        remote = Remote("payments", up.controls["payments"].url, up.controls["payments"].token)
        assert fetched(up.urls["payments"]) == b"hello"
        assert remote.status()["requests"] == 1
        assert up.controls["payments"].token not in " ".join(psutil.Process(pid).cmdline())

    assert gone(pid)


def test_a_wsgi_application_is_served_in_a_process_of_its_own(make, tmp_path):
    (tmp_path / "my_app.py").write_text(
        textwrap.dedent("""
        def app(environ, start_response):
            start_response("200 OK", [])
            return [environ["PATH_INFO"].encode()]
    """)
    )

    with brought_up(make(ServiceSpec("app", app="my_app:app"))) as up:
        assert fetched(f"{up.urls['app']}/here") == b"/here"
        assert up.pids()["app"] != os.getpid()


def test_an_application_that_cannot_be_served_says_why(make):
    with pytest.raises(BringUpError) as caught:
        make(ServiceSpec("app", app="no_such_module:app")).up()

    assert "No module named 'no_such_module'" in caught.value.detail


def test_an_asgi_application_is_served_from_its_start_up_to_its_shut_down(make, tmp_path):
    (tmp_path / "my_asgi.py").write_text(
        textwrap.dedent("""
        from pathlib import Path

        class App:
            async def __call__(self, scope, receive, send):
                if scope["type"] == "lifespan":
                    await receive()
                    self.began = True
                    await send({"type": "lifespan.startup.complete"})
                    await receive()
                    Path("ended").touch()
                    await send({"type": "lifespan.shutdown.complete"})
                    return
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": scope["path"].encode() if self.began else b""})

        def make():
            return App()
    """)
    )

    with brought_up(make(ServiceSpec("app", app="my_asgi:make()"))) as up:
        assert fetched(f"{up.urls['app']}/there") == b"/there"

    assert (tmp_path / "ended").exists()


def test_what_needs_nothing_waits_for_nobody(make, tmp_path):
    wait = ServiceSpec("slow", SLEEP, ready=Ready(command=f"test -e {tmp_path}/after-quick"))
    quick = ServiceSpec("quick", SLEEP, ready=Ready(command="true"))
    behind = ServiceSpec("behind", f"{sys.executable} -c 'open(\"after-quick\", \"w\"); import time; time.sleep(600)'",
                         needs=("quick",), ready=Ready(command="true"))  # fmt: skip

    # `slow` only becomes ready once `behind` has started: were groups waited for as a whole, this would never end
    with brought_up(make(wait, quick, behind)) as up:
        assert set(up.pids()) == {"slow", "quick", "behind"}


def test_hooks_run_around_the_run_with_the_addresses_of_services(make, tmp_path):
    script = tmp_path / "note.py"
    script.write_text("import sys; open('noted', 'a').write(' '.join(sys.argv[1:]) + '\\n')")
    made = make(ServiceSpec("a", HTTP), before=("python note.py seed {a.url}",), after=("python note.py clean",))

    with pytest.raises(ZeroDivisionError), brought_up(made) as up:
        url = up.urls["a"]
        assert (tmp_path / "noted").read_text() == f"seed {url}\n"
        raise ZeroDivisionError

    assert (tmp_path / "noted").read_text() == f"seed {url}\nclean\n"


def test_a_hook_that_fails_stops_everything_with_its_last_words(make):
    made = make(ServiceSpec("a", HTTP), before=("python -c \"raise SystemExit('no schema')\"",))

    with pytest.raises(BringUpError, match="exit code 1") as caught:
        made.up()

    assert caught.value.detail == "no schema"
    assert made.pids() == {}


def test_an_environment_that_is_kept_says_how_to_stop_it(make, tmp_path):
    made = make(ServiceSpec("a", HTTP), ledger=Ledger(tmp_path / "running"), keep=True)
    with brought_up(made) as up:
        pid, url = up.pids()["a"], up.urls["a"]
    try:
        assert fetched(url)
        assert stop_leftovers(tmp_path / "running", made.said.append) == []
        assert f"a stays up at {url}" in made.said
        assert made.said[-1] == f"stop it with: kill -- -{pid}"
    finally:
        os.killpg(pid, signal.SIGTERM)
        psutil.Process(pid).wait(10)


LEFT_BEHIND = """
    import sys, time
    from pathlib import Path
    from simulator.environment.environment import Environment
    from simulator.environment.ledger import Ledger
    from simulator.plan.environment import EnvironmentSpec, Ready, ServiceSpec
    child = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);" \\
            "print('up', flush=True); time.sleep(600)"
    service = ServiceSpec("left", sys.executable + ' -c "' + child + '"', ready=Ready(log="up"))
    here = Path(sys.argv[1])
    made = Environment(EnvironmentSpec("e", "h", (service,)), here / "logs", cwd=here, tell=print,
                       ledger=Ledger(here / "running"))
    made.up()
    print(made.pids()["left"], flush=True)
    time.sleep(600)
"""


@pytest.fixture
def killed_run(tmp_path):
    """The group that a killed run left behind, its leader gone with the run, a child of it still there."""
    owner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(LEFT_BEHIND), str(tmp_path)],
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    owner.stdout.readline()
    leader = psutil.Process(int(owner.stdout.readline()))
    [child] = leader.children()
    owner.kill()
    owner.communicate()
    yield child
    kill(child)


@pytest.mark.fault(5, "a killed run left services behind", "the next one finds and stops them")
def test_the_next_run_stops_what_a_killed_run_left_behind(killed_run, tmp_path):
    assert killed_run.is_running()
    said = []

    assert stop_leftovers(tmp_path / "running", said.append) == ["left"]

    assert gone(killed_run.pid)
    assert "which a killed run left behind" in said[0]
    assert stop_leftovers(tmp_path / "running", said.append) == []


def test_neither_a_later_process_with_the_same_id_nor_a_living_run_is_touched(tmp_path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        running = tmp_path / "running"
        Ledger(running).add("mine", stranger.pid)
        assert stop_leftovers(running, print) == []
        [path] = running.glob("*.json")
        plain = json.loads(path.read_text())
        plain["owner"]["started_s"] -= 1000.0
        plain["members"][0]["started_s"] -= 1000.0
        path.write_text(json.dumps(plain))

        assert stop_leftovers(running, print) == []

        assert stranger.poll() is None
        assert not path.exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_a_damaged_ledger_is_left_alone(tmp_path):
    (tmp_path / "1-2.json").write_text("{")

    assert stop_leftovers(tmp_path, print) == []


DOCKER = """#!/bin/sh
echo "$@" >> {calls}
case "$*" in *" up "*) exit {code};; *" logs "*) echo "database system is ready";; esac
"""


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """A stand-in for the `docker` command."""

    def made(code=0):
        calls = tmp_path / "calls"
        command = tmp_path / "bin/docker"
        command.parent.mkdir(exist_ok=True)
        command.write_text(DOCKER.format(calls=calls, code=code))
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
        return lambda: [line.split(" --file ")[1] for line in calls.read_text().splitlines()]

    return made


def test_a_compose_file_is_brought_up_and_down(make, docker, tmp_path):
    calls = docker()
    database = ServiceSpec("database", url="http://127.0.0.1:1", compose="compose.yaml", ready=Ready(command="true"))

    with brought_up(make(database)) as up:
        assert up.urls["database"] == "http://127.0.0.1:1"
        assert calls() == ["compose.yaml up --detach --wait"]
        assert up.pids() == {}

    assert calls()[1:] == ["compose.yaml logs --no-color", "compose.yaml down --volumes --remove-orphans"]
    assert "ready" in Path(tmp_path / "logs/database.log").read_text()


def test_a_compose_file_that_does_not_come_up_is_taken_down_again(make, docker):
    calls = docker(code=1)

    with pytest.raises(BringUpError, match="could not bring compose.yaml up"):
        make(ServiceSpec("database", url="http://127.0.0.1:1", compose="compose.yaml")).up()

    assert calls()[-1] == "compose.yaml down --volumes --remove-orphans"


def test_without_docker_it_says_so(make, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(BringUpError, match="no command 'docker'"):
        make(ServiceSpec("database", url="http://127.0.0.1:1", compose="compose.yaml")).up()
