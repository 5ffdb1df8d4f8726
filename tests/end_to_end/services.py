"""A WebSocket that echoes, a stream of events and a gRPC service, by hand."""

import base64
import hashlib
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import grpc


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/ws":
            self._websocket()
        elif self.path == "/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for number in range(5):
                self.wfile.write(f': a comment\nevent: tick\nid: {number}\ndata: {{"n":\ndata: {number}}}\n\n'.encode())
            self.wfile.flush()
            self.close_connection = True
        else:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _websocket(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        while True:
            head = self.rfile.read(2)
            if len(head) < 2 or head[0] & 15 == 8:
                return
            length = head[1] & 127
            if length == 126:
                [length] = struct.unpack("!H", self.rfile.read(2))
            mask = self.rfile.read(4)
            content = bytes(byte ^ mask[at % 4] for at, byte in enumerate(self.rfile.read(length)))
            for answer in (b'{"noise": true}', content):
                self.wfile.write(bytes([0x81, len(answer)]) + answer)
                self.wfile.flush()

    def log_message(self, *_):
        pass


class Prices(grpc.GenericRpcHandler):
    def service(self, call):
        def price(request, context):
            if request == b"nothing":
                context.abort(grpc.StatusCode.NOT_FOUND, "no such product")
            return b"price of " + request

        return grpc.unary_unary_rpc_method_handler(price) if call.method == "/shop.Prices/Price" else None


if __name__ == "__main__":
    web = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    web.daemon_threads = True
    rpc = grpc.server(ThreadPoolExecutor(4), handlers=[Prices()])
    port = rpc.add_insecure_port("127.0.0.1:0")
    rpc.start()
    Path(sys.argv[2]).write_text(str(port))
    web.serve_forever()
