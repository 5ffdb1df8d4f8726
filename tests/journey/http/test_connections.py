"""Connections, TLS, limits, and what is recorded of a request that its author judges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@pytest.fixture(scope="module")
def found(certificate) -> Iterator[dict]:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(HERE / "awkward_server.py"), *files],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for files in ((), certificate)
        ]
        ports = [server.stdout.readline().strip() for server in servers]
        done = subprocess.run(
            [sys.executable, str(HERE / "probe.py"), *ports, certificate[0]],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for server in servers:
            server.stdin.close()
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)


def test_a_user_keeps_its_connection(found):
    assert found["kept"] == 0
    assert found["tls_kept"] <= 2  # one of the answers in between ends with its connection


def test_a_connection_that_died_between_requests_is_replaced(found):
    assert found["replaced"] == [200] * 20


def test_certificates_must_be_good_unless_the_author_says_otherwise(found):
    assert found["tls_refused"] == "tls"
    assert found["tls_wrong_name"] == "tls"
    assert found["tls_trusted"] == [200]
    assert found["plain_to_tls"]


def test_tls_carries_everything_that_plain_connections_do(found):
    assert found["tls_large"] == [1_024_000, True]
    assert found["tls_chunked"] == ["hello world", "drop by drop", "read to the end"]
    assert found["tls_timeout"] == "timeout"


def test_bodies_beyond_the_limit_are_failures(found):
    assert found["limits"] == ["too large", "too large", "http 200", "http 200"]


def test_large_bodies_can_be_sent(found):
    assert found["upload"] == 5_000_000


def test_session_headers_may_change_at_any_time(found):
    assert found["session_headers"] == ["one", "two", False]


def test_the_author_may_judge_an_answer(found):
    assert found["caught"] == {"GET /none": [1, 0], "GET /json": [0, 1], "GET /broken": [0, 1], "GET /utf8": [0, 1]}
    classes = [error_class for error_class, _ in found["caught_why"]]
    assert classes == ["check", "http 500", "check"]
    assert found["caught_why"][0][1] == "not what I want"


def test_a_killed_user_leaves_its_request_cut_off(found):
    assert found["killed"] == [["GET /silent", 0, 0, 1]]


def test_many_users_get_their_own_answers(found):
    assert found["many"]


def test_wrong_use_is_told_to_the_author(found):
    no_host, no_http, no_header = found["wrong"]
    assert "--host" in no_host
    assert "ftp://x/y" in no_http
    assert "cannot be sent" in no_header
    assert found["dns"] == "dns"


def test_answers_know_how_long_they_took_and_raise_when_asked(found):
    assert found["raised"] == ["HTTPError", "500 Internal Server Error"]
    assert found["elapsed"]
