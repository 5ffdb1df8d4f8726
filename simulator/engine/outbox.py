"""A worker's reports: numbered, and kept until the master says that it has them."""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import msgpack

from simulator.errors import NOT_UNDERSTOOD, RunError
from simulator.record.sample import Reading
from simulator.record.window import Window

MOST_BYTES = 64 * 1024 * 1024


class Report(NamedTuple):
    """One second of one worker.

    Attributes:
        number: from 1, without gaps.
        window: what was measured.
        progress: planned, started and dropped arrivals so far, and living users by class.
    """

    number: int
    window: Window
    progress: list[Any]


class Outbox:
    """What is on its way to the master."""

    def __init__(self) -> None:
        self.last = 0
        self._open: dict[int, bytes] = {}

    def put(self, window: Window, progress: list[Any]) -> None:
        """One more report."""
        self.last += 1
        self._open[self.last] = zlib.compress(msgpack.packb([window.to_plain(), progress]), 1)

    def to_send(self) -> list[list[Any]]:
        """All reports that are not known to have come; those sent before may be among them."""
        return [[number, content] for number, content in self._open.items()]

    def received(self, number: int) -> None:
        """The master has every report up to this one."""
        for known in [known for known in self._open if known <= number]:
            del self._open[known]

    @property
    def empty(self) -> bool:
        """Everything has come."""
        return not self._open


def unpacked(number: int, content: bytes) -> Report:
    """The report that was put into an outbox.

    Raises:
        RunError: what came is none, or larger than any.
    """
    try:
        unzip = zlib.decompressobj()
        plain = unzip.decompress(content, MOST_BYTES)
        window, progress = msgpack.unpackb(plain, strict_map_key=False)
        planned, started, dropped, users = progress
        living = {str(name): int(count) for name, count in users.items()}
        made = Window.from_plain(window)
        if type(made.second) is not int:
            raise TypeError(f"{made.second!r} is no second")
        made.readings = [Reading(str(r.source), str(r.metric), str(r.unit), +r.at_s, +r.value) for r in made.readings]
        return Report(int(number), made, [int(planned), int(started), int(dropped), living])
    except (zlib.error, msgpack.UnpackException, *NOT_UNDERSTOOD) as error:
        raise RunError(f"a report of a worker cannot be read: {error}") from error
