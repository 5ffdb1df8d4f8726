"""What a virtual service remembers about its users: states of stories, and how often each stub has answered."""

from __future__ import annotations

from simulator.virtual.stub import FIRST_STATE, Scenario, Stub

MOST_USERS = 100_000


class State:
    """States and counts, each by user; requests that name no user share one."""

    def __init__(self) -> None:
        self._users: dict[str, tuple[dict[str, str], dict[str, int]]] = {}

    def of(self, user: str, scenario: Scenario) -> str:
        """The state of a story for a user."""
        known = self._users.get(user)
        return FIRST_STATE if known is None else known[0].get(scenario.name, FIRST_STATE)

    def used(self, user: str, stub: Stub) -> int:
        """A stub answers a user: moves its story on; returns how often it has answered, this time included."""
        if user not in self._users and len(self._users) >= MOST_USERS:
            del self._users[next(iter(self._users))]
        states, counts = self._users.setdefault(user, ({}, {}))
        counts[stub.name] = counts.get(stub.name, 0) + 1
        if stub.scenario is not None and stub.scenario.then is not None:
            states[stub.scenario.name] = stub.scenario.then
        return counts[stub.name]

    def forget(self) -> None:
        """Everything begins anew, for every user."""
        self._users.clear()
