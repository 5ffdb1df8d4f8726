"""A server that says exactly what it is told to: run as a script, prints its port, serves until its input closes.

`GET /raw?<hex>` answers with those bytes; `/echo` tells what was received as JSON; other paths below.
"""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import sys
import threading
import zlib
from urllib.parse import unquote

import brotli
import zstandard

LOG: list[str] = []
CONNECTIONS: list[int] = []
SEEN: dict[str, int] = {}


def plain(body: bytes, status: str = "200 OK", *fields: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def chunked(*parts: bytes, fields: tuple[str, ...] = (), end: bytes = b"0\r\n\r\n") -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *fields]).encode() + b"\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + end


RAW_DEFLATE = zlib.compressobj(wbits=-15)
RAW = RAW_DEFLATE.compress(b"raw deflate" * 50) + RAW_DEFLATE.flush()

ANSWERS: dict[str, bytes | list[bytes]] = {
    "/json": plain(b'{"a": [1, 2.5, "\xc3\xa4"]}', "200 OK", "Content-Type: application/json"),
    "/empty": plain(b""),
    "/created": plain(b"made", "201 Created", "Location: /json"),
    "/204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "/304": b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 20\r\n\r\n',
    "/400": plain(b"bad", "400 Bad Request"),
    "/404": plain(b"not here", "404 Not Found"),
    "/418": plain(b"teapot", "418 I'm a teapot"),
    "/500": plain(b'{"error": "x"}', "500 Internal Server Error", "Content-Type: application/json"),
    "/503": plain(b"", "503 Service Unavailable", "Retry-After: 1"),
    "/noreason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "/oddcase": b"HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:   5   \r\nX-Thing: a\r\nx-thing: b\r\n\r\nhello",
    "/chunked": chunked(b"hello ", b"world"),
    "/chunked-one-byte": chunked(*[bytes([65 + i % 26]) for i in range(100)]),
    "/chunked-extension": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n0\r\n\r\n"),
    "/chunked-trailer": chunked(b"body", fields=("Trailer: X-Sum",), end=b"0\r\nX-Sum: 1\r\n\r\n"),
    "/chunked-empty": chunked(),
    "/gzip": plain(gzip.compress(b"zipped " * 100), "200 OK", "Content-Encoding: gzip"),
    "/br": plain(brotli.compress(b"brotli " * 100), "200 OK", "Content-Encoding: br"),
    "/zstd": plain(zstandard.compress(b"zstd " * 100), "200 OK", "Content-Encoding: zstd"),
    "/bad-br": plain(brotli.compress(b"brotli " * 100)[:-4], "200 OK", "Content-Encoding: br"),
    "/bad-zstd": plain(zstandard.compress(b"zstd " * 100)[:-4], "200 OK", "Content-Encoding: zstd"),
    "/gzip-chunked": chunked(gzip.compress(b"both " * 100), fields=("Content-Encoding: gzip",)),
    "/gzip-members": plain(gzip.compress(b"one ") + gzip.compress(b"two"), "200 OK", "Content-Encoding: gzip"),
    "/deflate": plain(zlib.compress(b"deflated " * 100), "200 OK", "Content-Encoding: deflate"),
    "/deflate-raw": plain(RAW, "200 OK", "Content-Encoding: deflate"),
    "/gzip-empty": plain(b"", "200 OK", "Content-Encoding: gzip"),
    "/unknown-coding": plain(b"as it is", "200 OK", "Content-Encoding: rot13"),
    "/identity": plain(b"as it is", "200 OK", "Content-Encoding: identity"),
    "/103": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + plain(b"after the hint"),
    "/100": b"HTTP/1.1 100 Continue\r\n\r\n" + plain(b"after all"),
    "/dripped": [plain(b"drop by drop")[i : i + 1] for i in range(len(plain(b"drop by drop")))],
    "/large": plain(bytes(range(256)) * 4000),
    "/utf8": plain("grüße".encode(), "200 OK", "Content-Type: text/plain; charset=utf-8"),
    "/latin1": plain("grüße".encode("latin-1"), "200 OK", "Content-Type: text/plain; charset=iso-8859-1"),
    "/charset-quoted": plain("grüße".encode(), "200 OK", 'Content-Type: text/html; charset="UTF-8"'),
    "/charset-unknown": plain(b"plain", "200 OK", "Content-Type: text/plain; charset=nonsense"),
    "/json-utf16": plain('{"a": "ü"}'.encode("utf-16"), "200 OK", "Content-Type: application/json"),
    "/redirect": plain(b"", "302 Found", "Location: /json"),
    "/redirect-301": plain(b"moved", "301 Moved Permanently", "Location: /echo"),
    "/redirect-302": plain(b"", "302 Found", "Location: /echo"),
    "/redirect-303": plain(b"", "303 See Other", "Location: /echo"),
    "/redirect-307": plain(b"", "307 Temporary Redirect", "Location: /echo"),
    "/redirect-308": plain(b"", "308 Permanent Redirect", "Location: /echo"),
    "/redirect-relative/x/y": plain(b"", "302 Found", "Location: ../z?q=1"),
    "/redirect-query": plain(b"", "302 Found", "Location: /echo?a=1&b=%20c#frag"),
    "/redirect-twice": plain(b"", "302 Found", "Location: /redirect"),
    "/redirect-loop": plain(b"", "302 Found", "Location: /redirect-loop"),
    "/redirect-nowhere": plain(b"stay", "302 Found"),
    "/redirect-cookie": plain(b"", "302 Found", "Location: /echo", "Set-Cookie: seen=yes; Path=/"),
    "/redirect-space": plain(b"", "302 Found", "Location: /echo/a b"),
    "/cookie": plain(b"", "200 OK", "Set-Cookie: id=42; Path=/; HttpOnly", "Set-Cookie: b=x y"),
    "/cookie-path": plain(b"", "200 OK", "Set-Cookie: deep=1; Path=/deep"),
    "/cookie-gone": plain(b"", "200 OK", "Set-Cookie: id=; Max-Age=0; Path=/"),
    "/keep-alive": plain(b"kept", "200 OK", "Connection: Keep-Alive", "Keep-Alive: timeout=5"),
    "/folded": b"HTTP/1.1 200 OK\r\nX-Long: a\r\n  b\r\nContent-Length: 2\r\n\r\nok",
}
CLOSING: dict[str, bytes] = {
    "/until-close": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nread to the end",
    "/http10": b"HTTP/1.0 200 OK\r\n\r\nold but good",
    "/http10-length": b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold",
    "/connection-close": plain(b"bye", "200 OK", "Connection: close"),
    "/short": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntoo short",
    "/short-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\ntoo short",
    "/half-head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "/nothing": b"",
    "/garbage": b"this is no HTTP at all, is it\r\n\r\n",
    "/bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nbad\r\n0\r\n\r\n",
    "/bad-gzip": plain(b"this is not gzip", "200 OK", "Content-Encoding: gzip"),
    "/drop-once": b"",
}


def serve(connection: socket.socket) -> None:
    stream = connection.makefile("rb")
    while line := stream.readline():
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = []
        while (field := stream.readline()) not in (b"\r\n", b""):
            headers.append(field.decode("latin-1").rstrip("\r\n").split(": ", 1))
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        body = stream.read(length)
        LOG.append(f"{method} {target}")
        path = unquote(target.partition("?")[0])
        if not answer(connection, method, target, path, headers, body):
            break
    stream.close()
    connection.close()


def answer(connection, method, target, path, headers, body) -> bool:
    if path == "/silent":
        threading.Event().wait(30)
        return False
    if path == "/connections":
        connection.sendall(plain(b"%d" % len(CONNECTIONS)))
        return True
    if path == "/log":
        connection.sendall(plain(json.dumps(LOG).encode()))
        return True
    if path == "/close-after":  # keep-alive by its words, but it hangs up
        connection.sendall(plain(b"ok"))
        return False
    if path in CLOSING:
        connection.sendall(CLOSING[path])
        return False
    if path in ANSWERS:
        return send(connection, method, ANSWERS[path])
    told = {"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")}
    return send(connection, method, plain(json.dumps(told).encode(), "200 OK", "Content-Type: application/json"))


def send(connection: socket.socket, method: str, data: bytes | list[bytes]) -> bool:
    if method == "HEAD":
        data = b"".join(data) if isinstance(data, list) else data
        data = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for part in data if isinstance(data, list) else [data]:
        connection.sendall(part)
    return True


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    if sys.argv[1:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*sys.argv[1:])
        listener = context.wrap_socket(listener, server_side=True)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    sys.stdin.read()


def accept(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # a client that does not like our certificate
            continue
        CONNECTIONS.append(1)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
