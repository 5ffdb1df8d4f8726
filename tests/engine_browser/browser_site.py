"""A small web site on a free port."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SHIFT_PX = 180
TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png", "json": "application/json"}
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAGES = {
    "/loads": """<link rel=stylesheet href=/style.css><img src=/picture.png>
        <script src=/script.js></script><img src=/gone.png><script>
        fetch('/data.json').then(answer => answer.text()).then(() => document.body.append('loaded'));
        </script>""",
    "/framed": "<iframe src=/inside onload=\"document.body.append('framed')\"></iframe>",
    "/inside": "<script src=/inner.js></script>",
    "/busy": """<script>
        setTimeout(() => {
            const start = performance.now();
            while (performance.now() - start < 150);
            setTimeout(() => document.body.append('was busy'), 50);
        });
        </script>""",
    "/complains": """<script>
        console.error('first'); console.error('second'); document.body.append('complained');
        </script>""",
    "/alerts": """<script>alert('hello'); document.body.append('alerted');</script>
        <button onclick="window.open('/pages/2')">open</button><a href=/file.bin download>get</a>""",
    "/eats": """<script>
        const eaten = [];
        const eat = () => { eaten.push(new Array(5e6).fill(Math.random())); setTimeout(eat); };
        eat();
        </script>""",
    "/spins": "<script>setTimeout(() => { while (true); })</script>",
    "/polls": "<script>setInterval(() => fetch('/data.json'), 20); document.body.append('polling')</script>",
    "/stores": "<script>localStorage.a = 1; sessionStorage.b = 2; document.cookie = 'c=3'; caches.open('d')</script>",
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
        if path == "/private" and not self.headers.get("Authorization"):
            self._answer("who are you?", status=401, more={"WWW-Authenticate": "Basic realm=test"})
        elif path == "/file.bin":
            self._answer("x", "application/octet-stream", more={"Content-Disposition": "attachment"})
        elif path.rpartition(".")[2] in TYPES:
            self._answer(PICTURE if path == "/picture.png" else "", TYPES[path.rpartition(".")[2]],
                         404 if path == "/gone.png" else 200, {"Cache-Control": "max-age=600"})  # fmt: skip
        elif path == "/big":
            self._answer("x" * 60_000, "text/plain")
        elif path == "/headers":
            self._answer(json.dumps(dict(self.headers)), "application/json")
        elif path in ("/both-asleep", "/who"):
            said = {"cookie": self.headers.get("Cookie", "")} if path == "/who" else len(self.site.asleep) > 1
            self._answer(json.dumps(said), "application/json")
        else:
            self._answer(_page(path), status=404 if path == "/missing" else 200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer("{}", "application/json", 404 if self.path == "/missing" else 201)

    def _answer(
        self,
        body: str | bytes,
        kind: str = "text/html; charset=utf-8",
        status: int = 200,
        more: Mapping[str, str] | None = None,
    ) -> None:
        content = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
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
