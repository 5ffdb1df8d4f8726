"""Redis of the Debian package."""

from tests.servers.server import Process, accepts, binary, free_port

PACKAGE = "redis-server"


class RedisServer:
    def __init__(self, folder):
        port = free_port()
        command = [binary("redis-server", PACKAGE), "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                   "--appendonly", "no", "--dir", str(folder)]  # fmt: skip
        self._process = Process(command, folder)
        self.url = f"redis://127.0.0.1:{port}/0"
        self._process.await_ready(lambda: accepts(port), 15)

    def stop(self):
        self._process.stop()
