"""What Playwright and the author's code raise, in the words that the report will show."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

from simulator.engine.browser.fibers import DriverGone, Overdue
from simulator.journey.check import CheckFailed
from simulator.journey.http.problem import NotAllowed
from simulator.safe_text import clean

MOST_LINES = 3

_NETWORK = re.compile(r"net::ERR_(\w+)")
_NETWORK_CLASSES = {
    "CONNECTION_REFUSED": "refused",
    "CONNECTION_RESET": "reset",
    "CONNECTION_CLOSED": "reset",
    "EMPTY_RESPONSE": "reset",
    "NAME_NOT_RESOLVED": "dns",
    "TIMED_OUT": "timeout",
    "CONNECTION_TIMED_OUT": "timeout",
}
_CRASH = re.compile(r"\b(?:page|target) crashed\b", re.IGNORECASE)
_LOG = re.compile(r"^\s*(?:Call log:|=+ logs =+|Browser logs:|.*<launching>)", re.MULTILINE)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_OURS = str(Path(__file__).resolve().parents[2])


class BrowserGone(Exception):  # noqa: N818 - says what happened
    """There is no browser to act in."""


def class_of(error: BaseException, browser_lives: bool) -> str:
    """The short word that an error in a browser journey is counted under, see `FailureKey`."""
    message = str(error)
    if isinstance(error, BrowserGone | DriverGone) or _CRASH.search(message):
        return "browser"
    if _is_playwrights(error) and not browser_lives:
        return "browser"
    if isinstance(error, Overdue):
        return "timeout"
    if isinstance(error, NotAllowed):
        return error.error_class
    if not _is_playwrights(error):
        return "check" if type(error) in (AssertionError, CheckFailed) else type(error).__name__
    if isinstance(error, AssertionError):
        return "expect"
    if type(error).__name__ == "TimeoutError":
        return "timeout"
    network = _NETWORK.search(message)
    return _NETWORK_CLASSES.get(network[1], "network") if network else type(error).__name__


def words_of(error: BaseException) -> str:
    """The first lines of an error without the log of what was tried, and where in the author's code it came up."""
    said = _LOG.split(_ANSI.sub("", str(error)))[0]
    lines = [line for line in map(str.strip, said.splitlines()) if line]
    words = clean(" · ".join(lines[:MOST_LINES]))
    ours = AssertionError | BrowserGone | DriverGone | NotAllowed | Overdue
    speaks_for_itself = _is_playwrights(error) or isinstance(error, ours)
    named = words if speaks_for_itself else f"{type(error).__name__}: {words}"
    place = _authors_place(error)
    return " ".join(filter(None, [named.rstrip(": ") or type(error).__name__, place]))


def _is_playwrights(error: BaseException) -> bool:
    """It is of Playwright's own kind, or an assertion that came up inside Playwright."""
    if type(error).__module__.startswith("playwright."):
        return True
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, AssertionError) and bool(frames) and "playwright" in Path(frames[-1].filename).parts


def _authors_place(error: BaseException) -> str:
    """`(shop.py:81)`; empty text when no line of the author's had a part in it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_authors(frame.filename)]
    return f"({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""


def is_authors(filename: str) -> bool:
    """Whether a file is the author's: neither ours, nor a library's, nor Python's."""
    others = (_OURS, "site-packages", "dist-packages", "<", str(Path(traceback.__file__).parent))
    return not any(part in filename for part in others)
