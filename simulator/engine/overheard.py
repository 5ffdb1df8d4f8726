"""Records the requests of users that know nothing of our recorder: what existing locustfiles do."""

from __future__ import annotations

from typing import Any

from gevent import getcurrent

from simulator.engine.task_sets import track_of
from simulator.journey.http.caught import CaughtResponse
from simulator.journey.http.exchange import exchange
from simulator.journey.http.name import operation_name
from simulator.journey.http.problem import class_of
from simulator.journey.http.response import Response
from simulator.journey.place import Map
from simulator.journey.track import Track
from simulator.journey.trouble import tell
from simulator.journey.unpatched import TaskSet
from simulator.record.failure import Evidence

_WORDS = {
    "timeout": ("Timeout", "timed out"),
    "refused": ("refused",),
    "dns": ("Name or service not known", "getaddrinfo", "Name resolution"),
    "tls": ("SSLError", "certificate"),
    "reset": ("reset", "RemoteDisconnected", "Connection aborted", "ConnectionClosed"),
}


class Overheard:
    """A listener of Locust's `request` event that writes every request down with its user's track.

    Args:
        places: for requests of greenlets that are no user.
    """

    def __init__(self, places: Map) -> None:
        self._nobody = Track(places, "(unknown)")

    def __call__(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int | None = 0,
        response: Any = None,
        exception: Any = None,
        url: str | None = None,
        **_: Any,
    ) -> None:
        if isinstance(response, (Response, CaughtResponse)):
            return  # our own client has recorded it already
        track = _track_here() or self._nobody
        operation = track.operation(_called(request_type, name, url), "http")
        operation.started_s = track.clock() - (response_time or 0.0) / 1000
        if exception is None:
            operation.succeed(response_length or 0)
            return
        operation.lose(response_length or 0)
        track.failed = True
        collect = None if response is None else lambda: exchanged(response)
        track.recorder.fail(operation.key, error_class(exception, response), str(exception), collect)

    def error(self, user_instance: Any, exception: Exception, tb: Any = None, **_: Any) -> None:
        """A listener of Locust's `user_error` event: records what no journey of ours has recorded.

        Those come from task sets; what a plain task raises, `LocustTask` tells with the user itself.
        """
        if isinstance(user_instance, TaskSet):
            track = _track_here() or self._nobody
            key = track.place.key("journey")._replace(journey=type(user_instance).__name__)
            track.recorder.fail(key, type(exception).__name__, tell(exception))


def exchanged(response: Any) -> list[Evidence]:
    """The exchange behind a response of `requests` or of Locust's fast client, as far as it can be told."""
    request = getattr(response, "request", None)
    status, reason = getattr(response, "status_code", 0) or 0, getattr(response, "reason", "") or ""
    method, url = (
        getattr(request, "method", "") or "",
        getattr(request, "url", "") or getattr(response, "url", "") or "",
    )
    body = getattr(request, "body", None) or b""
    sent = _head(f"{method} {url} HTTP/1.1".strip(), getattr(request, "headers", None))
    sent += b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"")
    head = _head(f"HTTP/1.1 {status} {reason}".strip(), getattr(response, "headers", None)) if status else b""
    return [exchange(sent, head, getattr(response, "content", None) or b"", None)]


def _head(first: str, headers: Any) -> bytes:
    fields = headers.items() if hasattr(headers, "items") else ()
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in fields)]).encode("latin-1", "replace")


def _called(request_type: str, name: str, url: str | None) -> str:
    """A name that is only the address has its ids taken out; one that the author gave stays."""
    by_itself = name.startswith("/") and (url is None or url.endswith(name))
    return operation_name(request_type, name) if by_itself else f"{request_type} {name}"


def error_class(exception: Any, response: Any = None) -> str:
    """The short word for a failed request of any client."""
    status = getattr(response, "status_code", None) or 0
    if type(exception).__name__ == "CatchResponseError" and status < 400:
        return "check"
    if status >= 400:
        return f"http {status}"
    if isinstance(exception, OSError) and not hasattr(exception, "request"):
        return class_of(exception)
    told = f"{type(exception).__name__} {exception!r}"
    for word, signs in _WORDS.items():
        if any(sign in told for sign in signs):
            return word
    return type(exception).__name__


def _track_here() -> Track | None:
    """The track of the user in whose greenlet we are."""
    args = getattr(getcurrent(), "args", ())
    return track_of(args[0]) if args else None
