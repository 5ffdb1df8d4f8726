"""HTTP/2, against a server that can do everything a server may do, in a process that gevent patches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def found(certificate) -> dict:
    done = subprocess.run(
        [sys.executable, str(HERE / "http2_ways.py"), *certificate],
        capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": str(HERE.parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_request_arrives_as_the_author_wrote_it(found):
    assert found["fields"] == {
        ":method": "POST", ":path": "/echo?q=a%20b", ":scheme": "http", "content-type": "application/json",
    }  # fmt: skip
    assert found["left_out"] == []


def test_repeated_fields_cookies_redirects_and_interim_answers_read_as_over_http_1(found):
    assert found["repeated"] == "1, 2"
    assert found["cookie"] == "a=1; b=2"
    assert found["moved"] == [200, [302]]
    assert found["head"] == [200, "after the hint"]


def test_large_answers_and_uploads_go_through_small_windows(found):
    assert found["large"] is True
    assert (found["uploaded"], found["streamed"]) == (100_000, 25_000)


def test_one_connection_serves_all_requests_and_survives_a_ping_while_it_rests(found):
    assert (found["connections"], found["pinged"]) == (1, 1)


def test_an_answer_that_is_too_large_is_broken_off_and_the_user_goes_on(found):
    assert (found["too_large"], found["after_too_large"]) == ("too large", 200)


def test_what_the_server_did_not_look_at_is_asked_again(found):
    assert found["refused"] == "second time"
    assert found["goodbye"] == "elsewhere"


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("broken", ["reset", 200]),
        ("last", ["the last one", 200]),
        ("hung_up", ["bye", 200]),
        ("garbage", ["protocol", 200]),
        ("silent", ["timeout", 200]),
    ],
)
def test_after_trouble_the_next_request_has_a_connection_that_works(found, what, told):
    assert found[what] == told


def test_over_tls_the_server_chooses_the_version(found):
    assert found["tls"] == ["https", True]
    assert found["old_server"] == "old"


def test_a_server_that_does_not_know_what_it_was_supposed_to_know_is_a_clear_failure(found):
    assert found["old_plain_server"] == "protocol"
