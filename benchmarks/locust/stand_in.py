"""What the examples ask: a stand-in for httpbin, and the pages that some of them are written for.

Run as a script: prints its port, serves until its standard input ends.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

FORM = '<form action="/sign-in"><input name="authenticity_token" value="a1b2"></form>'
LINKS = '<div class="toctree-wrapper"><a class="internal" href="/page/1">1</a></div><a class="internal" href="/page/2">'


class Handler(BaseHTTPRequestHandler):
    """Echoes as httpbin does; pages for those who look for links or forms; 404 where the examples expect it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers.get("content-length", 0))))

    def answer(self, body: bytes) -> None:
        """Send the answer of a path."""
        parts = urlsplit(self.path)
        if parts.path == "/sign-in" and self.command == "POST":
            self.tell(302, b"", {"Location": "/welcome"})
        elif parts.path in ("/does_not_exist", "/error"):
            self.tell(404, b"{}")
        elif parts.path == "/response-headers":
            self.tell(200, b"{}", dict(parse_qsl(parts.query)))
        elif parts.path in ("/", "/sign-in") or parts.path.startswith("/page"):
            self.tell(200, (FORM + LINKS).encode(), {"Content-Type": "text/html"})
        else:
            self.tell(200, echo(parts.query, body), {"Content-Type": "application/json"})

    def tell(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send this."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes many users at once, and does not mind those who hang up."""

    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """Say nothing."""


def echo(query: str, body: bytes) -> bytes:
    """What was asked, as httpbin tells it; the fields by which the examples know a good answer are there too."""
    text = body.decode("utf-8", "replace")
    try:
        data = json.loads(text) if text else {}
    except ValueError:
        data = text
    arguments = dict(parse_qsl(query))
    return json.dumps({"args": arguments, "data": data, "message": "Welcome foo!", "orderId": 42}).encode()


def main() -> None:
    """Serve until nobody listens any more."""
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
