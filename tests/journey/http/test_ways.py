"""Proxies, streamed bodies, client certificates and GraphQL, against real sockets, in a process that gevent patches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.journey.http.graphql import call_name, errors_in

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def found() -> dict:
    done = subprocess.run(
        [sys.executable, str(HERE / "ways.py")],
        capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": str(HERE.parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_plain_request_through_a_proxy_carries_its_whole_address(found):
    assert found["proxied"][0] == "GET http://shop.example:8123/a?b=1 HTTP/1.1"
    assert "Proxy-Authorization: Basic dTpw" in found["proxied"]


def test_a_request_over_tls_asks_the_proxy_for_a_tunnel(found):
    assert found["tunnelled"][0] == "CONNECT shop.example:443 HTTP/1.1"
    assert found["tunnel_refused"] == "proxy"


def test_the_environments_proxy_is_taken_but_never_for_loopback(found):
    assert found["from_environment"] == [True, False]


def test_an_iterator_goes_in_chunks_and_a_file_with_its_length(found):
    assert found["chunked"] == ["chunked", None, 300_000]
    assert found["file"] == [None, "200000", 200_000]


def test_a_graphql_call_is_named_and_fails_with_its_errors(found):
    assert found["graphql"] == ["POST /graphql mutation Buy", ["check", "GraphQL: sold out"]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("{ products(first: 3) { id } }", "/graphql query products"),
        ("query Shop($n: Int) { products { id } }", "/graphql query Shop"),
        ("mutation { order: buy(id: 1) { id } }", "/graphql mutation buy"),
        ("fragment F on P { id }\nquery Q { p { ...F } }", "/graphql query Q"),
    ],
)
def test_calls_are_named_after_their_operation(query, name):
    assert call_name("https://h/graphql?x=1", {"query": query}) == name


def test_what_is_no_graphql_keeps_its_name():
    assert call_name("/search", {"query": "lamp"}) is None
    assert errors_in(b'{"errors": []}') is None
    assert errors_in(b'{"data": "\\"errors\\""}') is None
