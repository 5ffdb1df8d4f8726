"""Run as a script: asks small servers of its own through one client, and prints what they saw as JSON."""

from __future__ import annotations

from gevent.monkey import patch_all

patch_all()

import io  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402

import gevent  # noqa: E402
from gevent.server import StreamServer  # noqa: E402

from simulator.journey.http.client import HttpClient  # noqa: E402
from simulator.journey.http.deadline import Sweeper  # noqa: E402
from simulator.journey.http.dial import Origin, Resolver  # noqa: E402
from simulator.journey.http.proxy import proxy_for  # noqa: E402
from simulator.journey.http.wire import Wire  # noqa: E402
from simulator.journey.track import Track  # noqa: E402
from simulator.record.recorder import Recorder  # noqa: E402

SEEN: list[tuple[list[str], bytes]] = []


def body_of(file, head: list[str]) -> bytes:
    fields = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:]}
    if fields.get("transfer-encoding") != "chunked":
        return file.read(int(fields.get("content-length", 0)))
    body = b""
    while size := int(file.readline(), 16):
        body += file.read(size)
        file.readline()
    file.readline()
    return body


def serve(socket, _) -> None:
    file = socket.makefile("rb")
    while line := file.readline():
        head = [line.decode().strip()]
        while (line := file.readline().decode().strip()) != "":
            head.append(line)
        body = body_of(file, head)
        SEEN.append((head, body))
        status = "403 No" if head[0].startswith("CONNECT") else "200 OK"
        answer = b'{"data": null, "errors": [{"message": "sold out"}]}' if b"mutation" in body else b"{}"
        socket.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)


def main() -> None:
    server = StreamServer(("127.0.0.1", 0), serve)
    server.start()
    here = f"127.0.0.1:{server.server_port}"
    recorder = Recorder()
    track = Track(recorder, "User")
    client = HttpClient(f"http://{here}", track, Wire(Resolver(), Sweeper()))
    track.begin("ways")
    found = {}

    def sent() -> tuple[dict[str, str], bytes]:
        head, body = SEEN[-1]
        return {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:]}, body

    fields, body = (client.post("/up", data=iter([b"x" * 100_000] * 3)), sent())[1]
    found["chunked"] = [fields.get("transfer-encoding"), fields.get("content-length"), len(body)]
    fields, body = (client.post("/up", data=io.BytesIO(b"y" * 200_000)), sent())[1]
    found["file"] = [fields.get("transfer-encoding"), fields.get("content-length"), len(body)]
    client.post("/graphql", json={"query": "mutation Buy { buy { id } }"})
    track.count_trouble()
    failed = list(recorder.fold(0).failures.values())
    found["graphql"] = [failed[0].key.name, [failed[0].key.error_class, failed[0].message]]
    track.begin("ways")
    client.proxies = {"all": f"http://u:p@{here}"}
    client.get("http://shop.example:8123/a", params={"b": 1})
    found["proxied"] = SEEN[-1][0]
    response = client.get("https://shop.example/a")
    found["tunnelled"] = SEEN[-1][0]
    found["tunnel_refused"] = response.error_class()
    os.environ.update(http_proxy=f"http://{here}", no_proxy="")
    through = [proxy_for(Origin("http", host, 80), None) is not None for host in ("shop.example", "127.0.0.1")]
    found["from_environment"] = through
    print(json.dumps(found))
    server.stop()
    gevent.sleep(0)


if __name__ == "__main__":
    main()
