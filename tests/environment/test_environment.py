import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from simulator.environment.environment import Environment, brought_up, free_ports
from simulator.environment.order import start_order
from simulator.environment.template import fill
from simulator.errors import BringUpError, UsageError
from simulator.plan.environment import EnvironmentSpec, Ready, ServiceSpec

HTTP = f"{sys.executable} -m http.server {{port}} --bind 127.0.0.1"


def environment(tmp_path, *services, host="http://nowhere"):
    return Environment(EnvironmentSpec("test", host, services), tmp_path / "logs", cwd=tmp_path, tell=lambda text: None)


def python(tmp_path, name, code):
    file = tmp_path / f"{name}.py"
    file.write_text(textwrap.dedent(code))
    return f"{sys.executable} {file}"


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_services_know_each_others_addresses_and_are_gone_afterwards(tmp_path):
    shop = ServiceSpec("shop", HTTP, needs=("payments",), env={"PAYMENTS": "{payments.url}"}, ready=Ready(http="/"))
    payments = ServiceSpec("payments", HTTP)

    with brought_up(environment(tmp_path, shop, payments, host="{shop.url}/home")) as up:
        pids = dict(up.pids())
        assert up.host == up.urls["shop"] + "/home"
        assert psutil.Process(pids["shop"]).environ()["PAYMENTS"] == up.urls["payments"]
        assert list(pids) == ["payments", "shop"]

    assert all(gone(pid) for pid in pids.values())


def test_everything_is_stopped_when_the_block_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), brought_up(environment(tmp_path, ServiceSpec("a", HTTP))) as up:
        pid = up.pids()["a"]
        raise ZeroDivisionError

    assert gone(pid)


def test_children_of_a_service_are_stopped_with_it(tmp_path):
    code = """
        import subprocess, sys, time
        print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
        time.sleep(600)
    """
    spec = ServiceSpec("parent", python(tmp_path, "parent", code), ready=Ready(log=r"^\d+$"))

    with brought_up(environment(tmp_path, spec)):
        child = psutil.Process(int((tmp_path / "logs/parent.log").read_text()))

    _, alive = psutil.wait_procs([child], timeout=10)  # it has been killed; who adopted it clears it away
    assert not [process for process in alive if not gone(process.pid)]


def test_a_service_that_dies_while_starting_says_its_last_words(tmp_path):
    crash = ServiceSpec("crash", python(tmp_path, "crash", "raise SystemExit('no database')"))

    with pytest.raises(BringUpError, match="ended with exit code 1") as caught:
        environment(tmp_path, crash).up()

    assert caught.value.detail == "no database"


def test_a_service_that_is_not_ready_in_time_takes_the_others_down_with_it(tmp_path):
    good = ServiceSpec("good", HTTP)
    never = ServiceSpec("never", HTTP, ready=Ready(http="/missing", within_s=0.3), needs=("good",))
    made = environment(tmp_path, good, never)

    with pytest.raises(BringUpError, match="not ready within 0.3 s .*missing"):
        made.up()

    assert made.pids() == {}


def test_a_missing_command_is_named(tmp_path):
    with pytest.raises(BringUpError, match="there is no command 'no-such-program'"):
        environment(tmp_path, ServiceSpec("ghost", "no-such-program --port {port}")).up()


def test_a_death_in_mid_run_is_reported_once(tmp_path):
    with brought_up(environment(tmp_path, ServiceSpec("victim", HTTP))) as up:
        pid = up.pids()["victim"]
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

        deaths = up.deaths()

        assert [(death.name, death.exit_code) for death in deaths] == [("victim", -signal.SIGKILL)]
        assert up.deaths() == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's parent-death signal is Linux's")
def test_services_die_with_a_killed_owner(tmp_path):
    code = f"""
        import sys, time
        from pathlib import Path
        from simulator.environment.environment import Environment
        from simulator.plan.environment import EnvironmentSpec, ServiceSpec
        spec = EnvironmentSpec("e", "h", (ServiceSpec("s", {HTTP!r}),))
        made = Environment(spec, Path({str(tmp_path)!r}), cwd=Path("."), tell=lambda text: None)
        made.up()
        print(made.pids()["s"], flush=True)
        time.sleep(600)
    """
    owner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    service = psutil.Process(int(owner.stdout.readline()))

    owner.kill()
    owner.wait()

    _, alive = psutil.wait_procs([service], timeout=10)
    assert not [process for process in alive if not gone(process.pid)]


def test_needs_are_started_first_and_together_where_they_can_be():
    assert start_order({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == [["d"], ["b", "c"], ["a"]]


def test_a_circle_is_shown():
    with pytest.raises(UsageError, match="a → b → a|b → a → b"):
        start_order({"a": ["b"], "b": ["a"]})


def test_an_unknown_need_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="'paymnts'") as caught:
        start_order({"shop": ["paymnts"], "payments": []})
    assert caught.value.hint == "did you mean 'payments'?"


def test_an_unknown_placeholder_is_refused():
    with pytest.raises(UsageError, match="shpo.url"):
        fill("{shpo.url}", {"shop.url": "x"}, where="host")


def test_free_ports_are_all_different():
    assert len(set(free_ports(50))) == 50


def test_logs_are_kept(tmp_path):
    talk = ServiceSpec("talk", python(tmp_path, "talk", "print('hello', flush=True); import time; time.sleep(600)"),
                       ready=Ready(log="hello"))  # fmt: skip

    with brought_up(environment(tmp_path, talk)):
        pass

    assert Path(tmp_path / "logs/talk.log").read_text() == "hello\n"
