"""Which journeys are meant: the expression of the command line, with what git and earlier runs know."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from simulator.cli.history import earlier_documents
from simulator.errors import UsageError
from simulator.plan.cast import Cast
from simulator.plan.history import with_history
from simulator.plan.item import Item, items_of
from simulator.plan.selection import selected


def known_items(cast: Cast, reports: Path) -> list[Item]:
    """Every journey of a cast, with what earlier runs in a folder know of it."""
    return with_history(items_of(cast), earlier_documents(reports))


def chosen(items: Sequence[Item], select: str | None, tags: Sequence[str] = ()) -> list[Item]:
    """The items that an expression and tags mean; all of them without any.

    Raises:
        UsageError: the expression is wrong, or nothing is left.
    """
    found = selected(items, select, changed_since=changed_files) if select else list(items)
    found = [item for item in found if not tags or item.tags & set(tags)]
    if not found:
        raise UsageError(f"no journey is selected by {select or ' '.join(tags)!r}")
    return found


def changed_files(revision: str) -> set[str]:
    """Files of the present git checkout that differ from a revision, or are new; absolute.

    Raises:
        UsageError: git does not know the revision, or this is no checkout.
    """
    top = _git("rev-parse", "--show-toplevel").strip()
    names = [*_git("diff", "--name-only", revision, "--").splitlines()]
    names += _git("ls-files", "--others", "--exclude-standard", "--full-name").splitlines()
    return {str(Path(top, name)) for name in names}


def _git(*words: str) -> str:
    try:
        ended = subprocess.run(["git", *words], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git cannot be asked what changed: {error}") from error
    if ended.returncode:
        raise UsageError(f"git cannot tell what changed: {ended.stderr.strip()}", hint="--select changed:REVISION")
    return ended.stdout
