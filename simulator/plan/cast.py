"""Who takes part in a run: user classes and their journeys, as values."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from simulator.journey.about import About

UserKind = Literal["api", "browser", "component", "locust", "contract"]


@dataclass(frozen=True)
class JourneySpec:
    """One journey of a user class.

    Attributes:
        name: the method's name; for Locust tasks the task's name.
        weight: how often, against the user's other journeys.
        tags: for selection and thresholds.
        summary: first line of its docstring, or empty text.
        steps: names of its steps as far as the source tells, in order.
        steps_known: whether these are all (no step name is computed).
        file: where it is defined.
        line: where it is defined.
        about: level, owner, dependencies and the rest.
        takes: feeder of test data → how many rows one journey takes, as far as the source tells.
    """

    name: str
    weight: int = 1
    tags: frozenset[str] = frozenset()
    summary: str = ""
    steps: tuple[str, ...] = ()
    steps_known: bool = False
    file: str = ""
    line: int = 0
    about: About = About()
    takes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class UserSpec:
    """One user class.

    Attributes:
        name: the class's name, unique in a cast.
        kind: how it acts; `locust` is any other Locust user class, `contract` checks a contract and makes no load.
        file: the file that defines it, absolute.
        weight: share among the users without a count of their own.
        fixed_count: exactly so many, whatever the weights say; `None` for "by weight".
        host: the class's own `host`, or `None`.
        journeys: what it does; selection by tags has been applied.
        takes: feeder of test data → how many rows a user takes once, when it begins to live.
        tags: of the tasks inside of Locust's task sets only those with one of these; empty for all.
    """

    name: str
    kind: UserKind
    file: str
    weight: int = 1
    fixed_count: int | None = None
    host: str | None = None
    journeys: tuple[JourneySpec, ...] = ()
    takes: Mapping[str, int] = field(default_factory=dict)
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class Cast:
    """All user classes of a run, and the classes themselves by name (for the process that runs them)."""

    users: tuple[UserSpec, ...]
    classes: dict[str, type] = field(default_factory=dict, compare=False)

    def named(self, name: str) -> UserSpec:
        """The user class of that name.

        Raises:
            KeyError: there is none.
        """
        for user in self.users:
            if user.name == name:
                return user
        raise KeyError(name)

    def only(self, names: Container[str]) -> Cast:
        """The part of the cast whose journeys have one of these names, as in `Shopper.buy_a_lamp`."""
        users = [
            replace(user, journeys=tuple(j for j in user.journeys if f"{user.name}.{j.name}" in names))
            for user in self.users
        ]
        acting = tuple(user for user in users if user.journeys)
        return Cast(acting, {user.name: self.classes[user.name] for user in acting if user.name in self.classes})

    def under_load(self) -> Cast:
        """The part of the cast that can make load: without contracts."""
        return self.only({f"{u.name}.{j.name}" for u in self.users if u.kind != "contract" for j in u.journeys})

    def of_kind(self, *kinds: UserKind) -> tuple[UserSpec, ...]:
        """The user classes that act in one of these ways."""
        return tuple(user for user in self.users if user.kind in kinds)
