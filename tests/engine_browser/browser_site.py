"""A small web site on a free port."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SHIFT_PX = 180
PAGES = {
    "/talks": "<script>console.log('hello from the page')</script>",
    "/throws": """<script>
        setTimeout(() => { document.body.append('thrown'); throw new Error('broken script') });
        </script>""",
    "/button": """<button>press</button><script>
        const afterPaint = act => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(act)));
        document.querySelector('button').addEventListener('click', () => {
            const start = performance.now();
            while (performance.now() - start < 100);
            afterPaint(() => afterPaint(() => document.body.append('pressed and painted')));
        });
        </script>""",
    "/shift": f"""<style>body {{ margin: 0 }} h1, a {{ display: none }}
        #content {{ height: 2000px; background: #ccc }}</style>
        <div id=above></div><div id=content>content</div>
        <script>
        const moved = () => {{ document.body.className = 'moved' }};
        addEventListener('load', () => setTimeout(() => {{
            above.style.height = '{SHIFT_PX}px';
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(moved)));
        }}, 100));
        </script>""",
}


class Site:
    """The site, and who has been there.

    Attributes:
        url: where it is.
    """

    def __init__(self) -> None:
        self._reached: dict[str, threading.Semaphore] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.meeting = threading.Barrier(2)
        self.asleep: set[str] = set()
        self.closing = threading.Event()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reached(self, path: str) -> threading.Semaphore:
        """Released each time somebody asks for this path."""
        return self._reached.setdefault(path, threading.Semaphore(0))

    def forget(self, path: str) -> None:
        """As if nobody had asked for this path."""
        while self.reached(path).acquire(blocking=False):
            pass

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.site.reached(path).release()
        if path == "/never":
            self.site.closing.wait()
        elif path == "/meet":
            self.site.meeting.wait(20)
        elif path == "/before-sleep":
            self.site.asleep.add(str(self.client_address))
        if path in ("/both-asleep", "/who"):
            said = {"cookie": self.headers.get("Cookie", "")} if path == "/who" else len(self.site.asleep) > 1
            self._answer(json.dumps(said), "application/json")
        else:
            self._answer(_page(path), status=404 if path == "/missing" else 200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer("{}", "application/json", 404 if self.path == "/missing" else 201)

    def _answer(self, body: str, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if self.path == "/cookie":
            self.send_header("Set-Cookie", "visitor=17; Path=/")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()


def _page(path: str) -> str:
    head = f"<!doctype html><title>{path}</title><link rel=icon href='data:,'>"
    return f"{head}<h1>{path}</h1><a href='/pages/17'>next</a>{PAGES.get(path, '')}"
