"""Several runs one after the other, each a `simulator run` of its own: fresh process, same path as any other run."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulator.errors import BringUpError, RunError, UsageError

_MEASURED = (0, 1)
_STOPPED = (130, 143)
_VALUES = ("profile", "environment", "host", "duration")
_LISTS = ("users", "rate", "thresholds", "tags")


class StoppedError(RunError):
    """Somebody stopped the series."""

    def __init__(self, exit_code: int) -> None:
        super().__init__("stopped; the runs so far are stored")
        self.exit_code = exit_code


def add_options(parser: Any) -> None:
    """The options of `simulator run` that say what is rehearsed."""
    parser.add_argument("--profile", metavar="NAME", help="a profile of simulator.yaml")
    parser.add_argument("--users", metavar="N|CLASS=N", action="append", help="users (closed model)")
    parser.add_argument("--rate", metavar="N/s|OF=N/s", action="append", help="journeys per second (open model)")
    parser.add_argument("--duration", metavar="TIME", help="how long each run lasts")
    parser.add_argument("--thresholds", type=Path, action="append", metavar="FILE", help="instead of the profile's")
    parser.add_argument("--tags", action="append", metavar="TAG", help="only journeys with this tag")
    parser.add_argument("--journeys", type=Path, action="append", metavar="PATH", help="journey files or folders")


def target_words(target: str) -> list[str]:
    """A host or an environment as options of `simulator run`."""
    return ["--host" if target.startswith(("http://", "https://")) else "--environment", target]


class RunSeries:
    """Runs one after the other.

    Args:
        arguments: what `add_options` (or `simulator run`) read.
        out: where run folders go.
    """

    def __init__(self, arguments: argparse.Namespace, out: Path) -> None:
        self._words = _words(arguments)
        self._out = out

    def rehearse(self, words: Sequence[str], told: str) -> Path:
        """One run; returns its folder.

        Args:
            words: further options of `simulator run`.
            told: what standard error says before it begins.

        Raises:
            RunError: it was invalid or stopped.
            UsageError: its options or files are wrong; `simulator run` has said how.
            BringUpError: its environment could not be brought up.
        """
        print(told, file=sys.stderr, flush=True)
        before = set(self._out.glob("*/"))
        command = [sys.executable, "-m", "simulator", "run", *self._words, *words, "--quiet", "--out", str(self._out)]
        ended = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        made = sorted(path for path in set(self._out.glob("*/")) - before if (path / "run.json").is_file())
        if ended.returncode in _MEASURED and made:
            return made[-1]
        raise _failure(ended.returncode, made)


def _failure(code: int, made: Sequence[Path]) -> Exception:
    if code in _STOPPED:
        return StoppedError(code)
    if code == UsageError.exit_code:
        return UsageError("a run of the series could not begin")
    if code == BringUpError.exit_code:
        return BringUpError("a run of the series could not be brought up")
    where = f": {made[-1]}" if made else ""
    return RunError(f"a run of the series is invalid{where}", hint="a series counts only when all its runs do")


def _words(arguments: argparse.Namespace) -> list[str]:
    words = [str(path) for path in getattr(arguments, "journeys", None) or getattr(arguments, "paths", None) or ()]
    for name in _VALUES:
        value = getattr(arguments, name, None)
        words += [f"--{name}", str(value)] if value else []
    for name in _LISTS:
        for value in getattr(arguments, name, None) or ():
            words += [f"--{name}", str(value)]
    return words
