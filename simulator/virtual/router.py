"""From a request to the stub that answers it, or to the nearest one and what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from simulator.virtual.request import Request
from simulator.virtual.state import State
from simulator.virtual.stub import Stub

MOST_ROUTES = 10_000
Candidates = tuple[tuple[Stub, Mapping[str, str]], ...]


@dataclass(frozen=True)
class Miss:
    """A request that no stub answers.

    Attributes:
        nearest: the stub that comes nearest, or `None` when there are none.
        differences: in words, where the request differs from it.
    """

    nearest: Stub | None
    differences: tuple[str, ...]


class Router:
    """Finds stubs; which of them have the right method and path is worked out once for each address.

    Args:
        stubs: in order of the file.
        best: take the most demanding of those that fit, instead of the first.
    """

    def __init__(self, stubs: Sequence[Stub], *, best: bool = False) -> None:
        rank = (lambda stub: (stub.priority, -_weight(stub))) if best else lambda stub: (stub.priority, 0)
        self._stubs = sorted(stubs, key=rank)
        self._routes: dict[tuple[str, str], Candidates] = {}
        self._with_query = any(stub.path.with_query for stub in stubs)

    def find(self, request: Request, state: State) -> tuple[Stub, Mapping[str, str]] | Miss:
        """The stub that answers, with the variables of its path; or what is nearest."""
        key = (request.method, request.target if self._with_query else request.path)
        candidates = self._routes.get(key)
        if candidates is None:
            candidates = self._route(request, key)
        for candidate in candidates:
            stub = candidate[0]
            story = stub.scenario
            if story and story.when is not None and state.of(request.user, story) != story.when:
                continue
            for demand in stub.demands:
                if not demand.met(request):
                    break
            else:
                return candidate
        return self._nearest(request, state)

    def _route(self, request: Request, key: tuple[str, str]) -> Candidates:
        if len(self._routes) >= MOST_ROUTES:
            self._routes.clear()
        found = [(stub, stub.variables(request.method, request.path, request.target)) for stub in self._stubs]
        routed = tuple((stub, variables) for stub, variables in found if variables is not None)
        self._routes[key] = routed
        return routed

    def _nearest(self, request: Request, state: State) -> Miss:
        best: tuple[float, Stub | None, list[str]] = (float("inf"), None, [])
        for stub in self._stubs:
            differences = stub.differences(request, state.of(request.user, stub.scenario) if stub.scenario else None)
            likeness = SequenceMatcher(None, stub.path.text, request.path).ratio() if len(self._stubs) < 1000 else 0.0
            distance = len(differences) + 2.0 * any(d.startswith("path:") for d in differences) - likeness
            if distance < best[0]:
                best = (distance, stub, differences)
        return Miss(best[1], tuple(best[2]))


def _weight(stub: Stub) -> int:
    """How demanding a stub is: a literal path weighs more than any number of other demands."""
    path = 1000 if stub.path.literal is not None else len(stub.path.text.replace(".*", ""))
    return path + 10 * len(stub.demands) + (1 if stub.scenario else 0)
