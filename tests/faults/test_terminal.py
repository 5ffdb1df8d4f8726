"""Whatever a target or an author writes is text: in the terminal, in pages, in files that other programs read."""

import csv
import io
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from simulator.selftest.fault import HOSTILE
from simulator.selftest.running import RunningServer
from tests.command_line import STALLS, Project

fault = pytest.mark.fault
FORMS = ("text", "html", "md", "junit", "json", "csv", "prometheus", "otlp")

MEET = f"""
from simulator import ApiUser, check, constant, journey

TEXTS = {HOSTILE!r}

class Caller(ApiUser):
    wait_time = constant(0)

    @journey
    def meet(self):
        for number, text in enumerate(TEXTS):
            with self.step(text, continue_on_failure=True):
                self.client.get(f"/hostile/{{number}}", name=text)
            with self.step("check", continue_on_failure=True):
                self.client.get("/fine")
                check(False, text)
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("hostile") / "project")
    project.write("simulator.yaml", STALLS)
    project.write("journeys/caller.py", MEET)
    with RunningServer(project.folder / "server.log") as server:
        words = ("--host", server.url, "--users", 1, "--iterations", 2, "--duration", "30s", "--build", HOSTILE[0])
        project.ended = project.run("run", *words)
        assert len(server.log()) == 4 * len(HOSTILE)
    return project


@fault(25, "hostile texts in names, status lines, header fields, bodies and errors", "all forms of the report are "
       "whole and take them as text")  # fmt: skip
@fault(26, "escape sequences and markup from the target", "nothing but text reaches the terminal")
@fault(27, "commands to a CI system from the target", "no line begins with one")
@fault(29, "formulas from the target", "no cell of a CSV begins with one")
@fault(30, "characters that XML forbids", "JUnit files parse")
def test_hostile_texts_are_text_in_every_form(hostile):
    everything = hostile.document()["series"][0]
    assert everything["count"] == 4 * len(HOSTILE)
    told = {form: hostile.run("report", hostile.runs()[-1], "--format", form).out for form in FORMS}
    ElementTree.fromstring(told["junit"])
    json.loads(told["json"])
    json.loads(told["otlp"])
    cells = [cell for row in csv.reader(io.StringIO(told["csv"])) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
    assert "<script>alert" not in told["html"]
    assert "<img src=x" not in told["html"]
    assert "<svg/onload" not in told["html"]
    for form in ("text", "md", "junit", "csv"):
        assert not re.search(r"(?m)^\s*::\w+|##\[", told[form]), form
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", told[form]), form
    assert "\x1b" not in hostile.ended.out
    assert not re.search(r"(?m)^\s*::\w+|##\[", hostile.ended.out)


@fault(32, "names of builds and steps that lead out of their folder", "file names are made of safe signs; nothing is "
       "written beside the run's folder")  # fmt: skip
def test_names_cannot_leave_their_folder(hostile):
    hostile.run("run", "--host", "http://127.0.0.1:1", "--users", 1, "--build", "../../../evil")
    written = {path.relative_to(hostile.folder).parts[0] for path in hostile.folder.rglob("*") if path.is_file()}
    assert written <= {"journeys", "reports", "simulator.yaml", "server.log"}
    assert not list(hostile.folder.parent.glob("*evil*"))
    for path in (hostile.runs()[-1] / "evidence").iterdir():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", path.name)


@fault(35, "output into a pipe that closes, a terminal that can do nothing, no UTF-8, 20 columns", "plain lines, no "
       "traceback, the same exit code")  # fmt: skip
def test_poor_terminals_and_closed_pipes_do_no_harm(hostile):
    run = str(hostile.runs()[-1])
    command = hostile.command("report", run)
    poor = {"TERM": "dumb", "LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "COLUMNS": "20"}
    ended = subprocess.run(command, env={**hostile.environ, **poor}, capture_output=True, cwd=hostile.folder)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.isascii()

    process = subprocess.Popen(
        hostile.command("report", run, "--format", "json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=hostile.environ, cwd=hostile.folder,
    )  # fmt: skip
    os.read(process.stdout.fileno(), 10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(30) == 0
