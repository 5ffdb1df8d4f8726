"""An answer that the author judges: `with self.client.get(…, catch_response=True) as response`."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from simulator.journey.http.response import Response

Settle = Callable[[str | None], None]
"""Records the answer; a text says why it is bad, empty text that it is good, `None` that nobody said."""


class CaughtResponse:
    """A response that counts as good or bad only when its `with` block ends; reads like the response itself."""

    def __init__(self, response: Response, settle: Settle, cut_off: Callable[[], None]) -> None:
        self._response = response
        self._settle = settle
        self._cut_off = cut_off
        self._said: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    def __bool__(self) -> bool:
        return self._response.ok

    def __enter__(self) -> CaughtResponse:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, Exception):
            self._cut_off()
            return
        if error is not None and self._said is None and self._response.ok:
            self._said = f"{type(error).__name__}: {error}"
        self._settle(self._said)

    def success(self) -> None:
        """It is good, whatever its status."""
        self._said = ""

    def failure(self, why: object) -> None:
        """It is bad, whatever its status."""
        self._said = str(why) or "failure"
