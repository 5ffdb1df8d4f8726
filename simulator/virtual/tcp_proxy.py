"""A TCP proxy in front of any service, a database or a broker, with faults that can be switched."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Mapping
from time import monotonic
from typing import Any

import gevent
from gevent import socket
from gevent.server import StreamServer

from simulator.errors import UsageError
from simulator.virtual.limit import Pace, sleep_until
from simulator.virtual.tcp_behaviour import BUILT_IN, TcpBehaviour, tcp_behaviour

READ_BYTES = 65536
DIAL_WITHIN_S = 10.0
LOOK_EVERY_S = 0.02


class TcpProxy(StreamServer):
    """Passes bytes on in both directions, as its behaviours let it.

    Args:
        target: `host:port` of the service behind it.
        address: host and port to listen on.

    Attributes:
        phase: the present phase of the run, or empty text.

    Raises:
        UsageError: the target is no address.
    """

    def __init__(self, target: str, address: tuple[str, int]) -> None:
        super().__init__(address, self._serve, backlog=1024)
        self._target = _address(target)
        self._on: dict[str, TcpBehaviour] = {}
        self._open: set[_Pair] = set()
        self._seen: list[tuple[str, float, bool]] = []
        self._count = 0
        self.phase = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"tcp://{self.server_host}:{self.server_port}"

    def behaviours(self) -> list[TcpBehaviour]:
        """What is on."""
        return list(self._on.values())

    def switch(self, names: list[str], now_s: float) -> None:
        """Exactly these behaviours are on from now on.

        Raises:
            UsageError: one of them does not exist.
        """
        self._on = {name: tcp_behaviour(name) for name in names}
        if any(behaviour.reset for behaviour in self._on.values()):
            for pair in list(self._open):
                pair.reset()

    def status(self) -> Mapping[str, Any]:
        """What it is and how it goes, for JSON."""
        return {
            "service": f"{self._target[0]}:{self._target[1]}", "strict": False, "on": list(self._on),
            "behaviours": sorted(BUILT_IN), "phase": self.phase, "in_flight": len(self._open), "requests": self._count,
            "unmatched": 0, "unused": [],
        }  # fmt: skip

    def take(self) -> Mapping[str, Any]:
        """Connections that ended since the last call, by phase, each with how long it lasted."""
        seen, self._seen = self._seen, []
        rows: dict[str, dict[str, Any]] = {}
        for phase, lasted_s, failed in seen:
            row = rows.setdefault(phase, {"name": "connection", "phase": phase, "ok_s": [], "failed_s": [], "bytes": 0})
            row["failed_s" if failed else "ok_s"].append(lasted_s)
        return {"operations": list(rows.values()), "misses": [], "in_flight": len(self._open)}

    def recent(self, last: int) -> list[Any]:
        """A proxy keeps no journal."""
        return []

    def forget(self) -> None:
        """Counters begin anew."""
        self._seen.clear()
        self._count = 0

    def _serve(self, near: Any, address: Any) -> None:
        began_s, phase = monotonic(), self.phase
        pair = _Pair(self, near)
        self._count += 1
        self._open.add(pair)
        try:
            pair.run(self._target)
        finally:
            self._open.discard(pair)
            self._seen.append((phase, monotonic() - began_s, pair.failed))


class _Pair:
    """One connection to the proxy and the one behind it."""

    def __init__(self, proxy: TcpProxy, near: Any) -> None:
        self._proxy = proxy
        self._near = near
        self._far: Any = None
        self._came_bytes = 0
        self.failed = False

    def run(self, target: tuple[str, int]) -> None:
        """Pass bytes on until one side has ended, or a behaviour ends it."""
        pumps = []
        try:
            on = self._proxy.behaviours()
            if any(behaviour.reset for behaviour in on):
                self.reset()
                return
            if any(behaviour.refuse for behaviour in on):
                self.failed = True
                return
            self._far = socket.create_connection(target, timeout=DIAL_WITHIN_S)
            self._far.settimeout(None)
            for sock in (self._near, self._far):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pumps = [gevent.spawn(self._pump, self._near, self._far, False),
                     gevent.spawn(self._pump, self._far, self._near, True)]  # fmt: skip
            gevent.joinall(pumps)
        except OSError:
            self.failed = True
        finally:
            gevent.killall(pumps)
            self._close()

    def reset(self) -> None:
        """End both with a reset."""
        self.failed = True
        for sock in (self._near, self._far):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._close()

    def _pump(self, source: Any, sink: Any, answers: bool) -> None:
        """Everything from one side to the other; the end of one direction is passed on, too."""
        paces: dict[float, Pace] = {}
        with contextlib.suppress(OSError):
            while content := source.recv(READ_BYTES):
                self._pass(content, sink, answers, paces)
            sink.shutdown(socket.SHUT_WR)

    def _pass(self, content: bytes, sink: Any, answers: bool, paces: dict[float, Pace]) -> None:
        due_s = monotonic()
        while any(behaviour.silent for behaviour in self._proxy.behaviours()):
            gevent.sleep(LOOK_EVERY_S)
        on = self._proxy.behaviours()
        sleep_until(due_s + sum(behaviour.delay_s for behaviour in on))
        most = [behaviour.most_bytes for behaviour in on if behaviour.most_bytes is not None] if answers else []
        if most and self._came_bytes + len(content) >= min(most):
            sink.sendall(content[: max(0, min(most) - self._came_bytes)])
            self.failed = True
            self._close()
            return
        self._came_bytes += len(content) if answers else 0
        self._send(content, sink, on, paces)

    def _send(self, content: bytes, sink: Any, on: list[TcpBehaviour], paces: dict[float, Pace]) -> None:
        rates = [behaviour.bytes_per_s for behaviour in on if behaviour.bytes_per_s is not None]
        used = [paces.setdefault(rate, Pace(rate)) for rate in rates]
        sizes = [behaviour.piece_bytes for behaviour in on if behaviour.piece_bytes is not None]
        sizes += [pace.piece_bytes for pace in used]
        size = min(sizes, default=len(content))
        every_s = max((behaviour.piece_every_s for behaviour in on), default=0.0)
        for at in range(0, len(content), size):
            piece = content[at : at + size]
            if used:
                sleep_until(max(pace.reserve(len(piece), monotonic()) for pace in used))
            sink.sendall(piece)
            if every_s and at + size < len(content):
                gevent.sleep(every_s)

    def _close(self) -> None:
        for sock in (self._near, self._far):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR) if not self.failed else None
                sock.close()


def _address(target: str) -> tuple[str, int]:
    host, _, port = target.removeprefix("tcp://").rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"--target {target} is no address", hint="write it like 127.0.0.1:5432")
    return host, int(port)
