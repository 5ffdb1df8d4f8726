"""Which parts of an answer somebody really read: mappings and lists that remember it.

A value that is handed to C code as a whole (`orjson.dumps`, `dict(value)`) is not seen; comparing, iterating, looking
up and unpacking are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Reads:
    """What was read of a value and of what lies in it; elements of a list share one entry.

    Attributes:
        whole: the value was read with everything in it.
        fields: name → what was read of that field.
        items: what was read of a list's elements, or `None`.
    """

    __slots__ = ("fields", "items", "whole")

    def __init__(self, whole: bool = False) -> None:
        self.whole = whole
        self.fields: dict[str, Reads] = {}
        self.items: Reads | None = None

    def field(self, name: str) -> Reads:
        """The entry of a field, which is read by this."""
        found = self.fields.get(name)
        if found is None:
            found = self.fields[name] = Reads()
        return found

    def item(self) -> Reads:
        """The entry of a list's elements, of which one is read by this."""
        if self.items is None:
            self.items = Reads()
        return self.items

    def watch(self, value: Any) -> Any:
        """The value in a form that notes here what is read of it."""
        if isinstance(value, dict):
            return WatchedDict(value, self)
        return WatchedList(value, self) if isinstance(value, list) else value


class Watch:
    """Notes what an author reads of one answer.

    Attributes:
        reads: of its JSON body; `None` while nobody has looked at it.
        header_names: fields that were looked at, in lower case.
    """

    __slots__ = ("header_names", "reads")

    def __init__(self) -> None:
        self.reads: Reads | None = None
        self.header_names: set[str] = set()

    def value(self, value: Any) -> Any:
        """The parsed body, watched."""
        if self.reads is None:
            self.reads = Reads()
        return self.reads.watch(value)

    def header(self, name: str) -> None:
        """A header field was looked at."""
        self.header_names.add(name.lower())


class WatchedDict(dict[str, Any]):
    """A mapping that notes which of its fields are read."""

    __slots__ = ("_reads",)
    __hash__ = None

    def __init__(self, value: dict[str, Any], reads: Reads) -> None:
        super().__init__(value)
        self._reads = reads

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        reads = self._reads.field(name)
        if type(value) is dict or type(value) is list:
            value = reads.watch(value)
            super().__setitem__(name, value)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if super().__contains__(name) else default

    def __contains__(self, name: object) -> bool:
        found = super().__contains__(name)
        if found:
            self._reads.field(str(name))
        return found

    def values(self) -> Any:
        return [self[name] for name in self]

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def pop(self, name: str, *default: Any) -> Any:
        value = self.get(name)
        super().pop(name, *default)
        return value if value is not None or not default else default[0]

    def copy(self) -> WatchedDict:
        return WatchedDict(self, self._reads)

    def __eq__(self, other: object) -> bool:
        _read_all(self, other)
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __or__(self, other: Any) -> Any:
        return {**dict(self.items()), **other}


class WatchedList(list[Any]):
    """A list that notes whether its elements are read, and what of them."""

    __slots__ = ("_reads",)
    __hash__ = None

    def __init__(self, value: list[Any], reads: Reads) -> None:
        super().__init__(value)
        self._reads = reads

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return WatchedList(super().__getitem__(at), self._reads)
        value = super().__getitem__(at)
        reads = self._reads.item()
        if type(value) is dict or type(value) is list:
            value = reads.watch(value)
            super().__setitem__(at, value)
        return value

    def __iter__(self) -> Iterator[Any]:
        return (self[at] for at in range(len(self)))

    def __reversed__(self) -> Iterator[Any]:
        return (self[at] for at in reversed(range(len(self))))

    def __contains__(self, value: object) -> bool:
        _read_all(self, value)
        return super().__contains__(value)

    def __eq__(self, other: object) -> bool:
        _read_all(self, other)
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def _read_all(*values: object) -> None:
    for value in values:
        if isinstance(value, (WatchedDict, WatchedList)):
            value._reads.whole = True
