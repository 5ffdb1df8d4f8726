"""gRPC through grpcio: a channel for the stubs that protoc makes, on which every call is an operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NoReturn

from simulator.allowed import host_of, refusal
from simulator.errors import UsageError
from simulator.journey.http.problem import NotAllowed
from simulator.journey.operation import Operation
from simulator.journey.track import Track
from simulator.journey.trouble import OperationFailed
from simulator.journey.within import seconds

KIND = "call"


def channel(
    track: Track,
    target: str,
    *,
    within: str | float = "10s",
    credentials: Any = None,
    allowed_hosts: Sequence[str] | None = None,
) -> Any:
    """A channel; give it to a generated stub, or call its methods by their names.

    Args:
        track: the user's.
        target: `host:port`.
        within: the longest that a call may take that says nothing itself.
        credentials: of grpcio, for TLS; `None` for none.
        allowed_hosts: what may be reached besides this machine; `None` for anything. Each call to elsewhere fails.

    Raises:
        UsageError: grpcio is not installed.
    """
    grpc = _grpc()
    for host in _hosts_of(target):
        reason = refusal(host, allowed_hosts)
        if reason is not None:
            return RefusedChannel(track, reason)
    plain = grpc.secure_channel(target, credentials) if credentials else grpc.insecure_channel(target)
    return grpc.intercept_channel(plain, _interceptor(track, seconds(within)))


class RefusedChannel:
    """Stands for a channel to a host that the run may not load: each call is a failed operation, nothing connects.

    Args:
        track: the user's.
        reason: why, in a sentence.
    """

    def __init__(self, track: Track, reason: str) -> None:
        self._track, self._reason = track, reason

    def unary_unary(self, method: str, *_: Any, **__: Any) -> RefusedCall:
        """A call that will fail, as are those of the other kinds."""
        return RefusedCall(self._track, _name(method), self._reason)

    unary_stream = stream_unary = stream_stream = unary_unary

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        """Its state never changes."""

    def unsubscribe(self, callback: Any) -> None:
        """Nobody was told anything."""

    def close(self) -> None:
        """It never was open."""


class RefusedCall:
    """What a stub calls.

    Args:
        track: the user's.
        name: of the operation.
        reason: why it fails, in a sentence.
    """

    def __init__(self, track: Track, name: str, reason: str) -> None:
        self._track, self._name, self._reason = track, name, reason

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Fail.

        Raises:
            OperationFailed: always; the step fails.
        """
        self._track.operation(self._name, KIND).fail(NotAllowed.error_class, self._reason)
        raise OperationFailed(self._reason)

    future = with_call = __call__


def _hosts_of(target: str) -> list[str]:
    """The hosts that a target names, as gRPC's document on naming has it; none for a socket of this machine."""
    scheme, _, rest = target.partition(":")
    if scheme in ("unix", "unix-abstract"):
        return []
    addresses = [target]
    if scheme in ("dns", "ipv4", "ipv6"):
        server, _, path = rest[2:].partition("/") if rest.startswith("//") else ("", "", rest)
        addresses = [server] * bool(server) + path.lstrip("/").split(",")
    return [host_of(f"//{address}") for address in addresses]


@cache
def _grpc() -> Any:
    """grpcio, switched to gevent when this process is patched for it; once a process."""
    try:
        import grpc
    except ImportError:
        raise UsageError("gRPC needs grpcio", hint="pip install 'simulator[grpc]'") from None
    from gevent.monkey import is_module_patched

    if is_module_patched("socket"):
        from grpc.experimental import gevent

        gevent.init_gevent()
    return grpc


def _interceptor(track: Track, within_s: float) -> Any:
    grpc = _grpc()

    class Recorded(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):  # type: ignore[misc, name-defined]
        """Writes down each call; one that fails raises grpcio's own error, which fails the step."""

        def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            operation = track.operation(_name(details.method), KIND)
            call = continuation(_timed(details, within_s), request)
            try:
                call.result()
            except grpc.RpcError as error:
                _failed(operation, error)
                raise
            operation.succeed()
            return call

        def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
            operation = track.operation(_name(details.method), KIND)
            return _streamed(operation, continuation(_timed(details, within_s), request), grpc.RpcError)

    return Recorded()


def _streamed(operation: Operation, call: Any, error_class: type[Exception]) -> Iterator[Any]:
    """The answers of a stream; the operation ends with the last of them."""
    try:
        yield from call
    except error_class as error:
        _failed(operation, error)
        raise
    operation.succeed()


def _timed(details: Any, within_s: float) -> Any:
    return details if details.timeout is not None else details._replace(timeout=within_s)


def _failed(operation: Operation, error: Any) -> None:
    code = error.code().name.lower().replace("_", " ")
    operation.fail("timeout" if code == "deadline exceeded" else f"grpc {code}", error.details() or code)


def _name(method: str | bytes) -> str:
    text = method.decode() if isinstance(method, bytes) else method
    return f"gRPC {text.lstrip('/')}"
