"""Run as a script: one client over HTTP/2 against a server of its own; prints what came as JSON.

`python http2_ways.py CERTIFICATE KEY`
"""

from __future__ import annotations

from gevent.monkey import patch_all

patch_all()

import json  # noqa: E402
import ssl  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402
import h2.config  # noqa: E402
import h2.connection  # noqa: E402
import h2.errors  # noqa: E402
import h2.events  # noqa: E402
import h2.settings  # noqa: E402
from gevent.server import StreamServer  # noqa: E402

from simulator.journey.http.client import HttpClient  # noqa: E402
from simulator.journey.http.deadline import Sweeper  # noqa: E402
from simulator.journey.http.dial import Resolver  # noqa: E402
from simulator.journey.http.wire import Wire  # noqa: E402
from simulator.journey.track import Track  # noqa: E402
from simulator.record.recorder import Recorder  # noqa: E402

CERTIFICATE, KEY = sys.argv[1:]
LARGE = b"0123456789" * 300_000
FOUND: dict[str, object] = {}
CONNECTIONS: list[object] = []


class Peer:
    """The server's side of one connection."""

    def __init__(self, socket) -> None:
        CONNECTIONS.append(self)
        self.socket, self.h2 = socket, h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        small = {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1000}
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=small)
        self.h2.initiate_connection()
        self.requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self.waiting: dict[int, bytes] = {}
        self.over = False

    def serve(self) -> None:
        self.flush()
        while not self.over and (data := self.socket.recv(65_536)):
            for event in self.h2.receive_data(data):
                self.heard(event)
            self.flush()

    def flush(self) -> None:
        if data := self.h2.data_to_send():
            self.socket.sendall(data)

    def heard(self, event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            fields = [(n.decode(), v.decode()) for n, v in event.headers]
            self.requests[event.stream_id] = (dict(fields), bytearray())
        elif isinstance(event, h2.events.DataReceived):
            self.requests[event.stream_id][1].extend(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            fields, body = self.requests[event.stream_id]
            getattr(self, fields[":path"].strip("/").partition("?")[0])(event.stream_id, fields, bytes(body))
        elif isinstance(event, h2.events.WindowUpdated):
            self.go_on()

    def answer(self, stream: int, body: bytes, *fields: tuple[str, str], status: str = "200") -> None:
        self.h2.send_headers(stream, [(":status", status), ("content-type", "application/json"), *fields])
        self.waiting[stream] = b"" if self.requests[stream][0][":method"] == "HEAD" else body
        self.go_on()

    def go_on(self) -> None:
        for stream, body in list(self.waiting.items()):
            while body:
                room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
                if room <= 0:
                    break
                self.h2.send_data(stream, body[:room])
                body = body[room:]
            self.waiting[stream] = body
            if not body:
                del self.waiting[stream]
                self.h2.end_stream(stream)
            self.flush()

    def echo(self, stream, fields, body) -> None:
        told = {"fields": fields, "length": len(body), "connections": len(CONNECTIONS)}
        self.answer(stream, json.dumps(told).encode(), ("x-one", "1"), ("x-one", "2"))

    def large(self, stream, fields, body) -> None:
        self.answer(stream, LARGE)

    def cookie(self, stream, fields, body) -> None:
        self.answer(stream, b"{}", ("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2; Path=/"))

    def moved(self, stream, fields, body) -> None:
        self.answer(stream, b"", ("location", "/echo"), status="302")

    def interim(self, stream, fields, body) -> None:
        self.h2.send_headers(stream, [(":status", "103"), ("link", "</a.css>")])
        self.answer(stream, b"after the hint")

    def broken(self, stream, fields, body) -> None:
        self.h2.send_headers(stream, [(":status", "200")])
        self.h2.send_data(stream, b"half")
        self.h2.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)

    def refused_once(self, stream, fields, body) -> None:
        if getattr(Peer, "refused", False):
            self.answer(stream, b"second time")
        else:
            Peer.refused = True
            self.h2.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)

    def goodbye_once(self, stream, fields, body) -> None:
        if getattr(Peer, "gone", False):
            self.answer(stream, b"elsewhere")
        else:
            Peer.gone = True
            self.h2.close_connection(last_stream_id=0)
            self.over = True

    def last(self, stream, fields, body) -> None:
        self.answer(stream, b"the last one")
        self.h2.close_connection(last_stream_id=stream)
        self.over = True

    def hang_up(self, stream, fields, body) -> None:
        self.answer(stream, b"bye")
        self.flush()
        self.over = True

    def garbage(self, stream, fields, body) -> None:
        self.socket.sendall(b"\0\0\1\4\0\0\0\0\0\0")  # settings of one byte: there are none

    def silent(self, stream, fields, body) -> None:
        pass

    def pings(self, stream, fields, body) -> None:
        self.answer(stream, b"{}")
        self.flush()
        self.h2.ping(b"12345678")


def client(base: str, http2: bool | str) -> HttpClient:
    made = HttpClient(base, Track(Recorder(), "User"), Wire(Resolver(), Sweeper()))
    made.http2, made.verify = http2, CERTIFICATE
    return made


def plain(base: str) -> None:
    user = client(base, "prior knowledge")
    first = user.post("/echo?q=a b", json={"a": 1}, headers={"X-Own": "ü".encode().decode("latin-1")}).json()
    FOUND["fields"] = {name: first["fields"].get(name) for name in (":method", ":path", ":scheme", "content-type")}
    FOUND["left_out"] = [name for name in ("connection", "host", "transfer-encoding") if name in first["fields"]]
    FOUND["repeated"] = user.get("/echo").headers["x-one"]
    FOUND["large"] = user.get("/large").content == LARGE
    FOUND["uploaded"] = user.post("/echo", data=b"x" * 100_000).json()["length"]
    FOUND["streamed"] = user.post("/echo", data=iter([b"y" * 5000] * 5)).json()["length"]
    user.get("/cookie")
    FOUND["cookie"] = user.get("/echo").json()["fields"].get("cookie")
    moved = user.get("/moved")
    FOUND["moved"] = [moved.status_code, [h.status_code for h in moved.history]]
    FOUND["head"] = [user.head("/echo").status_code, user.get("/interim").text]
    FOUND["connections"] = user.get("/echo").json()["connections"]
    user.get("/pings")
    FOUND["pinged"] = user.post("/echo", json={}).json()["connections"]
    user.most_body_bytes = 1000
    FOUND["too_large"] = user.get("/large").error_class()
    FOUND["after_too_large"] = user.get("/echo").status_code


def trouble(base: str) -> None:
    user = client(base, "prior knowledge")
    FOUND["broken"] = [user.get("/broken").error_class(), user.get("/echo").status_code]
    FOUND["refused"] = user.get("/refused_once").text
    FOUND["goodbye"] = user.get("/goodbye_once").text
    FOUND["last"] = [user.get("/last").text, user.post("/echo", json={}).status_code]
    FOUND["hung_up"] = [user.get("/hang_up").text, user.post("/echo", json={}).status_code]
    FOUND["garbage"] = [user.get("/garbage").error_class(), user.get("/echo").status_code]
    FOUND["silent"] = [user.get("/silent", timeout=0.2).error_class(), user.get("/echo").status_code]


def over_tls(server_port: int, old_port: int, plain_port: int) -> None:
    user = client(f"https://localhost:{server_port}", True)
    FOUND["tls"] = [user.get("/echo").json()["fields"][":scheme"], user.get("/large").content == LARGE]
    FOUND["old_server"] = client(f"https://localhost:{old_port}", True).get("/").text
    FOUND["old_plain_server"] = client(f"http://127.0.0.1:{plain_port}", "prior knowledge").get("/").error_class()


def old(socket, _) -> None:
    socket.recv(65_536)
    socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold")


def tls(protocol: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    context.set_alpn_protocols([protocol])
    return context


def main() -> None:
    open_server = StreamServer(("127.0.0.1", 0), lambda socket, _: Peer(socket).serve())
    secret = StreamServer(("127.0.0.1", 0), lambda socket, _: Peer(socket).serve(), ssl_context=tls("h2"))
    elder = StreamServer(("127.0.0.1", 0), old, ssl_context=tls("http/1.1"))
    plainer = StreamServer(("127.0.0.1", 0), old)
    for server in (open_server, secret, elder, plainer):
        server.start()
    base = f"http://127.0.0.1:{open_server.server_port}"
    plain(base)
    trouble(base)
    over_tls(secret.server_port, elder.server_port, plainer.server_port)
    print(json.dumps(FOUND))
    gevent.sleep(0)


if __name__ == "__main__":
    main()
