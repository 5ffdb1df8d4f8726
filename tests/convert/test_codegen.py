"""What `playwright codegen` writes for the shop is pasted into a journey as it is, and passes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The body that `playwright codegen --target python` wrote while somebody clicked, with its own last lines left away.
PASTED = """\
    page.goto("http://127.0.0.1:8000/")
    page.get_by_role("searchbox", name="Search").click()
    page.get_by_role("searchbox", name="Search").fill("lamp")
    page.get_by_role("link", name="Pebble table lamp").first.click()
    page.get_by_role("button", name="Buy").click()
    expect(page.locator("body")).to_contain_text("Thank you!")
"""
JOURNEY = """\
from simulator import BrowserUser, expect, journey


class Pasted(BrowserUser):
    @journey
    def recorded(self, page):
"""


@pytest.mark.browser
def test_pasted_code_runs_as_it_is(shop, browser, tmp_path):
    body = "".join(f"    {line}\n" for line in PASTED.replace("http://127.0.0.1:8000", shop.url).splitlines())
    (tmp_path / "pasted.py").write_text(JOURNEY + body)
    command = [sys.executable, "-m", "simulator", "run", "pasted.py", "--once", "--host", shop.url]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(next(tmp_path.glob("reports/*/run.json")).read_text())
    [whole] = [row for row in document["series"] if row["level"] == "journey" and row["phase"] is None]
    assert (whole["journey"], whole["count"], whole["errors"]) == ("recorded", 1, 0)
