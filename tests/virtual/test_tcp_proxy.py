import socket
import socketserver
import threading
import time

import pytest

from simulator.errors import UsageError
from simulator.virtual.tcp_behaviour import tcp_behaviour


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while content := self.request.recv(65536):
            self.request.sendall(content)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@pytest.fixture
def proxy(run):
    server = Server(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield run("proxy", "--target", f"127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def dialled(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as sock:
        yield sock


def echoed(sock, content):
    sock.sendall(content)
    return read(sock, len(content))


def read(sock, size):
    found = b""
    while len(found) < size and (piece := sock.recv(65536)):
        found += piece
    return found


def test_bytes_pass_in_both_directions_and_the_end_does_too(proxy, dialled):
    content = bytes(range(256)) * 4000
    threading.Thread(target=dialled.sendall, args=(content,)).start()

    assert read(dialled, len(content)) == content
    dialled.shutdown(socket.SHUT_WR)
    assert dialled.recv(1) == b""


def test_a_silent_service_answers_once_it_is_well_again(proxy, dialled):
    assert echoed(dialled, b"before") == b"before"
    proxy.remote.switch(["timeout"])
    dialled.sendall(b"during")
    dialled.settimeout(0.2)
    with pytest.raises(TimeoutError):
        dialled.recv(1)
    proxy.remote.switch([])
    dialled.settimeout(10)

    assert read(dialled, 6) == b"during"


def test_a_reset_ends_what_is_open_and_what_comes(proxy, dialled):
    assert echoed(dialled, b"before") == b"before"
    proxy.remote.switch(["reset"])

    with pytest.raises(ConnectionResetError):
        dialled.recv(1)
    with pytest.raises(ConnectionError), socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as fresh:
        fresh.sendall(b"x")
        if fresh.recv(1) == b"":
            raise ConnectionError


def test_a_truncated_stream_ends_after_so_many_bytes(proxy, dialled):
    proxy.remote.switch(["truncated 1 KB"])
    dialled.sendall(b"x" * 5000)

    assert len(read(dialled, 5000)) == 1000


@pytest.mark.parametrize(("words", "least_s"), [("latency 100 ms", 0.2), ("throttled 2 KB/s", 0.4), ("drip", 0.4)])
def test_slow_ways(proxy, dialled, words, least_s):
    proxy.remote.switch([words])
    began_s = time.monotonic()

    assert echoed(dialled, b"x" * 1000) == b"x" * 1000
    assert time.monotonic() - began_s >= least_s  # a bound from below, which holds on any machine


def test_connections_are_told_by_phase(proxy):
    proxy.remote.switch(["empty"], "outage")
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as sock:
        assert sock.recv(1) == b""

    [row] = proxy.remote.take()["operations"]

    assert (row["name"], row["phase"], len(row["failed_s"])) == ("connection", "outage", 1)


@pytest.mark.parametrize("words", ["latncy", "latency soon", "reset 5"])
def test_unknown_ways_are_refused(words):
    with pytest.raises(UsageError):
        tcp_behaviour(words)
