"""How a method becomes a journey: marks on functions, read again from a class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from simulator.journey.about import LEVELS, About, Level

Function = TypeVar("Function", bound=Callable[..., Any])

MARK = "simulator_journey"
TASK_WEIGHT = "locust_task_weight"
TAG_SET = "locust_tag_set"


@dataclass(frozen=True)
class JourneyMark:
    """What the decorator was told.

    Attributes:
        name: the journey's name.
        weight: how often, against the user's other journeys.
        tags: for selection and thresholds.
        function: the method as written, to be called with the user (and a page).
        about: level, owner, dependencies and the rest.
    """

    name: str
    weight: int
    tags: frozenset[str]
    function: Callable[..., Any]
    about: About = About()


@overload
def journey(function: Function, /) -> Function: ...
@overload
def journey(
    *,
    weight: int = 1,
    tags: Iterable[str] = (),
    name: str | None = None,
    level: Level | None = None,
    owner: str = "",
    requirement: str = "",
    tier: int = 0,
    touches: Iterable[str] = (),
    after: Iterable[str] = (),
    needs: Iterable[str] = (),
    provides: Iterable[str] = (),
    exclusive: Iterable[str] = (),
) -> Callable[[Function], Function]: ...
def journey(
    function: Callable[..., Any] | None = None,
    /,
    *,
    weight: int = 1,
    tags: Iterable[str] = (),
    name: str | None = None,
    level: Level | None = None,
    owner: str = "",
    requirement: str = "",
    tier: int = 0,
    touches: Iterable[str] = (),
    after: Iterable[str] = (),
    needs: Iterable[str] = (),
    provides: Iterable[str] = (),
    exclusive: Iterable[str] = (),
) -> Any:
    """Mark a method as a journey; it stays callable as it is.

    Args:
        function: the method, when the decorator is used without parentheses.
        weight: how often, against the user's other journeys; a whole number, 0 switches it off.
        tags: words for `--tags` and for thresholds.
        name: another name than the method's.
        level: `component`, `service` or `end to end`; `None` for what the kind of user suggests.
        owner: who answers for it.
        requirement: what it proves, such as a ticket.
        tier: how much depends on it, from 1 (most); 0 for "not said".
        touches: services it goes through.
        after: journeys that must have succeeded before it, when each runs once.
        needs: states that must hold before it, such as `orders exist`.
        provides: states that hold after it.
        exclusive: things that nobody else may use meanwhile.

    Raises:
        ValueError: the weight is no whole number from 0, or there is no such level.
    """
    if not isinstance(weight, int) or isinstance(weight, bool) or weight < 0:
        raise ValueError(f"a journey's weight is a whole number from 0, not {weight!r}")
    if level is not None and level not in LEVELS:
        raise ValueError(f"a journey's level is one of {', '.join(LEVELS)}, not {level!r}")
    about = About(level or "", owner, requirement, tier, *map(_words, (touches, after, needs, provides, exclusive)))

    def mark(method: Function) -> Function:
        setattr(method, MARK, JourneyMark(name or method.__name__, weight, _words(tags), method, about))
        return method

    return mark if function is None else mark(function)


@overload
def task(weight: Function, /) -> Function: ...
@overload
def task(weight: int = 1, /) -> Callable[[Function], Function]: ...
def task(weight: Any = 1, /) -> Any:
    """Locust's `@task`: on a method of one of our users it means the same as `@journey(weight=…)`."""

    def mark(method: Function) -> Function:
        setattr(method, TASK_WEIGHT, 1 if callable(weight) else weight)
        return method

    return mark(weight) if callable(weight) else mark


def tag(*tags: str) -> Callable[[Function], Function]:
    """Locust's `@tag`: words for selection.

    Raises:
        ValueError: no word was given.
    """
    if not tags or callable(tags[0]):
        raise ValueError("@tag needs at least one word, as in @tag('checkout')")

    def mark(method: Function) -> Function:
        setattr(method, TAG_SET, set(getattr(method, TAG_SET, ())) | set(tags))
        return method

    return mark


def journeys_of(user_class: type) -> dict[str, JourneyMark]:
    """The journeys of a user class by name, inherited ones first, in the order in which they are written."""
    found: dict[str, JourneyMark] = {}
    for owner in reversed(user_class.__mro__):
        for attribute, value in vars(owner).items():
            mark = _mark_of(value)
            if mark is not None and getattr(user_class, attribute, None) is value:
                found[mark.name] = mark
    return found


def _words(words: Iterable[str]) -> frozenset[str]:
    return frozenset([words] if isinstance(words, str) else words)


def _mark_of(value: Any) -> JourneyMark | None:
    if isinstance(value, type) or not callable(value):
        return None
    mark = getattr(value, MARK, None)
    if mark is None and hasattr(value, TASK_WEIGHT):
        mark = JourneyMark(value.__name__, getattr(value, TASK_WEIGHT), frozenset(), value)
    if mark is None:
        return None
    tags = mark.tags | frozenset(getattr(value, TAG_SET, ()))
    return JourneyMark(mark.name, mark.weight, tags, mark.function, mark.about)
