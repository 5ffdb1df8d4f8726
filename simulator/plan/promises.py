"""How the contracts among the journeys are checked: `contracts` of `simulator.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.node import Node

KEYS = ("states", "secrets", "headers", "messages", "examples", "timeout")
DEFAULT_EXAMPLES = 20
DEFAULT_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Promises:
    """How contracts are held against the services of an environment.

    Attributes:
        states: what brings providers into states, as `simulator contract verify --states` takes it; `None` for nothing.
        secrets: name → value, in place of what was masked when a contract was collected.
        headers: sent with every request.
        messages: `module:function` that makes a message from its description; `None` for none.
        examples: requests for each operation of a description.
        timeout_s: the longest that one answer may take.
    """

    states: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    messages: str | None = None
    examples: int = DEFAULT_EXAMPLES
    timeout_s: float = DEFAULT_TIMEOUT_S


def read_promises(node: Node | None) -> Promises:
    """What a file says of it; mistakes are noted where they stand."""
    if node is None:
        return Promises()
    node.mapping(KEYS)
    states, secrets, headers, messages, examples, timeout = (node.get(key) for key in KEYS)
    return Promises(
        states=states.text() if states else None,
        secrets={name: value.text() for name, value in secrets.mapping().items()} if secrets else {},
        headers={name: value.text() for name, value in headers.mapping().items()} if headers else {},
        messages=messages.text() if messages else None,
        examples=examples.integer() if examples else DEFAULT_EXAMPLES,
        timeout_s=timeout.duration() if timeout else DEFAULT_TIMEOUT_S,
    )
