"""Values that must not be written down anywhere: put out of everything that a run keeps, however they are coded."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus

from simulator.record.failure import Evidence, Failure
from simulator.record.window import Window

MASK = "***"
SHORTEST = 4
"""Shorter values would be found everywhere, and masking them would tell what they are."""
_ZIP = b"PK\x03\x04"


class Secrecy:
    """Masks values, as they are and in URLs, JSON and base64.

    Args:
        values: what is secret; those shorter than `SHORTEST` are left out.
    """

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values if len(value) >= SHORTEST for form in _forms(value)}
        longest_first = sorted((re.escape(form) for form in forms), key=len, reverse=True)
        self._text = re.compile("|".join(longest_first)) if forms else None
        self._bytes = re.compile("|".join(longest_first).encode()) if forms else None

    def __bool__(self) -> bool:
        return self._text is not None

    def masked(self, text: str) -> str:
        """The text without secret values."""
        return self._text.sub(MASK, text) if self._text else text

    def masked_bytes(self, content: bytes) -> bytes:
        """A file's content without secret values; in archives (such as a browser's trace) each file by itself."""
        if self._bytes is None:
            return content
        if content.startswith(_ZIP):
            return self._masked_archive(content)
        return self._bytes.sub(MASK.encode(), content)

    def mask_window(self, window: Window) -> None:
        """Put secret values out of the failures of a second and their evidence."""
        if not self:
            return
        failures, window.failures = window.failures, {}
        for failure in failures.values():
            window.fail(self._masked_failure(failure))

    def mask_folder(self, folder: Path) -> None:
        """Put secret values out of text files that others have written into a run's folder, such as logs."""
        if not self:
            return
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and ".sqlite" not in path.name:
                content = path.read_bytes()
                masked = self.masked_bytes(content)
                if masked != content:
                    path.write_bytes(masked)

    def _masked_failure(self, failure: Failure) -> Failure:
        failure.key = failure.key._replace(pattern=self.masked(failure.key.pattern))
        failure.message = self.masked(failure.message)
        failure.evidence = [Evidence(piece.name, self.masked_bytes(piece.content)) for piece in failure.evidence]
        return failure

    def _masked_archive(self, content: bytes) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                new.writestr(entry.filename, self.masked_bytes(old.read(entry)))
        return made.getvalue()


def _forms(value: str) -> Iterable[str]:
    """The codings in which a value may come."""
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield json.dumps(value)[1:-1]
    yield from _base64_forms(value.encode())


def _base64_forms(value: bytes) -> Iterable[str]:
    """What of a value's base64 does not depend on its neighbours, for each of the three places it may begin at."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + value).decode()
        inner = coded[(8 * before + 5) // 6 : 8 * (before + len(value)) // 6]
        if len(inner) >= 8:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")
