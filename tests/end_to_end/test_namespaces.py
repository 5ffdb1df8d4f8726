"""A run spread over machines: controller and workers in network namespaces of their own, joined by a bridge."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack

import pytest

from tests.end_to_end.conftest import MARK, ROOT

JOURNEYS = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0.05)

    @journey
    def call(self):
        self.client.get("/call")
"""
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        print(self.client_address[0], flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("10.77.0.1", 8000), Handler)
print("ready", flush=True)
server.serve_forever()
"""
SETTINGS = """
allowed_hosts: [10.77.0.1]
profiles:
  spread: {users: 4, duration: 3s, validity: {loop_lag: 60s}}
"""


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=False)


@pytest.fixture
def machines():
    """Three namespaces; the first has a bridge with an end of each pair of cables."""
    if shutil.which("ip") is None or os.geteuid():
        pytest.skip("network namespaces need root and iproute2")
    names = [f"sim{os.getpid()}-{number}" for number in range(3)]
    with ExitStack() as undo:
        for name in names:
            made = ip("netns", "add", name)
            if made.returncode:
                pytest.skip(f"network namespaces are not allowed here: {made.stderr.strip()}")
            undo.callback(ip, "netns", "delete", name)
            ip("-n", name, "link", "set", "lo", "up")
        hub = names[0]
        wired = [ip("-n", hub, "link", "add", "hub", "type", "bridge")]
        wired += [ip("-n", hub, "addr", "add", "10.77.0.1/24", "dev", "hub"), ip("-n", hub, "link", "set", "hub", "up")]
        for number, name in enumerate(names[1:], 2):
            wired.append(
                ip("-n", hub, "link", "add", f"to{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            )
            wired += [ip("-n", hub, "link", "set", f"to{number}", "master", "hub", "up")]
            wired += [ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")]
            wired += [ip("-n", name, "link", "set", "eth0", "up")]
        broken = [each.stderr.strip() for each in wired if each.returncode]
        if broken:
            pytest.skip(f"namespaces cannot be joined here: {broken[0]}")
        yield names


def test_workers_on_other_machines_share_the_load(machines, tmp_path):
    (tmp_path / "journeys.py").write_text(JOURNEYS)
    (tmp_path / "simulator.yaml").write_text(SETTINGS)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SIMULATOR_KEY": "0123456789abcdef", MARK: str(tmp_path)}
    hub, *others = machines

    def inside(machine, *words):
        command = ["ip", "netns", "exec", machine, sys.executable, *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=tmp_path, env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True)

    started = [inside(hub, "-c", SERVER)]
    try:
        assert started[0].stdout.readline() == "ready\n"
        run = ["-m", "simulator", "run", "journeys.py", "--profile", "spread", "--host", "http://10.77.0.1:8000"]
        started.append(inside(hub, *run, "--remote-workers", "2", "--listen", "10.77.0.1:5557"))
        work = ["-m", "simulator", "worker", "--master", "10.77.0.1", "journeys.py"]
        started += [inside(other, *work) for other in others]
        told, _ = started[1].communicate(timeout=90)
        assert started[1].returncode in (0, 4), told
        ended = [worker.communicate(timeout=60)[0] for worker in started[2:]]
    finally:
        for process in started:
            process.kill()
        callers = set(started[0].communicate()[0].split())

    assert [worker.returncode for worker in started[2:]] == [0, 0], ended
    assert {"10.77.0.2", "10.77.0.3"} <= callers, told
