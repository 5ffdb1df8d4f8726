"""What a request carries: JSON, forms, files or bytes, and the header that says so."""

from __future__ import annotations

import json as stdlib_json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

_PART_BYTES = 65_536


class Body(NamedTuple):
    """What a request carries.

    Attributes:
        content: the bytes to send, when they are there.
        content_type: `None` when nothing says what they are.
        parts: what is sent after `content`, as it comes; such a body can be sent only once.
        length: of all parts together; `None` when nobody knows, and they go in chunks.
    """

    content: bytes
    content_type: str | None
    parts: Iterator[bytes] | None = None
    length: int | None = None

    def framing(self) -> bytes:
        """The header line that says where it ends."""
        if self.parts is not None and self.length is None:
            return b"Transfer-Encoding: chunked\r\n"
        return b"Content-Length: %d\r\n" % (len(self.content) if self.length is None else self.length)

    def to_send(self) -> Iterator[bytes] | None:
        """The parts as they go over the wire."""
        return self.parts if self.parts is None or self.length is not None else _chunked(self.parts)


def encode_body(json: Any = None, data: Any = None, files: Any = None) -> Body | None:
    """The body of a request, or `None` when it has none. Files come before data, data before JSON, as in `requests`."""
    if files:
        return _multipart(data, files)
    if data is not None and data != "" and data != {}:
        return _data(data)
    if json is not None:
        return Body(_json(json), "application/json")
    return None


def encode_params(params: Any) -> str:
    """A query string; entries that are `None` are left out, lists repeat their name."""
    if isinstance(params, bytes):
        return params.decode()
    if isinstance(params, str):
        return params
    pairs = params.items() if isinstance(params, Mapping) else params
    return urlencode([(name, value) for name, value in _pairs(pairs)])


def _pairs(pairs: Iterable[tuple[Any, Any]]) -> Iterable[tuple[Any, Any]]:
    for name, value in pairs:
        values = value if isinstance(value, (list, tuple, set)) else [value]
        yield from ((name, one) for one in values if one is not None)


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        return stdlib_json.dumps(value, allow_nan=False).encode()


def _data(data: Any) -> Body:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return Body(bytes(data), None)
    if isinstance(data, str):
        return Body(data.encode(), None)
    if hasattr(data, "read"):
        return _file_body(data)
    if isinstance(data, Iterator):
        return Body(b"", None, (part.encode() if isinstance(part, str) else part for part in data))
    pairs: list[Any] = list(data.items() if isinstance(data, Mapping) else data)
    if pairs and isinstance(pairs[0], (bytes, str)):
        return Body(b"".join(part.encode() if isinstance(part, str) else part for part in pairs), None)
    return Body(urlencode(list(_pairs(pairs))).encode(), "application/x-www-form-urlencoded")


def _file_body(file: Any) -> Body:
    """A file's bytes from where it stands, read as they are sent; text at once."""
    first = file.read(_PART_BYTES)
    if isinstance(first, str):
        return Body((first + file.read()).encode(), None)
    if len(first) < _PART_BYTES:
        return Body(first, None)
    return Body(b"", None, chain([first], iter(lambda: file.read(_PART_BYTES), b"")), _length(file, len(first)))


def _length(file: Any, read_bytes: int) -> int | None:
    """How many bytes a file has from where it stood before so many were read; `None` when it cannot say."""
    try:
        here = file.tell()
        end = file.seek(0, 2)
        file.seek(here)
    except (OSError, AttributeError, ValueError):
        return None
    return int(end - here + read_bytes)


def _chunked(parts: Iterator[bytes]) -> Iterator[bytes]:
    for part in parts:
        if part:
            yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


def _multipart(data: Any, files: Any) -> Body:
    from urllib3.filepost import encode_multipart_formdata

    fields: list[Any] = []
    if data:
        pairs = data.items() if isinstance(data, Mapping) else data
        fields += [(name, value if isinstance(value, bytes) else str(value)) for name, value in _pairs(pairs)]
    fields += [(name, _file(name, file)) for name, file in (files.items() if isinstance(files, Mapping) else files)]
    content, content_type = encode_multipart_formdata(fields)
    return Body(content, content_type)


def _file(field: str, file: Any) -> tuple[Any, ...]:
    """A file as (name, bytes) or (name, bytes, content type), from any of the forms that `requests` takes."""
    if not isinstance(file, (tuple, list)):
        name = getattr(file, "name", field)
        file = (name.rpartition("/")[2] if isinstance(name, str) else field, file)
    name, content, *rest = file
    return (name, content.read() if hasattr(content, "read") else content, *rest[:1])
