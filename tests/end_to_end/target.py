"""A small HTTP server that keeps its own exact log: `python target.py LOGFILE`; prints its port.

`/wait/<ms>` answers after so many milliseconds, `/status/<code>` with that status, anything else at once.
"""

import asyncio
import sys
from pathlib import Path


async def answer(reader, writer, log):
    while line := await reader.readline():
        method, path, _ = line.decode().split()
        length = 0
        while (header := await reader.readline()) not in (b"\r\n", b""):
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        await reader.readexactly(length)
        status = 200
        if path.startswith("/wait/"):
            await asyncio.sleep(float(path.rpartition("/")[2]) / 1000)
        if path.startswith("/status/"):
            status = int(path.rpartition("/")[2])
        log.write(f"{method} {path} {status}\n")
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{{}}".encode())
        await writer.drain()


async def main():
    with Path(sys.argv[1]).open("w", buffering=1) as log:

        async def connected(reader, writer):
            try:
                await answer(reader, writer, log)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
