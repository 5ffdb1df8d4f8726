"""Which stored runs a word on the command line means: a run folder, a build, `last 8`, or several of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.compare.likeness import alike, is_valid
from simulator.errors import UsageError, did_you_mean
from simulator.record.folder import file_name

_LAST = re.compile(r"last(?:\s+(\d{1,4}))?")
USUAL_HISTORY = 8


class StoredRuns:
    """The runs in a folder of reports, read as far as they are asked for.

    Args:
        reports: where run folders lie.
    """

    def __init__(self, reports: Path) -> None:
        self.reports = reports
        self._folders = sorted(path.parent for path in reports.glob("*/data.sqlite"))
        self._documents: dict[Path, dict[str, Any]] = {}

    def find(self, words: str, *, like: Mapping[str, Any] | None = None, may_be_empty: bool = False) -> list[Path]:
        """The run folders that the words mean, in order of time.

        Args:
            words: run folders, builds (all their valid runs) or `last 8`, separated by commas.
            like: what `last N` runs have to be like: same plan, environment and machine.
            may_be_empty: a history without any such run is no error.

        Raises:
            UsageError: one of them is nothing of that kind.
        """
        found: dict[Path, None] = {}
        for word in filter(None, map(str.strip, words.split(","))):
            found.update(dict.fromkeys(self._find_one(word, like, may_be_empty)))
        if not found and not may_be_empty:
            raise UsageError(f"{words!r} names no run")
        return list(found)

    def document(self, folder: Path) -> dict[str, Any]:
        """What `run.json` of a run says; empty when it is missing."""
        if folder not in self._documents:
            self._documents[folder] = read_document(folder)
        return self._documents[folder]

    def builds(self) -> list[str]:
        """The builds that have runs here, by the names of their folders."""
        return list(dict.fromkeys(_build_in(folder) for folder in self._folders))

    def _find_one(self, word: str, like: Mapping[str, Any] | None, may_be_empty: bool) -> list[Path]:
        path = Path(word)
        for folder in (path, self.reports / word, path.parent):
            if (folder / "data.sqlite").is_file() and (folder != path.parent or path.is_file()):
                return [folder]
        if match := _LAST.fullmatch(word):
            return self._last(int(match[1] or USUAL_HISTORY), like, may_be_empty)
        return self._of_build(word)

    def _of_build(self, build: str) -> list[Path]:
        slug = file_name(build)
        named = [folder for folder in self._folders if slug in folder.name]
        runs = [folder for folder in named if self.document(folder).get("build") == build or _build_in(folder) == slug]
        if not runs:
            hint = did_you_mean(build, self.builds()) or f"there are no runs in {self.reports}"
            raise UsageError(f"{build!r} is neither a run folder nor a build in {self.reports}", hint=hint)
        valid = [folder for folder in runs if is_valid(self.document(folder))]
        if not valid:
            raise UsageError(f"no run of {build!r} is valid", hint="name one of its run folders to compare it anyway")
        return valid

    def _last(self, count: int, like: Mapping[str, Any] | None, may_be_empty: bool) -> list[Path]:
        found = list(self._newest_like(count, like))
        if not found and not may_be_empty:
            raise UsageError(
                f"no valid run in {self.reports} has the same plan, environment and machine",
                hint="run the same profile here first, or name a run or a build",
            )
        return found[::-1]

    def _newest_like(self, count: int, like: Mapping[str, Any] | None) -> Iterator[Path]:
        left = count
        for folder in reversed(self._folders):
            document = self.document(folder)
            if not left:
                return
            if is_valid(document) and (like is None or (alike(document, like) and folder.name != like.get("run"))):
                left -= 1
                yield folder


def read_document(folder: Path) -> dict[str, Any]:
    """What `run.json` of a run says; empty when it is missing or damaged."""
    import orjson

    try:
        found = orjson.loads((folder / "run.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def documents_in(reports: Path) -> Sequence[dict[str, Any]]:
    """What `run.json` of every run in a folder says, in order of time."""
    found = [document for path in sorted(reports.glob("*/run.json")) if (document := read_document(path.parent))]
    return sorted(found, key=lambda document: str(document.get("started_at")))


def _build_in(folder: Path) -> str:
    return folder.name.split("-", 2)[-1]
