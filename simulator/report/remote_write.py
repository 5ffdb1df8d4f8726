"""A run's aggregates as Prometheus takes them by remote write: one protobuf message, compressed as snappy.

The samples are those of the text format. What the protocol needs of protobuf and snappy is two dozen lines (snappy
allows a body that is only literals), so it takes no library. See https://prometheus.io/docs/specs/prw/remote_write_spec/.
"""

from __future__ import annotations

import re
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import datetime

from simulator.errors import UnreachableError
from simulator.report.prometheus_form import to_prometheus
from simulator.report.run import Run

WITHIN_S = 30.0
HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": "simulator",
}
_SAMPLE = re.compile(r"^(\w+)\{(.*)\} (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_CHUNK = 65536


def push(run: Run, url: str) -> None:
    """Send a run.

    Raises:
        UnreachableError: nobody takes it there.
    """
    request = urllib.request.Request(url, data=snappy(write_request(run)), headers=HEADERS, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        said = error.read(300).decode("utf-8", "replace").strip()
        raise UnreachableError(f"{url} does not take the run: {error.code} {said}") from error
    except (OSError, ValueError) as error:
        raise UnreachableError(f"{url} cannot be reached: {getattr(error, 'reason', error)}") from error


def write_request(run: Run) -> bytes:
    """The message `prometheus.WriteRequest`; every sample has the moment at which the run ended."""
    document = run.document
    began_s = datetime.fromisoformat(document["started_at"]).timestamp()
    at_ms = int((began_s + (document["duration_s"] or 0.0)) * 1000)
    return b"".join(_field(1, _series(labels, value, at_ms)) for labels, value in _samples(to_prometheus(run)))


def snappy(content: bytes) -> bytes:
    """A content in snappy's block format, as literals only."""
    parts = [_varint(len(content))]
    for at in range(0, len(content), _CHUNK):
        chunk = content[at : at + _CHUNK]
        parts += [b"\xf4", struct.pack("<H", len(chunk) - 1), chunk]
    return b"".join(parts)


def _samples(text: str) -> Iterator[tuple[dict[str, str], float]]:
    for line in text.splitlines():
        if match := _SAMPLE.match(line):
            labels = {name: _ESCAPED.sub(_unescaped, value) for name, value in _LABEL.findall(match[2])}
            yield {"__name__": match[1], **labels}, float(match[3])


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def _series(labels: Mapping[str, str], value: float, at_ms: int) -> bytes:
    """`TimeSeries`: labels in order of their names, one sample."""
    pairs = (_field(1, name.encode()) + _field(2, labels[name].encode()) for name in sorted(labels))
    sample = b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(at_ms)
    return b"".join(_field(1, pair) for pair in pairs) + _field(2, sample)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
