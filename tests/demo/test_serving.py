import http.client
import os
import signal
import socket
import struct
import subprocess
import sys
from contextlib import closing

import pytest
import requests

from simulator.demo.__main__ import main


@pytest.fixture
def command():
    """Starts `python -m simulator.demo` and returns the process with the URL that it prints."""
    started = []

    def one_more(*arguments):
        words = [sys.executable, "-m", "simulator.demo", *arguments]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(words, env=environment, **pipes))
        return started[-1], started[-1].stdout.readline().strip()

    yield one_more
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("service", "number"), [("shop", signal.SIGTERM), ("payments", signal.SIGINT)])
def test_a_service_stops_cleanly_with_a_connection_still_open(command, service, number):
    process, url = command(service)
    with requests.Session() as visitor:
        assert visitor.get(url + "/health", timeout=20).json() == {"status": "ok"}
        process.send_signal(number)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(url + "/health", timeout=20)


def test_visitors_who_hang_up_and_a_payment_in_flight_leave_no_trace_in_the_log(command):
    process, url = command("shop", "--stock", "1", "--break", "slow-payments")
    address = ("127.0.0.1", int(url.rsplit(":")[-1]))
    ask = b"POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(address) as rude:
        rude.sendall(ask % 100 + b"{")
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets
    with socket.create_connection(address) as buyer:
        buyer.sendall(ask % 13 + b'{"product":1}')
        while requests.get(url + "/api/products/1", timeout=20).json()["stock"] == 1:
            pass
        process.terminate()
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


def test_connections_are_kept(shop):
    with closing(http.client.HTTPConnection(shop.url.removeprefix("http://"))) as connection:
        connection.connect()
        first = connection.sock
        for _ in range(3):
            connection.request("GET", "/health")
            assert connection.getresponse().read() == b'{"status":"ok"}'
            assert connection.sock is first


def test_a_taken_port_is_said(shop, capsys):
    port = shop.url.rsplit(":")[-1]
    assert main(["shop", "--port", port]) == 3
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop", "--break", "slow"], "unknown break 'slow'; valid are: slow-search, "),
        (["payments", "--break", "slow-search"], "unknown break 'slow-search'; valid are: failing, slow"),
        (["shop", "--stock", "-1"], "stock must not be negative"),
        (["shop", "--payments", "localhost:80"], "must look like http://host:port"),
    ],
)
def test_wrong_arguments_are_said_before_anything_listens(arguments, said, capsys):
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_the_help_lists_the_breaks(capsys):
    with pytest.raises(SystemExit):
        main(["shop", "--help"])
    assert "missing-header-under-load" in capsys.readouterr().out


def test_importing_the_demo_imports_no_server():
    code = "import sys, simulator.demo; print({'flask', 'gevent', 'sqlite3', 'locust'} & set(sys.modules))"
    path = os.pathsep.join(sys.path)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": path})
    assert ran.stdout.strip() == "set()", ran.stderr
