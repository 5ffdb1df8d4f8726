"""Evidence of failures, taken into a page as far as a budget allows."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
LONGEST_TEXT = 20_000
BUDGET_BYTES = 600_000


@dataclass(frozen=True)
class Piece:
    """One file of evidence.

    Attributes:
        path: relative to the run folder.
        link: the same as a relative address; empty when the path leads out of the folder.
        picture: the whole picture as a `data:` address; empty when it is none or too large.
        text: its text; empty when it is none, or too large.
    """

    path: str
    link: str
    picture: str = ""
    text: str = ""


class Evidence:
    """Reads evidence until the budget is spent; each file counts once.

    Args:
        folder: the run folder; `None` when there is none, and then no evidence is found.
        budget_bytes: how much of a page evidence may take.
    """

    def __init__(self, folder: Path | None, budget_bytes: int = BUDGET_BYTES) -> None:
        self._folder = folder.resolve() if folder is not None else None
        self._left_bytes = budget_bytes

    def pieces(self, paths: Iterable[str]) -> tuple[Piece, ...]:
        """The files at these paths, relative to the run folder; what cannot be read is named and not shown."""
        return tuple(self._piece(path) for path in paths)

    def _piece(self, path: str) -> Piece:
        content = self._read(path)
        if content is None:
            return Piece(path, "")
        link = quote(path)
        kind = next((kind for magic, kind in PICTURES.items() if content.startswith(magic)), None)
        if kind is not None:
            address = f"data:{kind};base64,{base64.b64encode(content).decode()}"
            return Piece(path, link, picture=address if self._take(len(address)) else "")
        if b"\x00" in content[:1000]:
            return Piece(path, link)
        text = content[:LONGEST_TEXT].decode("utf-8", "replace") + ("\n…" if len(content) > LONGEST_TEXT else "")
        return Piece(path, link, text=text if self._take(len(text)) else "")

    def _read(self, path: str) -> bytes | None:
        """The first megabyte of a file inside the folder."""
        if self._folder is None:
            return None
        try:
            file = (self._folder / path).resolve()
            if not file.is_relative_to(self._folder) or not file.is_file():
                return None
            with file.open("rb") as stream:
                return stream.read(1_000_000)
        except (OSError, ValueError):
            return None

    def _take(self, size_bytes: int) -> bool:
        fits = size_bytes <= self._left_bytes
        self._left_bytes -= size_bytes if fits else 0
        return fits
