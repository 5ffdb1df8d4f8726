"""Header fields: names in any case, order kept, repeated ones kept apart."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Protocol


class Headers(MutableMapping[str, str]):
    """Header fields of one message. A repeated field reads as one, its values joined by commas.

    Args:
        fields: names and values in order.
        changed: called after each change.
    """

    def __init__(self, fields: Iterable[tuple[str, str]] = (), changed: Callable[[], None] | None = None) -> None:
        self._fields: dict[str, list[tuple[str, str]]] = {}
        for name, value in fields:
            self._fields.setdefault(name.lower(), []).append((name, value))
        self._changed = changed or (lambda: None)

    def __getitem__(self, name: str) -> str:
        return ", ".join(value for _, value in self._fields[name.lower()])

    def __setitem__(self, name: str, value: str) -> None:
        self._fields[name.lower()] = [(name, value)]
        self._changed()

    def __delitem__(self, name: str) -> None:
        del self._fields[name.lower()]
        self._changed()

    def __iter__(self) -> Iterator[str]:
        return (fields[0][0] for fields in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr(dict(self))

    def all(self, name: str) -> list[str]:
        """The values of every field of that name."""
        return [value for _, value in self._fields.get(name.lower(), ())]


class Looking(Protocol):
    """Is told which header fields somebody looks at."""

    def header(self, name: str) -> None:
        """A header field was looked at."""


class WatchedHeaders(Headers):
    """Header fields that tell which of them are looked at."""

    def __init__(self, headers: Headers, watch: Looking) -> None:
        super().__init__()
        self._fields = headers._fields
        self._watch = watch

    def __getitem__(self, name: str) -> str:
        self._watch.header(name)
        return super().__getitem__(name)

    def all(self, name: str) -> list[str]:
        self._watch.header(name)
        return super().all(name)


def authorization(auth: tuple[str, str] | str) -> str:
    """The value of the Authorization field: basic for user and password, bearer for a text."""
    if isinstance(auth, str):
        return f"Bearer {auth}"
    return "Basic " + b64encode(f"{auth[0]}:{auth[1]}".encode()).decode()


def parse_head(head: bytes) -> Headers:
    """The header fields of a message's head, its first line left out."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:  # a folded line, long obsolete, still met
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if colon:
            fields.append((name.strip(), value.strip()))
    return Headers(fields)


def head_lines(fields: Mapping[str, str | None]) -> str:
    """Header fields as they are sent; those without a value are left out.

    Raises:
        ValueError: a name or value holds a line break, or what HTTP cannot carry.
    """
    lines = []
    for name, value in fields.items():
        if value is None:
            continue
        line = f"{name}: {value}"
        if any(character in line for character in "\r\n\0") or not name or ":" in name:
            raise ValueError(f"{name!r}: {value!r} cannot be sent as a header")
        lines.append(f"{line}\r\n")
    return "".join(lines)
