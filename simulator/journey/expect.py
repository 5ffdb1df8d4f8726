"""Playwright's `expect`, imported when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import expect as expect
else:

    class _Expect:
        """Stands for `playwright.sync_api.expect`, so that API journeys need no Playwright."""

        def __call__(self, *args: Any, **options: Any) -> Any:
            return self._real(*args, **options)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

        @property
        def _real(self) -> Any:
            from playwright.sync_api import expect as real

            return real

    expect = _Expect()
