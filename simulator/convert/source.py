"""Files of other tools, read and turned into text; what is wrong with a file is an error with its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from simulator.contract.content import content_of
from simulator.contract.openapi.description import read_description
from simulator.convert.call import Recording
from simulator.convert.har import read_har
from simulator.convert.k6 import limits_of_k6
from simulator.convert.limits import Limit, threshold_file
from simulator.convert.openapi import calls_of
from simulator.convert.script import script_of
from simulator.convert.taurus import limits_of_taurus
from simulator.errors import FileError, Problem

_SECRET = re.compile(r'= secret\("(\w+)"\)')


@dataclass(frozen=True)
class Made:
    """A converted file.

    Attributes:
        text: of the new file.
        left_out: in words, what is not in it.
        secrets: variables of the environment that it needs.
    """

    text: str
    left_out: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def from_har(path: Path, name: str, *, assets: bool = False) -> Made:
    """A journey file from a HAR recording.

    Raises:
        FileError: it cannot be read, or there is nothing in it.
    """
    try:
        document = orjson.loads(content_of(path).removeprefix(b"\xef\xbb\xbf"))
        recording = read_har(document["log"], assets=assets)
    except orjson.JSONDecodeError as error:
        raise _refused(path, f"this is not JSON: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _refused(path, f"this is no HAR recording ({type(error).__name__}: {error})") from error
    return _journey(path, name, recording)


def from_openapi(path: Path, name: str, *, assets: bool = False) -> Made:
    """A journey file from an OpenAPI description.

    Raises:
        FileError: it cannot be read, or there is nothing in it.
    """
    return _journey(path, name, calls_of(read_description(path)))


def from_k6(path: Path, name: str, *, assets: bool = False) -> Made:
    """A threshold file from a k6 script.

    Raises:
        FileError: it cannot be read, or has no thresholds.
    """
    return _limits(path, limits_of_k6)


def from_taurus(path: Path, name: str, *, assets: bool = False) -> Made:
    """A threshold file from a Taurus configuration.

    Raises:
        FileError: it cannot be read, or has no criteria.
    """
    return _limits(path, limits_of_taurus)


def _journey(path: Path, name: str, recording: Recording) -> Made:
    if not recording.calls:
        raise _refused(path, "there is no request in it that could be made again")
    text = script_of(recording, name, made_from=path.name)
    return Made(text, recording.left_out, tuple(_SECRET.findall(text)))


def _limits(path: Path, read: Callable[[str], tuple[list[Limit], list[str]]]) -> Made:
    try:
        limits, left_out = read(content_of(path).decode("utf-8-sig"))
    except ValueError as error:
        raise _refused(path, str(error)) from error
    return Made(threshold_file(limits, path.name, left_out), tuple(left_out))


def _refused(path: Path, message: str) -> FileError:
    return FileError([Problem(str(path), 0, 0, message)])
