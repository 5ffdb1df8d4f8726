"""A world with a name server of its own, for a run whose names fail and move: `unshare -mn python -m … FOLDER`.

Runs in namespaces of its own, so that neither this machine's network nor its resolver is touched. Prints what was seen.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from simulator.selftest.running import RunningServer
from tests.command_line import STALLS, Project

JOURNEYS = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0.1)

    def on_start(self):
        self.client.timeout_s = 1.0

    @journey
    def call(self):
        self.client.get("/fine")

    @journey
    def get_lost(self):
        with self.step("unknown", continue_on_failure=True):
            self.client.get("http://unknown.test/")
        with self.step("silent", continue_on_failure=True):
            self.client.get("http://silent.test/")
"""


def main(folder: Path) -> None:
    project, zone = Project(folder), folder / "zone"
    project.write("journeys/caller.py", JOURNEYS)
    project.write("simulator.yaml", f'allowed_hosts: "*.test"\n{STALLS}')
    resolver = name_server(folder, zone)
    first = RunningServer(folder / "first.log", 8080, "127.0.0.1")
    second = RunningServer(folder / "second.log", 8080, "127.0.0.2")
    zone.write_text("shop.test 127.0.0.1 1\nsilent.test \n")
    words = ("--host", "http://shop.test:8080", "--users", 4, "--duration", "9s")
    process = project.start("run", *words)
    while len(first.log()) < 5 and process.poll() is None:
        time.sleep(0.05)
    zone.write_text("shop.test 127.0.0.2 1\nsilent.test \n")
    first.kill()
    out, err = process.communicate(timeout=60)
    second.stop()
    resolver.kill()
    document = project.document()
    print(json.dumps({
        "code": process.returncode, "said": out + err, "first": len(first.log()), "second": len(second.log()),
        "asked": (folder / "asked.log").read_text().split("\n"), "document": document,
    }))  # fmt: skip


def name_server(folder: Path, zone: Path) -> subprocess.Popen:
    """Everything in these namespaces asks it, and nobody else."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, text in (
        ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
        ("nsswitch.conf", "hosts: files dns\n"),
    ):
        (folder / name).write_text(text)
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True)
    zone.write_text("")
    script = Path(__file__).with_name("resolver.py")
    server = subprocess.Popen([sys.executable, script, zone, folder / "asked.log"], stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    return server


if __name__ == "__main__":
    main(Path(sys.argv[1]))
