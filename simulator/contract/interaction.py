"""What a consumer relies on: requests with the answers they get, and messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.contract.body import MISSING, Body
from simulator.contract.matching.rules import NOTHING, Rules

Values = Mapping[str, tuple[str, ...]]
"""Name → values, of header fields and of query parameters."""
Version = Literal["3", "4"]


@dataclass(frozen=True)
class ProviderState:
    """What must hold at the provider before an interaction.

    Attributes:
        name: in words.
        params: values that belong to it.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A request as it is expected, or as it came.

    Attributes:
        method: in capitals.
        path: without query.
        query: parameters with their values in order.
        headers: fields with their values.
        body: what it carries.
        path_rules: how the path may differ; the others likewise.
        generators: what the verifier puts in when it sends it, as in a Pact file.
    """

    method: str = "GET"
    path: str = "/"
    query: Values = field(default_factory=dict)
    headers: Values = field(default_factory=dict)
    body: Body = MISSING
    path_rules: Rules = NOTHING
    query_rules: Rules = NOTHING
    header_rules: Rules = NOTHING
    body_rules: Rules = NOTHING
    generators: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        words = "&".join(f"{name}={value}" for name, values in self.query.items() for value in values)
        return f"{self.method} {self.path}" + (f"?{words}" if words else "")


@dataclass(frozen=True)
class Response:
    """An answer as it is expected, or as it came.

    Attributes:
        status: of HTTP.
        headers: fields with their values.
        body: what it carries.
        status_rules: how the status may differ; the others likewise.
        generators: as in a Pact file.
    """

    status: int = 200
    headers: Values = field(default_factory=dict)
    body: Body = MISSING
    status_rules: Rules = NOTHING
    header_rules: Rules = NOTHING
    body_rules: Rules = NOTHING
    generators: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """A message on a queue, as it is expected or as it came.

    Attributes:
        contents: what it carries.
        metadata: what goes with it.
        contents_rules: how the contents may differ; the metadata likewise.
        generators: as in a Pact file.
    """

    contents: Body = MISSING
    metadata: Mapping[str, Any] = field(default_factory=dict)
    contents_rules: Rules = NOTHING
    metadata_rules: Rules = NOTHING
    generators: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Interaction:
    """A request with its answer, or a message.

    Attributes:
        description: what it is, in words; unique among those with the same states.
        states: what must hold at the provider.
        request: of an exchange over HTTP; `None` for a message.
        response: of an exchange over HTTP; `None` for a message.
        message: the message; `None` for an exchange over HTTP.
        pending: the provider is known not to keep it yet.
        comments: whatever goes with it; `text` holds remarks, `simulator` the evidence of a collected one.
        place: line and column in its file; zeros when it comes from none.
    """

    description: str
    states: tuple[ProviderState, ...] = ()
    request: Request | None = None
    response: Response | None = None
    message: Message | None = None
    pending: bool = False
    comments: Mapping[str, Any] = field(default_factory=dict)
    place: tuple[int, int] = (0, 0)

    @property
    def title(self) -> str:
        """Its description with its states, for readers."""
        given = " and ".join(state.name for state in self.states)
        return f"{self.description} (given {given})" if given else self.description


@dataclass(frozen=True)
class Contract:
    """Everything that one consumer relies on at one provider.

    Attributes:
        consumer: who relies on it.
        provider: who has promised it.
        interactions: in order.
        version: of the Pact specification that it is written in.
        metadata: what else the file said about itself.
        file: where it was read; empty text for none.
    """

    consumer: str
    provider: str
    interactions: tuple[Interaction, ...] = ()
    version: Version = "4"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""

    @property
    def name(self) -> str:
        """Who relies on whom."""
        return f"{self.consumer} → {self.provider}"
