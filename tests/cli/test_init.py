"""Projects that `simulator init` writes."""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import yaml

from simulator.cli import main
from simulator.convert.site import project_of, visited
from simulator.errors import UnreachableError, UsageError
from simulator.plan.project import parse_project
from tests.serving import serving

ROOT = Path(__file__).parents[2]
PAGE = b"""<html><head><title>Lamps &amp; more</title></head><body>
<a href="/lamps">All  lamps</a> <a href="https://elsewhere.example/">away</a> <a href="#top">top</a>
<a href="/lamps">again</a></body></html>"""
TYPED = """
from __future__ import annotations

from typing import TYPE_CHECKING

from simulator import ApiUser, BrowserUser, between, check, expect, journey, secret

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Shopper(ApiUser):
    weight = 9
    wait_time = between(0.5, 1.5)
    token: str = secret("TOKEN")

    def on_start(self) -> None:
        self.client.headers["Authorization"] = f"Bearer {self.token}"

    @journey(weight=3, tags={"checkout"})
    def buy(self) -> None:
        with self.step("pay", continue_on_failure=True):
            order = self.client.post("/api/orders", json={"product": 1})
            check(order.status_code == 201, f"order refused: {order.status_code}")


class Visitor(BrowserUser):
    @journey
    def look(self, page: Page) -> None:
        with self.step("open"):
            page.goto("/")
            expect(page.get_by_text("lamp")).to_be_visible()
"""


@pytest.fixture
def site():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = self.path in ("/", "/lamps")
            body = PAGE if found else b"{}"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html" if found else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with serving(Handler) as url:
        yield url


def test_a_page_becomes_a_browser_journey(site, tmp_path):
    assert main(["init", str(tmp_path / "mine"), "--from-url", site]) == 0

    written = (tmp_path / "mine/journeys/visitor.py").read_text()
    assert "to_have_title('Lamps & more')" in written
    assert written.count("page.goto(") == 2
    assert "page.goto('/lamps')" in written
    compile(written, "visitor.py", "exec")
    settings = (tmp_path / "mine/simulator.yaml").read_text()
    project = parse_project(settings, "x", tmp_path, {})
    assert project.environments["site"].host == site
    assert project.allowed_hosts == ("127.0.0.1",)


def test_every_yaml_file_names_a_schema_that_is_there(tmp_path):
    assert main(["init", str(tmp_path)]) == 0

    for file in [tmp_path / "simulator.yaml", *tmp_path.glob("thresholds/*.yaml")]:
        first = file.read_text().splitlines()[0]
        assert (file.parent / first.partition("$schema=")[2]).is_file(), first
        assert yaml.safe_load(file.read_text())


def test_the_shop_tells_what_its_api_is(shop):
    written = project_of(visited(shop.url))

    assert {"journeys/visitor.py", "journeys/api.py"} <= set(written)
    assert 'self.client.get("/api/products")' in written["journeys/api.py"]


@pytest.mark.parametrize(("url", "error"), [("shop", UsageError), ("http://127.0.0.1:9", UnreachableError)])
def test_where_nothing_is_nothing_is_written(url, error):
    with pytest.raises(error):
        visited(url)


def test_typed_journeys_pass_the_strictest_checks(tmp_path):
    mypy = pytest.importorskip("mypy.api")
    (tmp_path / "typed.py").write_text(TYPED)
    cache = os.environ.get("MYPY_CACHE_DIR", str(ROOT / ".mypy_cache"))
    options = ["--strict", "--config-file=", "--follow-imports=silent", f"--cache-dir={cache}"]
    told, wrong, code = mypy.run([str(tmp_path / "typed.py"), *options])

    assert code == 0, told + wrong


def test_typed_journeys_are_journeys(tmp_path):
    (tmp_path / "typed.py").write_text(TYPED)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TOKEN": "x"}
    words = [sys.executable, "-m", "simulator", "list", "typed.py"]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert "look" in done.stdout
    assert "buy" in done.stdout
