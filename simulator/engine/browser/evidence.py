"""What a failed browser step leaves behind: a screenshot, and what the page said."""

from __future__ import annotations

import traceback
from collections import Counter, deque
from contextlib import suppress
from typing import TYPE_CHECKING

from simulator.engine.browser.fibers import Fibers
from simulator.engine.browser.trouble import is_authors
from simulator.journey.http.secrets import mask_address
from simulator.record.failure import Evidence
from simulator.safe_text import clean

if TYPE_CHECKING:
    from playwright.sync_api import Page

LOOK_WITHIN_S = 3.0
MOST_LINES = 50
MOST_PIECES = 60
MOST_BYTES = 50_000_000
FEW = 10
SLOWER = 1.2
MOST_SLOWEST = 5


class Slowest:
    """Knows how long journeys take, and which one was the slowest of its name so far."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._worst_s: dict[str, float] = {}
        self._told: Counter[str] = Counter()

    def seen(self, journey: str) -> int:
        """How many of that name there were."""
        return self._seen[journey]

    def is_news(self, journey: str, took_s: float) -> bool:
        """Whether a journey that went well was slower than all before it by so much that it is worth a look."""
        self._seen[journey] += 1
        worst_s = self._worst_s.get(journey, 0.0)
        self._worst_s[journey] = max(worst_s, took_s)
        news = self._seen[journey] > FEW and took_s > worst_s * SLOWER and self._told[journey] < MOST_SLOWEST
        self._told[journey] += news
        return news


class Budget:
    """How much evidence one host may still collect."""

    def __init__(self, pieces: int = MOST_PIECES, size_bytes: int = MOST_BYTES) -> None:
        self._pieces = pieces
        self._size_bytes = size_bytes

    @property
    def left(self) -> bool:
        """Whether there is any."""
        return self._pieces > 0 and self._size_bytes > 0

    def spend(self, evidence: list[Evidence]) -> None:
        """Take these from it."""
        self._pieces -= len(evidence)
        self._size_bytes -= sum(len(piece.content) for piece in evidence)


def look(
    fibers: Fibers, page: Page | None, lines: deque[str], error: BaseException | None, budget: Budget
) -> list[Evidence]:
    """The page as it is now; less when it no longer answers.

    Args:
        fibers: those of the page's loop.
        page: the page; `None` when there is none that could answer.
        lines: what its console said.
        error: the author's exception, or `None`.
        budget: what may be spent.
    """
    if not budget.left:
        return []
    found = []
    title = ""
    if page is not None:
        # whatever goes wrong here: the failure itself must be told
        with suppress(Exception), fibers.deadline(LOOK_WITHIN_S):
            title = page.title()
            found.append(Evidence("screenshot.png", page.screenshot(timeout=LOOK_WITHIN_S * 1000)))
    found.append(Evidence("page.txt", _words(page.url if page else "", title, lines, error).encode()))
    budget.spend(found)
    return found


def _words(url: str, title: str, lines: deque[str], error: BaseException | None) -> str:
    parts = [f"address: {mask_address(url)}", f"title: {clean(title)}"]
    if lines:
        parts += ["", "console:", *(clean(line) for line in lines)]
    if error is not None:
        parts += ["", authors_traceback(error)]
    return "\n".join(parts) + "\n"


def authors_traceback(error: BaseException) -> str:
    """The traceback of an error, only the lines of the author's files, and all that the error says."""
    trace = traceback.TracebackException.from_exception(error)
    trace.stack = traceback.StackSummary.from_list([frame for frame in trace.stack if is_authors(frame.filename)])
    return clean("".join(trace.format(chain=False)).rstrip(), keep_lines=True)
