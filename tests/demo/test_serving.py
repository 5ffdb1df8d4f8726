import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from simulator.demo.__main__ import main


@pytest.mark.parametrize("service", ["shop", "payments"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_stops_cleanly_with_a_connection_still_open(serve, service, number):
    started = serve(service)
    with requests.Session() as visitor:
        assert visitor.get(started.url + "/health").json() == {"status": "ok"}
        assert started.stop(number) == (0, "")
    with pytest.raises(requests.ConnectionError):
        started.get("/health")


def test_connections_are_kept(shop):
    with socket.create_connection(("127.0.0.1", int(shop.url.rsplit(":")[-1]))) as connection:
        for _ in range(3):
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


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
