"""Components one after the other: the result of each is what the next is given."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import UsageError


@dataclass(frozen=True)
class Component:
    """A callable, an object with `execute`, or a class of such objects.

    Attributes:
        name: for reports.
        written: as the author gave it.
    """

    name: str
    written: Any

    def ready(self) -> Callable[..., Any]:
        """What is called with what is given to it; an object has been set up by then."""
        made: Any = self.written() if inspect.isclass(self.written) else self.written
        if not hasattr(made, "execute"):
            function: Callable[..., Any] = made
            return function
        if hasattr(made, "setup"):
            made.setup()
        execute: Callable[..., Any] = made.execute
        return execute


@dataclass(frozen=True)
class Pipeline:
    """Components in order.

    Attributes:
        name: for reports.
        components: at least one; their names are unique.
    """

    name: str
    components: tuple[Component, ...]


@dataclass(frozen=True)
class StageRun:
    """What one component did.

    Attributes:
        component: its name.
        took_s: how long it took.
        given: what it was given, as a text.
        result: what it returned; `None` when it raised something.
    """

    component: str
    took_s: float
    given: str
    result: Any = None


@dataclass
class Passage:
    """One way through a pipeline.

    Attributes:
        stages: what each component did, in order, as far as it came.
        result: of the last one.
        error: what was raised, or `None`.
        told: lines about that, the author's own frames.
        calls: what doubles were asked, in words.
        problems: what doubles have to say against it.
    """

    stages: list[StageRun] = field(default_factory=list)
    result: Any = None
    error: Exception | None = None
    told: str = ""
    calls: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def pipeline(*components: Any, name: str = "") -> Pipeline:
    """Components one after the other.

    Args:
        components: callables, objects with `execute(value)` and perhaps `setup()`, or classes of such objects.
        name: for reports; empty text for the components' names.

    Raises:
        UsageError: there are none, or one of them cannot be executed.
    """
    if not components:
        raise UsageError("a pipeline needs at least one component")
    named: list[Component] = []
    for component in components:
        if not callable(getattr(component, "execute", component)):
            raise UsageError(f"{component!r} is neither a callable nor an object with `execute`")
        own = getattr(component, "__name__", None) or type(component).__name__
        count = sum(each.name == own or each.name.startswith(f"{own} #") for each in named)
        named.append(Component(f"{own} #{count + 1}" if count else own, component))
    return Pipeline(name or " → ".join(each.name for each in named), tuple(named))


def passed(ready: Sequence[tuple[str, Callable[..., Any]]], given: Any, arguments: dict[str, Any] | None) -> Passage:
    """Go through components that are ready; what one of them raises ends it and is kept.

    Args:
        ready: name and callable of each.
        given: to the first; copied, so that no case sees what another did to it.
        arguments: by name for the first, instead of `given`; `None` for none.
    """
    passage = Passage()
    value, named = deepcopy(given), deepcopy(arguments)
    for name, call in ready:
        shown, started_s = _shown(value if named is None else named), time.monotonic()
        try:
            result = call(value) if named is None else call(**named)
        except Exception as error:
            passage.error = error
            passage.stages.append(StageRun(name, time.monotonic() - started_s, shown))
            return passage
        passage.stages.append(StageRun(name, time.monotonic() - started_s, shown, result))
        value, named = result, None
    passage.result = value
    return passage


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 2000 else text[:2000] + "…"
