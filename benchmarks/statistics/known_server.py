"""A server whose response times are known: drawn from a lognormal law, and each one written down as it came out.

python -m benchmarks.statistics.known_server PORT [--median S] [--sigma S] [--slots N] [--log FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

MEDIAN_S, SIGMA = 0.04, 0.4


async def serve(port: int, median_s: float, sigma: float, slots: int | None, log: Path | None) -> None:
    """Serve until the process ends.

    Args:
        port: on loopback.
        median_s: of the times.
        sigma: of their logarithms.
        slots: how many requests are served at once, the others waiting in order; `None` for all.
        log: gets a line of seconds for each answer, from the request's last byte to the answer's first.
    """
    rng = random.Random(port)
    room = asyncio.Semaphore(slots) if slots else nullcontext()
    book = log.open("w") if log else None

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                began_s = time.monotonic()
                async with room:
                    await asyncio.sleep(median_s * math.exp(rng.gauss(0, sigma)))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                if book:
                    print(time.monotonic() - began_s, file=book, flush=True)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def known_server(*words: str) -> Iterator[str]:
    """The server in a process of its own on a free port; yields its address.

    Args:
        words: of its command line.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.statistics.known_server", str(port), *words])
    try:
        for _ in range(100):
            with socket.socket() as caller:
                if caller.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics.known_server", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--median", type=float, default=MEDIAN_S)
    parser.add_argument("--sigma", type=float, default=SIGMA)
    parser.add_argument("--slots", type=int)
    parser.add_argument("--log", type=Path)
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, asked.median, asked.sigma, asked.slots, asked.log))


if __name__ == "__main__":
    main()
