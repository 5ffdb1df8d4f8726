"""The demo shop as a provider, a contract for it, and a Pact Broker that follows the published interface."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from simulator.contract.author import answer, ask, each, integer, interaction, like, regex
from simulator.contract.interaction import Contract, ProviderState
from simulator.contract.pact.write import write_pact

ROOT = Path(__file__).parents[2]

LOGGED_IN = ProviderState("member: after log in", {"requests": [
    {"method": "POST", "path": "/api/login", "body": {"user": "ann", "password": "***"}}]})  # fmt: skip
SHOP = Contract(
    "web",
    "shop",
    (
        interaction(
            "search",
            request=ask("GET", "/api/products", query={"q": "lamp"}),
            response=answer(
                200,
                headers={"X-Request-Id": like("shop-1")},
                body=each({"id": integer(1), "name": like("Pebble"), "price_cents": integer(7900)}),
            ),
        ),
        interaction(
            "order",
            request=ask("POST", "/api/orders", body={"product": integer(1)}),
            response=answer(201, headers={"X-Request-Id": like("shop-1")}, body={"id": like("x")}),
        ),
        interaction(
            "who am I",
            given=[LOGGED_IN],
            request=ask("GET", "/api/me", headers={"Cookie": like("***")}),
            response=answer(200, body={"user": "ann"}),
        ),
        interaction(
            "no such product",
            request=ask("GET", regex("/api/products/[0-9]+", "/api/products/99999")),
            response=answer(404, body={"error": like("not_found")}),
        ),
    ),
)


def with_session(contract):
    """The contract as a plain value whose session comes from the state."""
    plain = json.loads(write_pact(contract))
    plain["interactions"][2]["request"]["generators"] = {
        "header": {"Cookie": {"type": "ProviderState", "expression": "${cookie}", "dataType": "STRING"}}
    }
    return plain


def simulator(*words, cwd, timeout=120, **environ):
    return subprocess.run(
        [sys.executable, "-m", "simulator", *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=timeout,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{cwd}", **environ}, check=False,
    )  # fmt: skip


class Started:
    def __init__(self, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "demo", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http"), "the demo service did not start"

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=20)


@pytest.fixture(scope="session")
def shop():
    started = Started("serve")
    yield started.url
    started.stop()


@pytest.fixture(scope="session")
def bad_shop():
    """A shop with all three breaks of its contract; the last shows under load only."""
    started = Started(
        "serve", "--break", "renamed-field", "--break", "wrong-status", "--break", "missing-header-under-load"
    )
    yield started.url
    started.stop()


@pytest.fixture
def pact(tmp_path):
    path = tmp_path / "web-shop.json"
    path.write_text(json.dumps(with_session(SHOP), indent=1))
    return path


class PactBroker:
    """What the broker's documentation says of publishing, fetching for verification, and results; in memory.

    Attributes:
        asked: method, path, and the authorization that came.
        results: what was recorded.
    """

    def __init__(self):
        self.asked, self.results, self.kept = [], [], {}
        broker = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.told(*broker.get(self.path))

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.told(*broker.post(self.path, body))

            def told(self, status, value):
                broker.asked.append((self.command, self.path, self.headers.get("Authorization")))
                if self.headers.get("Authorization") != "Bearer letmein":
                    status, value = 401, {}
                content = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/hal+json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def get(self, path):
        if path == "/":
            names = {"pb:publish-contracts": "/contracts/publish",
                     "pb:provider-pacts-for-verification": "/pacts/provider/{provider}/for-verification"}  # fmt: skip
            return 200, {"_links": {name: {"href": self.url + href} for name, href in names.items()}}
        if path in self.kept:
            results = {"href": f"{self.url}{path}/verification-results"}
            links = {"pb:publish-verification-results": results,
                     "pb:consumer-version": {"name": path.rpartition("/")[2]}}  # fmt: skip
            return 200, {**self.kept[path]["pact"], "_links": links}
        return 404, {}

    def post(self, path, body):
        if path == "/contracts/publish":
            return self.publish(body)
        if path.endswith("/for-verification"):
            [selector] = body["consumerVersionSelectors"]
            found = [place for place, kept in self.kept.items() if place.startswith(path.rpartition("/")[0] + "/")
                     and selector.get("tag") in (None, *kept["tags"])]  # fmt: skip
            latest = found[-1:] if selector.get("latest") else found
            return 200, {"_embedded": {"pacts": [{"_links": {"self": {"href": self.url + place}}} for place in latest]}}
        if path.endswith("/verification-results"):
            self.results.append(body)
            return 201, {}
        return 404, {}

    def publish(self, body):
        [contract] = body["contracts"]
        place = (f"/pacts/provider/{contract['providerName']}/consumer/{contract['consumerName']}"
                 f"/version/{body['pacticipantVersionNumber']}")  # fmt: skip
        content = json.loads(b64decode(contract["content"]))
        if place in self.kept and self.kept[place]["pact"] != content:
            return 409, {"notices": [{"type": "error", "text": "Cannot change the content of a pact"}]}
        self.kept[place] = {"pact": content, "tags": body["tags"]}
        return 200, {"_links": {"pb:contracts": [{"href": self.url + place}]}}


@pytest.fixture
def broker():
    made = PactBroker()
    yield made
    made.stop()
