"""What the fault server does instead of answering well: one function a fault, named by the first part of the path.

Each gets the rest of the path and writes what it likes; the word that comes back is what the log says. A fault that
never ends by itself ends when the client hangs up.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import struct
from collections.abc import Awaitable, Callable
from functools import lru_cache

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</title></textarea></style><svg/onload=alert(1)>",
    "[/red][bold]markup[/bold]",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "::error file=a.py,line=1::not a command",
    "##[error]not a command",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "| a | b |\n| - | - |\n`code` ![](http://127.0.0.1/x)",
    "\u202egnp.exe\u2066",
    "{{7*7}}${7*7}#{7*7}",
    "../../../etc/passwd",
    "a\x00b\ufffe",
    "'; DROP TABLE meta; --",
)
"""Texts that mean something to whoever shows them carelessly."""

CHUNK = 64 * 1024
BOMB_BYTES = 20_000_000
"""Members of a bomb, one after the other, as gzip allows; packing all at once would hold up the server."""
Fault = Callable[[asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[str]]


def plain(body: bytes, status: str = "200 OK", *fields: str) -> bytes:
    """A whole answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode("utf-8", "replace") + b"\r\n\r\n" + body


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Say nothing, ever."""
    await reader.read()
    return "hang"


async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Hang up without a word."""
    return "close"


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Drop the connection in the middle of the head, so that the client gets a reset."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    await writer.drain()
    connected: socket.socket = writer.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return "reset"


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Answer in another language."""
    writer.write(b"\x00\xff\x13 this is no HTTP at all, is it\r\n\r\n")
    return "garbage"


async def truncated(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Promise more than comes."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntoo short")
    return "truncated"


async def chunking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Chunks whose lengths are no numbers."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nbad\r\n0\r\n\r\n")
    return "chunking"


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Ten bytes a second, each of which would renew a deadline that counts from the last byte."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    return await _until_gone(writer, b"x", every_s=0.1, word="drip")


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """A body without an end, as fast as the client takes it."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    return await _until_gone(writer, b"%x\r\n%b\r\n" % (CHUNK, b"x" * CHUNK), every_s=0.0, word="endless")


async def large(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """A body of so many bytes, with its length said before."""
    left = int(rest)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % left)
    with contextlib.suppress(ConnectionError):
        while left > 0:
            writer.write(b"x" * min(CHUNK, left))
            await writer.drain()
            left -= CHUNK
    return "large"


@lru_cache(maxsize=4)
def bomb_of(size_bytes: int) -> bytes:
    """So many zeros, packed a thousandfold."""
    return gzip.compress(bytes(BOMB_BYTES), 1) * (size_bytes // BOMB_BYTES)


async def bomb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """A small body that unpacks to so many bytes."""
    writer.write(plain(bomb_of(int(rest)), "200 OK", "Content-Encoding: gzip"))
    return "bomb"


async def head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Header fields of so many bytes."""
    writer.write(plain(b"{}", "200 OK", *(f"X-{n}: {'x' * 1000}" for n in range(int(rest) // 1000))))
    return "head"


async def loop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Redirect to itself."""
    writer.write(plain(b"", "302 Found", f"Location: /loop/{rest}"))
    return "loop"


async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
    """Change the protocol, though nobody asked."""
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
    return "upgrade"


async def _until_gone(writer: asyncio.StreamWriter, part: bytes, *, every_s: float, word: str) -> str:
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every_s)
    return word


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (hang, close, reset, garbage, truncated, chunking, drip, endless, large, bomb, head, loop, upgrade)
}
KEEPS_OPEN = ("bomb", "head", "loop")
"""Faults after which the connection can carry another request."""
