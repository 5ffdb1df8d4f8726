"""Recording as a process: a proxy until it is told to stop, then a stub file, whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import gevent
from gevent import monkey

from simulator.virtual.exchange import Exchange
from simulator.virtual.fold import fold
from simulator.virtual.relay import Relay
from simulator.virtual.serve import run_servers
from simulator.virtual.stub_file import load_stub_file
from simulator.virtual.yaml_form import as_yaml


def record(target: str, address: tuple[str, int], announce: Callable[[str], None]) -> tuple[list[Exchange], int] | None:
    """Record until SIGTERM or SIGINT.

    Returns:
        What was recorded, and how many requests were not; `None` when it was cancelled with SIGQUIT.

    Raises:
        OSError: the port cannot be listened on.
        UsageError: the target is no address.
    """
    monkey.patch_all()  # the relay's upstream is Python's own HTTP client, which then lets other requests go on
    relay = Relay(target, address)
    cancelled = []

    def cancel() -> None:
        cancelled.append(True)
        os.kill(os.getpid(), signal.SIGTERM)

    watcher = gevent.signal_handler(signal.SIGQUIT, cancel)
    try:
        run_servers([relay.http], lambda: announce(relay.http.url))
    finally:
        watcher.cancel()
    return None if cancelled else (list(relay.exchanges), relay.missed)


def write_recording(exchanges: list[Exchange], out: Path) -> int:
    """Write a recording as a stub file, with a folder of bodies beside it; returns the number of stubs.

    Everything is written under another name, read back once, and put in place at the end.

    Raises:
        OSError: it cannot be written.
        FileError: what was recorded cannot be read back; nothing was put in place.
    """
    folded = fold(exchanges, out.stem, f"{out.stem}.files")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.stem}-") as scratch:
        folder, draft = Path(scratch) / f"{out.stem}.files", Path(scratch) / out.name
        folder.mkdir()
        for name, content in folded.files.items():
            (folder / name).write_bytes(content)
        draft.write_text(as_yaml(folded.plain), encoding="utf-8")
        made = load_stub_file(draft, {})
        in_place = out.parent / folder.name
        if in_place.exists():
            shutil.rmtree(in_place)
        if folded.files:
            folder.replace(in_place)
        draft.replace(out)
    return len(made.stubs)
