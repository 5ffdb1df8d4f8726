"""How users behave where the author says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Options:
    """How users behave where the author says nothing.

    Attributes:
        timeout_s: the longest that a request may take in all.
        verify: whether certificates must be good; a path names the authorities to trust.
        most_body_bytes: an answer with a larger body is a failure.
        http2: speak HTTP/2; see `HttpClient.http2`.
        traceparent: each request carries a W3C `traceparent`.
        iterations: how many journeys users of the closed model may begin in all; `None` for no limit.
        shape: users come and go as the journey files' `LoadTestShape` says.
        arguments: options that existing locustfiles have added to Locust's command line.
        contracts: what is done about contracts, as `ContractSettings.to_plain` has it.
        given: databases, queues and data, as `simulator.journey.surroundings.Given`.
        web: where Locust's own web interface listens, as `host:port`; `None` for nowhere.
        allowed_hosts: what users may reach besides this machine; `None` for anything.
    """

    timeout_s: float = 60.0
    verify: bool | str = True
    most_body_bytes: int = 10_000_000
    http2: bool | str = False
    traceparent: bool = False
    iterations: int | None = None
    shape: bool = False
    arguments: Sequence[str] = ()
    contracts: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    web: str | None = None
    allowed_hosts: Sequence[str] | None = None

    def of_clients(self) -> dict[str, Any]:
        """Attributes that every HTTP client gets."""
        names = ("timeout_s", "verify", "most_body_bytes", "http2", "allowed_hosts", "traceparent")
        return {name: getattr(self, name) for name in names}
