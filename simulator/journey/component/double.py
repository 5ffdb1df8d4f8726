"""Doubles: what stands in for a function or a method while a case runs, and for that case alone.

A target is patched once, by something that asks which case is running (a context variable, of a greenlet or a thread).
So users can run cases with other doubles of the same target at once, and code that belongs to no case meets the real
thing.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from unittest import mock

from gevent.monkey import get_original

from simulator.errors import UsageError, did_you_mean
from simulator.journey.within import seconds

KEYS = ("returns", "raises", "sequence", "calls", "after", "like", "unspecified")
MOST_CALLS_TOLD = 20

Active = Mapping[str, Any]
_ACTIVE: ContextVar[Active] = ContextVar("simulator_doubles", default={})  # noqa: B039 - never changed, only replaced


@dataclass(frozen=True)
class DoubleSpec:
    """How a target is doubled.

    Attributes:
        target: `package.module.function` or `package.module.Class.method`.
        answers: what it answers, call by call: values, or exceptions to raise; the last one again and again, unless
            there were several.
        calls: how often it must be called, least and most; `None` for any number.
        after_s: how long an answer takes; a function for a time of its own each.
        specified: whether calls are checked against the real signature.
    """

    target: str
    answers: tuple[Any, ...] = (None,)
    calls: tuple[int, int] | None = None
    after_s: Callable[[], float] | float = 0.0
    specified: bool = True


def double_spec(target: str, said: Any, like: Callable[[Any], Callable[[], float]] | None = None) -> DoubleSpec:
    """The double that a description means.

    Args:
        target: what is doubled.
        said: `{returns: …}`, `{raises: ValueError: text}`, `{sequence: […]}`, with `calls`, `after`; or a bare value.
        like: makes times of what `like` names; see `simulator.journey.component.calibration`.

    Raises:
        UsageError: it cannot be read.
    """
    if not isinstance(said, Mapping) or not set(said) & set(KEYS):
        return DoubleSpec(target, (said,))
    for key in said:
        if key not in KEYS:
            raise UsageError(f"the double of {target} has an unknown key {key!r}", hint=did_you_mean(str(key), KEYS))
    after: Callable[[], float] | float = seconds(said["after"]) if "after" in said else 0.0
    if "like" in said:
        if like is None:
            raise UsageError(f"the double of {target}: there is no recording to be like")
        after = like(said["like"])
    calls = _calls(target, said.get("calls"))
    return DoubleSpec(target, _answers(said), calls, after, not said.get("unspecified"))


class Doubles:
    """The doubles of one case, as a `with` block.

    Args:
        specs: what is doubled, and how.

    Raises:
        UsageError: a target does not exist, or cannot be doubled.
    """

    def __init__(self, specs: Sequence[DoubleSpec]) -> None:
        self._specs = specs
        self._doubles: dict[str, Any] = {}
        self._installed: list[str] = []
        self._token: Token[Active] | None = None

    def __enter__(self) -> Doubles:
        try:
            for spec in self._specs:
                real = _install(spec.target)
                self._installed.append(spec.target)
                self._doubles[spec.target] = _made(spec, real)
        except BaseException:
            self._restore()
            raise
        self._token = _ACTIVE.set({**_ACTIVE.get(), **self._doubles})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _ACTIVE.reset(self._token)
        self._restore()

    def problems(self) -> list[str]:
        """What was called more or less often than it must be."""
        return [
            f"{spec.target} was called {count} times, {_wanted(spec.calls)} expected"
            for spec in self._specs
            if spec.calls is not None
            and not spec.calls[0] <= (count := self._doubles[spec.target].call_count) <= spec.calls[1]
        ]

    def calls(self) -> list[str]:
        """What was asked, in words."""
        told = []
        for target, double in self._doubles.items():
            told += [f"{target}{str(call).removeprefix('call')}" for call in double.call_args_list[:MOST_CALLS_TOLD]]
        return told

    def _restore(self) -> None:
        while self._installed:
            _remove(self._installed.pop())


@dataclass
class _Installed:
    patcher: Any
    real: Any
    count: int


_LOCK = get_original("_thread", "allocate_lock")()  # held for moments only, by greenlets and native threads alike
_PATCHED: dict[str, _Installed] = {}


def _install(target: str) -> Any:
    """Put something in the target's place that asks which case is running; returns the real thing."""
    owner, name = _owner_of(target)
    with _LOCK:
        known = _PATCHED.get(target)
        if known is None:
            written = inspect.getattr_static(owner, name)
            real = written.__func__ if isinstance(written, (staticmethod, classmethod)) else written
            if inspect.isclass(real) or not callable(real):
                hint = "name a function, or a method of a class"
                raise UsageError(f"{target} cannot be doubled for one case alone: it is {_a(real)}", hint=hint)
            patcher = mock.patch.object(owner, name, _asking(target, real, written))
            patcher.start()
            known = _PATCHED[target] = _Installed(patcher, real, 0)
        known.count += 1
        return known.real


def _remove(target: str) -> None:
    with _LOCK:
        known = _PATCHED[target]
        known.count -= 1
        if not known.count:
            known.patcher.stop()
            del _PATCHED[target]


def _asking(target: str, real: Any, written: Any) -> Any:
    @functools.wraps(real)
    def asking(*args: Any, **options: Any) -> Any:
        double = _ACTIVE.get().get(target)
        return (real if double is None else double)(*args, **options)

    if isinstance(written, (staticmethod, classmethod)):
        return type(written)(asking)
    return asking


def _made(spec: DoubleSpec, real: Any) -> Any:
    answers = iter(spec.answers)
    endless = len(spec.answers) == 1

    def answer(*args: Any, **options: Any) -> Any:
        wait_s = spec.after_s() if callable(spec.after_s) else spec.after_s
        if wait_s:
            time.sleep(wait_s)
        said = spec.answers[0] if endless else next(answers, _NO_MORE)
        if said is _NO_MORE:
            raise AssertionError(f"{spec.target} was called more often than it has answers")
        if isinstance(said, BaseException):
            raise said
        return said

    if not spec.specified:
        return mock.Mock(side_effect=answer)
    double = mock.create_autospec(real)
    double.side_effect = answer
    return double


_NO_MORE: Any = object()


def _owner_of(target: str) -> tuple[Any, str]:
    """The module or class that holds the target, and its name there."""
    parts = target.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            owner: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError as error:
            if error.name and not target.startswith(error.name):
                raise UsageError(f"{target} cannot be doubled: {error}") from error
            continue
        for part in parts[cut:-1]:
            if not hasattr(owner, part):
                raise UsageError(f"{target} cannot be doubled: there is no {part}", hint=_near(part, owner))
            owner = getattr(owner, part)
        if not hasattr(owner, parts[-1]):
            raise UsageError(f"{target} cannot be doubled: there is no {parts[-1]}", hint=_near(parts[-1], owner))
        return owner, parts[-1]
    raise UsageError(
        f"{target} cannot be doubled: there is no module {parts[0]!r}", hint="write it like package.module.function"
    )


def _near(name: str, owner: Any) -> str | None:
    return did_you_mean(name, [known for known in dir(owner) if not known.startswith("_")])


def _answers(said: Mapping[str, Any]) -> tuple[Any, ...]:
    if "sequence" in said:
        listed = tuple(_one(each) for each in said["sequence"])
        if len(listed) == 1:
            return (*listed, _NO_MORE)
        return listed
    return (_one(said),) if set(said) & {"raises", "returns"} else (None,)


def _one(said: Any) -> Any:
    if not isinstance(said, Mapping) or not set(said) & {"raises", "returns"}:
        return said
    return _exception(str(said["raises"])) if "raises" in said else said["returns"]


def _exception(text: str) -> BaseException:
    """`ValueError: no such country`, or `package.module.Error`."""
    name, _, message = text.partition(":")
    module, _, own = name.strip().rpartition(".")
    try:
        found = getattr(importlib.import_module(module) if module else builtins, own)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{name.strip()} cannot be raised: {error}") from error
    if not (inspect.isclass(found) and issubclass(found, BaseException)):
        raise UsageError(f"{name.strip()} cannot be raised: it is no exception")
    return found(message.strip()) if message.strip() else found()


def _calls(target: str, said: Any) -> tuple[int, int] | None:
    if said is None:
        return None
    first, _, last = str(said).partition(" to ")
    try:
        return int(first), int(last or first)
    except ValueError:
        raise UsageError(f"{target}: calls are a number, or a range like 1 to 3, not {said!r}") from None


def _wanted(calls: tuple[int, int] | None) -> str:
    assert calls is not None
    return f"{calls[0]} were" if calls[0] == calls[1] else f"{calls[0]} to {calls[1]} were"


def _a(thing: Any) -> str:
    return f"the class {thing.__name__}" if inspect.isclass(thing) else f"{type(thing).__name__} {thing!r}"
