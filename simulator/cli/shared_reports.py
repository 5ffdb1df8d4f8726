"""Reports on shared storage: `--out s3://bucket/reports`, through fsspec.

A run is written here and copied there when it is done; what history needs is copied from there before: `run.json` of
every run, and the data of the latest ones. The copy stays in the user's cache, so that nothing is fetched twice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator.errors import RunError, SimulatorError, UsageError

LATEST = 30
"""So many of the latest runs are copied with their data, for baselines and comparisons."""

DATA = ("data.sqlite", "facts.json")
LAST = ("run.json", "index.html")
"""Written after everything else: whoever sees a run's `run.json` sees the whole run."""


def place(text: str) -> Path | str:
    """A folder here, or the address of one elsewhere; for argparse."""
    return text if "://" in text else Path(text)


@contextmanager
def at_hand(where: Path | str, *, keeps: bool = False) -> Iterator[Path]:
    """A local folder with the reports of a place.

    Args:
        where: a folder, which is handed on as it is, or an address.
        keeps: what is new in the folder at the end is copied to the address.

    Raises:
        UsageError: there is nothing for addresses of this kind.
        RunError: what is there cannot be read or written.
    """
    if isinstance(where, Path):
        yield where
        return
    mirror = Mirror(where)
    mirror.pull()
    yield mirror.folder
    if keeps:
        mirror.push()
        print(f"stored at {where}")


class Mirror:
    """A copy of reports that lie elsewhere.

    Args:
        address: such as `s3://bucket/reports`.
        cache: where copies lie; the user's cache without it.

    Attributes:
        folder: the copy.
    """

    def __init__(self, address: str, cache: Path | None = None) -> None:
        self.address = address
        self._system, self._root = _system_of(address)
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        self.folder = (cache or _cache()) / digest
        self.folder.mkdir(parents=True, exist_ok=True)

    def pull(self) -> None:
        """Copy what is there and not here.

        Raises:
            RunError: it cannot be read.
        """
        there = self._there()
        runs = sorted({name.partition("/")[0] for name in there if name.endswith("/run.json")})
        wanted = [f"{run}/run.json" for run in runs]
        wanted += [f"{run}/{name}" for run in runs[-LATEST:] for name in DATA if f"{run}/{name}" in there]
        for name in wanted:
            here = self.folder / name
            if not here.is_file() or here.stat().st_size != there[name]:
                here.parent.mkdir(exist_ok=True)
                self._tried("read", lambda name=name, here=here: self._system.get_file(self._at(name), str(here)))

    def push(self) -> None:
        """Copy what is here and not there.

        Raises:
            RunError: it cannot be written; everything stays here.
        """
        there = self._there()
        files = [file for file in sorted(self.folder.rglob("*")) if file.is_file() and not self._is_ours(file)]
        for file in sorted(files, key=lambda file: file.name in LAST):
            name = file.relative_to(self.folder).as_posix()
            if there.get(name) != file.stat().st_size or name == "index.html":
                self._tried("written", lambda name=name, file=file: self._put(file, name))

    def _is_ours(self, file: Path) -> bool:
        return any(part.startswith(".") for part in file.relative_to(self.folder).parts)

    def _put(self, file: Path, name: str) -> None:
        target = self._at(name)
        self._system.makedirs(target.rpartition("/")[0], exist_ok=True)
        self._system.put_file(str(file), target)

    def _there(self) -> Mapping[str, int]:
        """Name below the address → bytes."""
        found: Mapping[str, Any] = self._tried("listed", self._listed)
        root = self._root.rstrip("/") + "/"
        named = ((path.partition(root)[2], info) for path, info in found.items())
        return {name: int(info["size"] or 0) for name, info in named if name}

    def _listed(self) -> Mapping[str, Any]:
        self._system.invalidate_cache()
        try:
            return dict(self._system.find(self._root, detail=True))
        except FileNotFoundError:
            return {}

    def _at(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _tried(self, what: str, act: Any) -> Any:
        try:
            return act()
        except SimulatorError:
            raise
        except Exception as error:  # every file system has errors of its own
            message = f"{self.address} cannot be {what}: {type(error).__name__}: {error}"
            raise RunError(message, hint=f"what was measured is kept in {self.folder}") from error


def _system_of(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise UsageError(f"{address}: addresses need fsspec", hint="pip install 'simulator[shared]'") from error
    try:
        system, root = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise UsageError(f"{address}: {error}", hint="install what it needs, such as s3fs or gcsfs") from error
    except ValueError as error:
        known = "there are s3://, gcs://, abfs://, sftp:// and all others of fsspec"
        raise UsageError(f"{address}: {error}", hint=known) from error
    return system, str(root)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "simulator" / "reports"
