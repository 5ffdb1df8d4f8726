"""A folder that keeps contracts: one folder a pair, one file a version, and a list of what is known about them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.contract.interaction import Contract
from simulator.contract.pact.read import read_pact
from simulator.contract.pact.write import write_pact
from simulator.contract.repository.repository import Kept, Selection
from simulator.errors import BringUpError, FileError, Problem, UsageError

ABOUT = "about.json"


class Folder:
    """A folder of contracts.

    Args:
        root: the folder; made when it is first written to.
        clock: the present moment.
    """

    def __init__(self, root: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._root, self._clock = root, clock

    def publish(self, contract: Contract, version: str, tags: Sequence[str] = (), branch: str = "") -> str:
        """See `Repository`."""
        pair = self._root / f"{_name(contract.consumer)}-{_name(contract.provider)}"
        path, content = pair / f"{_name(version)}.json", write_pact(contract)
        about = _about(pair)
        known = next((each for each in about["versions"] if each["version"] == version), None)
        if path.is_file() and path.read_bytes() != content:
            raise UsageError(
                f"{contract.name}: another contract is kept as version {version}", hint="publish it as a new version"
            )
        try:
            pair.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise BringUpError(f"{path} cannot be written: {error.strerror or error}") from error
        if known is None:
            known = {"version": version, "file": path.name, "published_at": self._clock().isoformat(timespec="seconds"),
                     "branch": branch, "tags": []}  # fmt: skip
            about["versions"].append(known)
        known["tags"] = sorted({*known["tags"], *tags})
        known["branch"] = branch or known["branch"]
        about |= {"consumer": contract.consumer, "provider": contract.provider}
        _write(pair, about)
        return str(path)

    def fetch(self, selection: Selection) -> list[Kept]:
        """See `Repository`."""
        found = []
        for pair in sorted(path.parent for path in self._root.glob(f"*/{ABOUT}")):
            about = _about(pair)
            if about.get("provider") != selection.provider or selection.consumer not in (None, about.get("consumer")):
                continue
            fitting = [each for each in about["versions"] if _fits(each, selection)]
            if fitting:
                latest = fitting[-1]
                path = pair / latest["file"]
                found.append(Kept(read_pact(path), latest["version"], tuple(latest["tags"]), str(path)))
        return found

    def record(self, kept: Kept, provider_version: str, success: bool) -> None:
        """See `Repository`."""
        pair = Path(kept.where).parent
        about = _about(pair)
        about["results"].append({
            "version": kept.version, "provider_version": provider_version, "success": success,
            "at": self._clock().isoformat(timespec="seconds"),
        })  # fmt: skip
        _write(pair, about)


def _fits(version: dict[str, Any], selection: Selection) -> bool:
    return (
        selection.version in (None, version["version"])
        and (selection.tag is None or selection.tag in version["tags"])
        and selection.branch in (None, version["branch"])
    )


def _about(pair: Path) -> dict[str, Any]:
    path = pair / ABOUT
    if not path.is_file():
        return {"versions": [], "results": []}
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileError([Problem(str(path), 0, 0, f"is damaged: {error}")]) from error
    return {"versions": [], "results": [], **about}


def _write(pair: Path, about: dict[str, Any]) -> None:
    """By another name first, so that a reader never sees half of it."""
    path = pair / f".{ABOUT}.new"
    path.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    path.replace(pair / ABOUT)


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.+-]+", "-", text).strip(".") or "unnamed"
