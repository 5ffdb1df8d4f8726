"""The server that is loaded: nginx with one worker on a core of its own, which counts what it was asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType

CORE = 1
_PRODUCT = {"id": 7, "name": "Lamp, brass", "price": 4900, "stock": 12, "tags": ["light", "home", "brass"]}
SMALL = json.dumps({**_PRODUCT, "description": "A lamp for the desk. " * 9})
LIST = json.dumps([{**json.loads(SMALL), "id": number} for number in range(34)])  # 10 KB
_CONFIG = """
daemon off;
worker_processes 1;
error_log {folder}/error.log crit;
pid {folder}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  default_type application/json;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    listen 127.0.0.1:{tls_port} ssl backlog=4096;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    location = /status {{ stub_status; }}
    location = /api/products {{ root {folder}; try_files /list.json =404; }}
    location / {{ return 200 '{small}'; }}
  }}
}}
"""


class Target:
    """nginx, started on entry and stopped on exit.

    Args:
        core: where its worker runs.

    Attributes:
        host: its address.
        tls_host: the same behind TLS, with a certificate that nobody signed.
    """

    def __init__(self, core: int = CORE) -> None:
        self._core = core
        self._folder = Path(tempfile.mkdtemp(prefix="benchmark-nginx-"))
        self._folder.chmod(0o755)  # nginx's worker is another user
        port, tls_port = _free_port(), _free_port()
        self.host, self.tls_host = f"http://127.0.0.1:{port}", f"https://127.0.0.1:{tls_port}"
        (self._folder / "list.json").write_text(LIST)
        config = _CONFIG.format(folder=self._folder, port=port, tls_port=tls_port, small=SMALL)
        (self._folder / "nginx.conf").write_text(config)
        self._asked = 0

    def __enter__(self) -> Target:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
             "-keyout", self._folder / "key.pem", "-out", self._folder / "cert.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self._process = subprocess.Popen([nginx, "-c", self._folder / "nginx.conf", "-p", self._folder])
        self._await()
        for pid in self.pids():
            os.sched_setaffinity(pid, {self._core})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def pids(self) -> list[int]:
        """nginx's master and its workers."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [self._process.pid, *map(int, children)]

    def asked(self) -> int:
        """How many requests came so far, as nginx counted them, ours for this number left out."""
        text = self._status()
        self._asked += 1
        return int(re.findall(r"\d+", text)[3]) - self._asked

    def connections(self) -> int:
        """How many connections are open, ours for this number left out."""
        text = self._status()
        self._asked += 1
        return int(re.findall(r"\d+", text)[0]) - 1

    def freeze(self, seconds: float) -> float:
        """Nothing is accepted, read or answered for so long; returns how long it really was."""
        worker = self.pids()[1]
        os.kill(worker, signal.SIGSTOP)
        begun_s = time.monotonic()
        time.sleep(seconds)
        os.kill(worker, signal.SIGCONT)
        return time.monotonic() - begun_s

    def _status(self) -> str:
        with urllib.request.urlopen(f"{self.host}/status", timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def _check(self, path: str, body: str) -> None:
        with urllib.request.urlopen(f"{self.host}{path}", timeout=30) as answer:
            assert answer.read().decode() == body, f"{path} is not what it should be"

    def _await(self) -> None:
        deadline_s = time.monotonic() + 10
        while True:
            try:
                self._check("/small", SMALL)
                self._check("/api/products", LIST)
                return
            except OSError:
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
