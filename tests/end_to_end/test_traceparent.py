"""A trace on each request and navigation, found again in the evidence."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")
JOURNEYS = """
from simulator import ApiUser, BrowserUser, journey

class Caller(ApiUser):
    @journey
    def call(self):
        for _ in range(3):
            self.client.get("/api")
        self.client.get("/api", headers={"traceparent": "mine"})
        self.client.get("/broken")

class Visitor(BrowserUser):
    @journey
    def visit(self, page):
        page.goto("/page")
        page.wait_for_function("window.done")
"""
PAGE = b"<title>x</title><script>fetch('/fetched').then(() => { window.done = true })</script>"
SETTINGS = "profiles:\n  traced: {traceparent: TRACED, users: 1, duration: 1s}\n"


@pytest.fixture
def service():
    class Handler(BaseHTTPRequestHandler):
        seen = []

        def do_GET(self):
            self.seen.append((self.path, self.headers.get("traceparent")))
            self.send_response(500 if self.path == "/broken" else 200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", Handler.seen
    server.shutdown()
    thread.join()
    server.server_close()


def rehearse(project, host, traced):
    project.write("journeys/traced.py", JOURNEYS)
    project.write("simulator.yaml", SETTINGS.replace("TRACED", traced))
    return project.run("run", "--once", "--profile", "traced", "--host", host)


def test_each_request_is_a_trace_and_the_evidence_names_it(project, service, browser):
    host, seen = service
    assert rehearse(project, host, "true").code == 1  # the broken one

    api = [trace for path, trace in seen if path == "/api"]
    assert api.count("mine") == 1
    own = [trace for trace in api if trace != "mine"]
    assert all(map(FORM.fullmatch, own))
    assert len(set(own)) == 3
    [broken] = [trace for path, trace in seen if path == "/broken"]
    evidence = "".join(file.read_text(errors="replace") for file in project.runs()[-1].glob("evidence/**/*.txt"))
    assert broken in evidence
    pages = {path: trace for path, trace in seen if path in ("/page", "/fetched")}
    assert FORM.fullmatch(pages["/page"])
    assert pages["/page"] == pages["/fetched"]


def test_without_being_asked_for_nothing_is_added(project, service):
    host, seen = service
    project.write("journeys/traced.py", JOURNEYS.partition("class Visitor")[0])
    project.write("simulator.yaml", SETTINGS.replace("TRACED", "false"))
    project.run("run", "--once", "--profile", "traced", "--host", host)

    assert [trace for path, trace in seen if path == "/api"] == [None, None, None, "mine"]
