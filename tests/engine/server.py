"""A small HTTP server for engine tests: run as a script, prints its port, answers `/log` with what it was asked.

`/slow?s=…` answers late, `/status?c=…` with that status, `/freeze?s=…` makes everything wait, `/hang` never answers.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LOG: list[str] = []
FROZEN_UNTIL = [0.0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/log":
            return self.tell(200, json.dumps(LOG).encode())
        if parts.path == "/forget":
            LOG.clear()
            return self.tell(200, b"{}")
        LOG.append(f"{self.command} {parts.path}")
        if parts.path == "/hang":
            return threading.Event().wait(20)
        if parts.path == "/freeze":
            FROZEN_UNTIL[0] = time.monotonic() + float(asked["s"])
            return self.tell(200, b"{}")
        time.sleep(max(0.0, FROZEN_UNTIL[0] - time.monotonic()) + float(asked.get("s", 0)))
        self.close_connection = asked.get("hang_up") == "1"  # without a word, as servers and proxies do
        return self.tell(int(asked.get("c", 200)), b'{"id": 7, "password": "s3cret"}')

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()

    def tell(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *args) -> None:
        pass


def main() -> None:
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
