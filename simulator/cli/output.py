"""Where a command's text goes: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_out(text: str, output: Path | None) -> None:
    """Print a text as it is, or write it to a file.

    Raises:
        RunError: the file cannot be written.
    """
    if output is None:
        print(text, end="")
        return
    from simulator.record.folder import write_whole

    write_whole(output, text.encode())
