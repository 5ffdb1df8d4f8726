"""gRPC through grpcio: a channel for the stubs that protoc makes, on which every call is an operation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from simulator.errors import UsageError
from simulator.journey.operation import Operation
from simulator.journey.track import Track
from simulator.journey.within import seconds

KIND = "call"


def channel(track: Track, target: str, *, within: str | float = "10s", credentials: Any = None) -> Any:
    """A channel; give it to a generated stub, or call its methods by their names.

    Args:
        track: the user's.
        target: `host:port`.
        within: the longest that a call may take that says nothing itself.
        credentials: of grpcio, for TLS; `None` for none.

    Raises:
        UsageError: grpcio is not installed.
    """
    grpc = _grpc()
    plain = grpc.secure_channel(target, credentials) if credentials else grpc.insecure_channel(target)
    return grpc.intercept_channel(plain, _interceptor(track, seconds(within)))


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
