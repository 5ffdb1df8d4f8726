"""An HTTP server that misbehaves exactly as it is asked to, and keeps its own log: `python -m simulator.selftest LOG`.

It prints its port, listens on loopback alone, and serves until its standard input is closed, or it is killed::

    /wait/40          answers after 40 ms                 /status/503     … with that status
    /drawn/50/0.5     … after a lognormal time, median 50 ms, sigma 0.5, from a seed
    /freeze/2         from now on everything waits, for 2 s
    /page/300         a page for a browser, after 300 ms
    /error/…          500 with a text that no other answer has; /error-huge with a megabyte of text
    /to/host/path     redirected there
    /hostile/3        500, with a hostile text wherever a server can put one
    /hang /drip /reset …    see `fault.FAULTS`
    anything else     200, at once
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from pathlib import Path
from typing import IO

from simulator.selftest.fault import FAULTS, HOSTILE, KEEPS_OPEN, plain
from simulator.selftest.seen import Seen

HELLO = b"\x16"
"""How a TLS handshake begins; we answer it as if we had never heard of TLS."""
HUGE_BYTES = 1_000_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class FaultServer:
    """Serves one log.

    Args:
        log: where each request is written down, a line as soon as it is over.
        seed: of drawn times.
    """

    def __init__(self, log: IO[str], seed: int = 1) -> None:
        self._log = log
        self._random = random.Random(seed)
        self._errors = 0
        self._thaws_s = 0.0

    async def serve(self, port: int, address: str = "127.0.0.1") -> None:
        """Listen until standard input is closed."""
        server = await asyncio.start_server(self._connected, address, port, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        try:
            await asyncio.to_thread(sys.stdin.read)
        finally:
            server.close()  # and wait for nobody: who is kept hanging is cut off

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # not HTTP, or gone: the log has what was complete
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether another may follow."""
        first = await reader.read(1)
        if first in (b"", HELLO):
            return self._refuse_tls(writer) if first else False
        first += await reader.readline()
        method, path, _ = first.decode("latin-1").split(" ", 2)
        length = 0
        while (field := await reader.readline()) not in (b"\r\n", b""):
            if field.lower().startswith(b"content-length:"):
                length = int(field.split(b":")[1])
        await reader.readexactly(length)
        began_s = asyncio.get_running_loop().time()
        ending = "gone"
        try:
            ending, keep = await self._answer(reader, writer, path)
            await writer.drain()
            return keep
        finally:
            ended_s = asyncio.get_running_loop().time()
            self._log.write(Seen(method, path, ending, ended_s - began_s, began_s).line())

    def _refuse_tls(self, writer: asyncio.StreamWriter) -> bool:
        writer.write(plain(b"", "400 Bad Request"))
        self._log.write(Seen("", "/tls", "tls", 0.0, asyncio.get_running_loop().time()).line())
        return False

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[str, bool]:
        """What happens, in one word, and whether the connection can carry another request."""
        _, place, *rest = path.partition("?")[0].split("/")
        await self._thawed()
        if place in FAULTS:
            return await FAULTS[place](reader, writer, "/".join(rest)), place in KEEPS_OPEN
        status, answer = self._words(place, rest)
        await asyncio.sleep(self._pause_s(place, rest))
        await self._thawed()
        writer.write(answer)
        return str(status), True

    def _pause_s(self, place: str, rest: list[str]) -> float:
        if place in ("wait", "page"):
            return float(rest[0]) / 1000
        if place == "drawn":
            return float(rest[0]) / 1000 * self._random.lognormvariate(0.0, float(rest[1]))
        if place == "freeze":
            self._thaws_s = asyncio.get_running_loop().time() + float(rest[0])
        return 0.0

    async def _thawed(self) -> None:
        while (left_s := self._thaws_s - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left_s)

    def _words(self, place: str, rest: list[str]) -> tuple[int, bytes]:
        if place == "status":
            return int(rest[0]), plain(b"{}", f"{rest[0]} As Asked")
        if place == "error":
            return 500, plain(json.dumps({"error": self._new_text()}).encode(), "500 Internal Server Error")
        if place == "error-huge":
            return 500, plain(self._new_text().encode() + b"x" * HUGE_BYTES, "500 Internal Server Error")
        if place == "to":
            return 302, plain(b"", "302 Found", f"Location: http://{'/'.join(rest)}")
        if place == "hostile":
            return 500, hostile_answer(HOSTILE[int(rest[0]) % len(HOSTILE)])
        if place == "page":
            return 200, plain(b"<!doctype html><title>page</title><p>here</p>", "200 OK", "Content-Type: text/html")
        return 200, plain(b"{}", "200 OK", "Content-Type: application/json")

    def _new_text(self) -> str:
        """A text that no other answer has, without digits that a reader of errors could fold."""
        self._errors += 1
        text, number = "", self._errors
        while number:
            number, letter = divmod(number, len(LETTERS))
            text += LETTERS[letter]
        return f"failure {text}"


def hostile_answer(text: str) -> bytes:
    """An answer with this text in its status line, a header field and its body."""
    line = "".join(sign if sign.isprintable() else "?" for sign in text)
    return plain(
        f"<title>{text}</title>{text}".encode(), f"500 {line}", f"X-Hostile: {line}", "Content-Type: text/html"
    )


def main() -> None:
    """Serve, as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m simulator.selftest", description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--address", default="127.0.0.1", help="another of this machine's own (127.0.0.1)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with arguments.log.open("w", buffering=1) as log:
        asyncio.run(FaultServer(log, arguments.seed).serve(arguments.port, arguments.address))
