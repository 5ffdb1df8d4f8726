"""Reading answers that begin as the one before did."""

import pytest

from simulator.journey.http.answer import read_answer
from simulator.journey.http.problem import TooLarge

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5"


def read(*parts, bodiless=False, most_bytes=100):
    coming = iter(parts)
    return read_answer(lambda: next(coming, b""), bodiless, most_bytes)


@pytest.fixture(autouse=True)
def one_before():
    assert read(HEAD + b"\r\n\r\nfirst") == (200, HEAD, b"first", True, True)


def test_the_same_head_with_another_body():
    assert read(HEAD + b"\r\n\r\nnext!") == (200, HEAD, b"next!", True, True)


def test_another_head_of_the_same_length():
    other = HEAD.replace(b"200 OK", b"201 OK")
    assert read(other + b"\r\n\r\nfirst") == (201, other, b"first", True, True)


def test_a_body_that_comes_later():
    assert read(HEAD + b"\r\n\r\n", b"fi", b"rst") == (200, HEAD, b"first", True, True)


def test_an_answer_to_head_has_no_body_all_the_same():
    _, head, body, _, keep = read(HEAD + b"\r\n\r\nfirst", bodiless=True)
    assert (head, body, keep) == (HEAD, b"", False)


def test_a_limit_that_is_lower_now():
    with pytest.raises(TooLarge):
        read(HEAD + b"\r\n\r\nfirst", most_bytes=4)


def test_more_bytes_than_the_head_says_end_the_connection():
    *_, body, _, keep = read(HEAD + b"\r\n\r\nfirst and more")
    assert (body, keep) == (b"first", False)
