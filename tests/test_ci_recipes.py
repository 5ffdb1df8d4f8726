"""The shell of the recipes is run in a project; what they send elsewhere goes to stand-ins that note it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "docs/ci"
NEEDS_AN_INDEX = "pip install simulator && simulator doctor --fix"
ENVIRON = {
    "PR": "7",
    "CI_MERGE_REQUEST_IID": "8",
    "COMMENT_TOKEN": "t",
    "CI_API_V4_URL": "http://127.0.0.1:9/api/v4",
    "CI_PROJECT_ID": "3",
}


def github():
    steps = yaml.safe_load((RECIPES / "github.yml").read_text())["jobs"]["gate"]["steps"]
    return [step["run"].split("#")[0].strip() for step in steps if "run" in step]


def gitlab():
    job = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text())["rehearsal"]
    return [line.strip() for part in ("before_script", "script", "after_script") for line in job[part]]


def jenkins():
    return re.findall(r"sh '([^']+)'", (RECIPES / "Jenkinsfile").read_text())


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """A project with a short gate, and the programs that its shell finds."""
    folder, programs = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("bin")
    for name in ("gh", "curl"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{programs}/asked"\n')
    (programs / "simulator").write_text(f'#!/bin/sh\nexec {sys.executable} -m simulator "$@"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    env = {**os.environ, **ENVIRON, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    env |= {"GITHUB_OUTPUT": str(programs / "output"), "GITHUB_SHA": "c0ffee"}

    def shell(line):
        return subprocess.run(["bash", "-ec", line], cwd=folder, env=env, capture_output=True, text=True, timeout=120)

    assert shell("simulator init .").returncode == 0
    settings = (folder / "simulator.yaml").read_text().replace("{Shopper: 4, Visitor: 1}", "{Shopper: 4}")
    settings = settings.replace("  smoke: ", "  gate:\n    validity: {loop_lag: 60s}\n    #").replace("10s", "3s")
    (folder / "simulator.yaml").write_text(settings)
    yield folder, programs, shell
    shutil.rmtree(folder)


def test_every_line_of_every_recipe_runs(pipeline):
    folder, programs, shell = pipeline
    lines = dict.fromkeys([*github(), *gitlab(), *jenkins()])
    assert NEEDS_AN_INDEX in lines
    for line in lines:
        if line != NEEDS_AN_INDEX:
            done = shell(line)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    asked = (programs / "asked").read_text()
    assert "gh pr comment 7 --body-file reports/summary.md" in asked
    assert "http://127.0.0.1:9/api/v4/projects/3/merge_requests/8/notes" in asked
    assert "PASSED" in (folder / "reports/summary.md").read_text().upper()
    assert "<testsuites" in (folder / "reports/junit.xml").read_text()
    told = dict(line.partition("=")[::2] for line in (programs / "output").read_text().splitlines())
    assert told["verdict"] == "passed"
    assert (folder / told["report"]).is_file()
    assert told["run"].endswith("-c0ffee")


def test_the_recipes_say_the_same():
    gate = ["simulator check", "simulator run --ci"]

    assert [line for line in github() if line in gate] == gate
    assert [line for line in gitlab() if line in gate] == gate
    assert [line for line in jenkins() if line in gate] == gate


def test_the_container_file_copies_what_is_there():
    text = (RECIPES / "Containerfile").read_text()
    for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        for name in line.split():
            assert (ROOT / name).exists(), name
