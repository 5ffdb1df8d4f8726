"""Operation names that group, evidence that keeps no secret, and error classes."""

from __future__ import annotations

import socket
import ssl

import pytest

from simulator.journey.http.exchange import exchange
from simulator.journey.http.headers import Headers, head_lines
from simulator.journey.http.name import operation_name, path_pattern
from simulator.journey.http.problem import DeadlineExceeded, ProtocolProblem, Stale, TooLarge, class_of


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/api/products", "/api/products"),
        ("/api/products/42", "/api/products/{id}"),
        ("/api/products/42?q=1#x", "/api/products/{id}"),
        ("/api/v1/users/7/orders/8", "/api/v1/users/{id}/orders/{id}"),
        ("/o/6f9619ff-8b86-d011-b42d-00cf4fc964ff", "/o/{id}"),
        ("/o/5f3c9a7b2e4d6f8091a2b3c4", "/o/{id}"),
        ("/t/eyJhbGciOiJIUzI1NiJ9Ab", "/t/{id}"),
        ("/img/1234.png", "/img/{id}.png"),
        ("/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/{id}"),
        ("/deadbeef", "/deadbeef"),
        ("/checkout/confirmation-of-order", "/checkout/confirmation-of-order"),
        ("", "/"),
    ],
)
def test_ids_in_paths_are_grouped(path, pattern):
    assert path_pattern(path) == pattern


def test_an_authors_name_stands_behind_the_method():
    assert operation_name("GET", "/x/1", "/x/[id]") == "GET /x/[id]"
    assert operation_name("GET", "/x/1", "GET all") == "GET all"


@pytest.mark.fault(31, "authorization, cookies, tokens and passwords, by name", "masked in evidence")
def test_secrets_are_masked_in_evidence():
    sent = (
        b"POST /login?token=s3cret&page=2 HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer s3cret\r\n"
        b"Cookie: sid=s3cret\r\nX-Api-Key: s3cret\r\n\r\n"
        b'{"user": "ann", "password": "s3cret", "nested": {"access_token": "s3cret\\"s3cret"}, "pin": 1234}'
    )
    head = b"HTTP/1.1 401 Unauthorized\r\nSet-Cookie: sid=s3cret; Path=/\r\nLocation: http://u:s3cret@h/?api_key=s3cret"
    evidence = exchange(sent, head, b"user=ann&client_secret=s3cret&x=1", None)
    text = evidence.content.decode()
    assert evidence.name == "exchange.txt"
    assert "s3cret" not in text
    assert "1234" not in text
    for kept in ("POST /login?token=***&page=2", "Host: shop", '"user": "ann"', "401 Unauthorized", "user=ann", "x=1"):
        assert kept in text


def test_long_and_binary_bodies_are_cut():
    text = exchange(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 500 X", b"a" * 20_000, None).content
    assert len(text) < 11_000
    assert b"20000 bytes" in text
    assert b"no text" in exchange(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 500 X", b"\xff\xfe\x80" * 50, None).content


def test_headers_are_found_in_any_case_and_cannot_smuggle_lines():
    headers = Headers([("Content-Type", "a"), ("X", "1"), ("x", "2")])
    assert (headers["content-type"], headers["X"], headers.all("x")) == ("a", "1, 2", ["1", "2"])
    with pytest.raises(ValueError, match="cannot be sent"):
        head_lines({"X": "a\r\nInjected: b"})


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (DeadlineExceeded(), "timeout"),
        (TimeoutError(), "timeout"),
        (ConnectionRefusedError(), "refused"),
        (Stale(), "reset"),
        (BrokenPipeError(), "reset"),
        (socket.gaierror(), "dns"),
        (ssl.SSLCertVerificationError(), "tls"),
        (OSError(113, "No route to host"), "unreachable"),
        (ProtocolProblem(), "protocol"),
        (TooLarge(), "too large"),
    ],
)
def test_each_way_to_fail_has_a_word(error, word):
    assert class_of(error) == word
