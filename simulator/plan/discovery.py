"""Who takes part: the user classes of journey files, as a cast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from simulator.errors import BringUpError, UsageError
from simulator.journey.about import About
from simulator.journey.mark import journeys_of
from simulator.plan.cast import Cast, JourneySpec, UserKind, UserSpec
from simulator.plan.contract_file import is_contract, user_of_contract
from simulator.plan.journey_file import import_file, journey_files, shown, step_names, takes_of
from simulator.plan.pytest_file import is_test_file, users_of_tests

LEVEL_OF: dict[UserKind, str] = {
    "api": "service",
    "browser": "end to end",
    "component": "component",
    "locust": "service",
}
"""The level of integration that a kind of user works at, unless the journey says otherwise."""


def load_cast(paths: Sequence[Path], tags: Sequence[str] = ()) -> Cast:
    """The cast of journey files and folders; imports them.

    Args:
        paths: files and folders.
        tags: only journeys with one of these; empty for all.

    Raises:
        UsageError: nothing is there to run, or two classes have the same name.
        BringUpError: files cannot be imported; all of them are named, each with the author's traceback.
    """
    cast, broken = discover(paths, tags)
    if broken:
        detail = "\n\n".join(filter(None, (error.detail for error in broken)))
        raise BringUpError("\n".join(str(error) for error in broken), detail=detail)
    return cast


def discover(paths: Sequence[Path], tags: Sequence[str] = ()) -> tuple[Cast, list[BringUpError]]:
    """The cast of those files that can be imported, and what is wrong with the others.

    Raises:
        UsageError: nothing is there to run, or two classes have the same name.
    """
    files = journey_files(paths)
    modules, broken = _import_all(files)
    found: list[tuple[UserSpec, type]] = [pair for path, module in modules for pair in _users_of(path, module)]
    tests, uncollected = users_of_tests(list(filter(is_test_file, files)))
    contracts, unread = _contracts_of(files)
    found += [(spec, _Elsewhere) for spec in (*tests, *contracts)]
    broken += uncollected + unread
    if broken and not found:
        return Cast(()), broken
    _refuse_twins([spec for spec, _ in found])
    users = [(_tagged(spec, tags), cls) for spec, cls in found]
    acting = [(spec, cls) for spec, cls in users if spec.journeys]
    if not acting and not broken:
        raise UsageError(*_nothing_to_run(paths, files, [spec for spec, _ in found], tags))
    return Cast(tuple(spec for spec, _ in acting), {spec.name: cls for spec, cls in acting}), broken


class _Elsewhere:
    """Stands for what no class of an author does: tests live in the browser host, the suite checks contracts."""

    @staticmethod
    def wait_time(user: object) -> float:
        return 0.0


def _import_all(files: Sequence[Path]) -> tuple[list[tuple[Path, ModuleType]], list[BringUpError]]:
    modules, broken = [], []
    for file in files:
        if is_test_file(file) or is_contract(file):
            continue  # those of pytest are looked at by pytest
        try:
            modules.append((file, import_file(file)))
        except BringUpError as error:
            broken.append(error)
    return modules, broken


def _contracts_of(files: Sequence[Path]) -> tuple[list[UserSpec], list[BringUpError]]:
    found, broken = [], []
    for file in filter(is_contract, files):
        try:
            found.append(user_of_contract(file))
        except BringUpError as error:
            broken.append(error)
    return found, broken


def _users_of(path: Path, module: ModuleType) -> Iterator[tuple[UserSpec, type]]:
    for cls in vars(module).values():
        kind = _kind_of(cls) if isinstance(cls, type) and cls.__module__ == module.__name__ else None
        if kind is not None and not vars(cls).get("abstract", False):
            yield _user(path, cls, kind), cls


def _kind_of(cls: type) -> UserKind | None:
    kind = getattr(cls, "simulator_kind", None)
    if kind in get_args(UserKind):
        return kind
    is_locust = any(base.__name__ == "User" and base.__module__ == "locust.user.users" for base in cls.__mro__)
    return "locust" if is_locust else None


def _user(path: Path, cls: Any, kind: UserKind) -> UserSpec:
    journeys = _locust_tasks(path, cls) if kind == "locust" else _journeys(path, cls, kind)
    return UserSpec(
        name=cls.__name__,
        kind=kind,
        file=str(path),
        weight=int(cls.weight),
        fixed_count=int(cls.fixed_count) or None,
        host=cls.host,
        journeys=journeys,
        takes=_takes(getattr(cls, "on_start", None)),
    )


def _journeys(path: Path, cls: type, kind: UserKind) -> tuple[JourneySpec, ...]:
    specs = []
    for name, mark in journeys_of(cls).items():
        line, steps, known = _written(mark.function)
        takes = _takes(mark.function)
        summary = (mark.function.__doc__ or "").strip().partition("\n")[0]
        about = replace(mark.about, level=mark.about.level or LEVEL_OF[kind])
        specs.append(
            JourneySpec(name, mark.weight, mark.tags, summary, tuple(steps), known, str(path), line, about, takes)
        )
    return tuple(spec for spec in specs if spec.weight)


def _takes(function: Any) -> dict[str, int]:
    """Feeders that a function takes rows of."""
    if hasattr(function, "simulator_steps"):
        return dict(getattr(function, "simulator_takes", {}))
    code = getattr(function, "__code__", None)
    return (
        takes_of(Path(code.co_filename)).get(code.co_firstlineno, {})
        if code and Path(code.co_filename).is_file()
        else {}
    )


def _written(function: Any) -> tuple[int, list[str], bool]:
    """Where a journey is written, the names of its steps, and whether those are all."""
    if hasattr(function, "simulator_steps"):  # made of something else than Python
        return int(function.simulator_line), list(function.simulator_steps), True
    line = int(function.__code__.co_firstlineno)
    return (line, *step_names(Path(function.__code__.co_filename)).get(line, ([], False)))


def _locust_tasks(path: Path, cls: Any) -> tuple[JourneySpec, ...]:
    counts = Counter(getattr(task, "__name__", str(task)) for task in cls.tasks)
    tags = {getattr(task, "__name__", str(task)): _tags_inside(task) for task in cls.tasks}
    about = About(level=LEVEL_OF["locust"])
    return tuple(
        JourneySpec(name, count, frozenset(tags[name]), file=str(path), about=about) for name, count in counts.items()
    )


def _tags_inside(task: Any) -> set[str]:
    """The tags of a task, or of all tasks of a task set."""
    inner = (_tags_inside(each) for each in vars(task).get("tasks", ())) if isinstance(task, type) else ()
    return set(getattr(task, "locust_tag_set", ())).union(*inner)


def _tagged(spec: UserSpec, tags: Sequence[str]) -> UserSpec:
    if not tags:
        return spec
    journeys = tuple(journey for journey in spec.journeys if journey.tags & set(tags))
    return replace(spec, journeys=journeys, tags=tuple(tags) if spec.kind == "locust" else ())


def _refuse_twins(users: Sequence[UserSpec]) -> None:
    seen: dict[str, UserSpec] = {}
    for user in users:
        if user.name in seen:
            first, second = shown(Path(seen[user.name].file)), shown(Path(user.file))
            raise UsageError(f"two user classes are called {user.name}: in {first} and in {second}", hint="rename one")
        seen[user.name] = user


def _nothing_to_run(
    paths: Sequence[Path], files: Sequence[Path], users: Sequence[UserSpec], tags: Sequence[str]
) -> tuple[str]:
    where = ", ".join(map(str, paths))
    if not files:
        return (f"there is no journey file in {where}",)
    if not users:
        return (f"there is no user class in {where}: inherit from ApiUser or BrowserUser and mark methods @journey",)
    known = sorted({tag for user in users for journey in user.journeys for tag in journey.tags})
    if tags:
        return (f"no journey in {where} is tagged {' or '.join(tags)}; tags there are: {', '.join(known) or 'none'}",)
    return (f"no user class in {where} has a journey: mark its methods @journey",)
