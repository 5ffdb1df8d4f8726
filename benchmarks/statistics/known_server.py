"""A server whose response times follow a known law: lognormal about a median, slower by a factor.

python -m benchmarks.statistics.known_server PORT [FACTOR]
"""

from __future__ import annotations

import asyncio
import math
import random
import sys

MEDIAN_S, SIGMA = 0.04, 0.4


async def serve(port: int, factor: float) -> None:
    rng = random.Random(port)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await asyncio.sleep(MEDIAN_S * factor * math.exp(rng.gauss(0, SIGMA)))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 1.0))
