"""Task sets of existing locustfiles, nested ones too: each task is a journey of its outermost set, and a step of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any

from simulator.journey.perform import perform
from simulator.journey.step import Step
from simulator.journey.track import Track
from simulator.journey.unpatched import DefaultTaskSet, TaskSet
from simulator.journey.users import STEERING


@contextmanager
def recorded_task_sets() -> Iterator[None]:
    """While inside, every task that a task set executes is recorded on its user's track."""
    kind: Any = TaskSet
    original = kind.execute_task

    def execute(task_set: Any, task: Any) -> None:
        track = track_of(task_set.user)
        if track is None or isinstance(task_set, DefaultTaskSet) or isinstance(task, type):
            original(task_set, task)
            return
        name = getattr(task, "__name__", str(task))
        perform(track, _outermost(task_set), lambda: _act(task_set, track, name, lambda: original(task_set, task)))

    kind.execute_task = execute
    try:
        yield
    finally:
        kind.execute_task = original


def with_tags(task_set: Any, tags: Container[str]) -> Any:
    """A task set with those tasks only, nested ones too, that have one of these tags; itself when there are none.

    As Locust filters, but on a class of its own: what the author wrote stays as it is.
    """
    if not tags:
        return task_set
    kept = [with_tags(task, tags) if isinstance(task, type) else task for task in task_set.tasks if _has(task, tags)]
    made = type(task_set)(task_set.__name__, (task_set,), {"__module__": task_set.__module__})
    made.tasks = kept
    return made


def _has(task: Any, tags: Container[str]) -> bool:
    if isinstance(task, type):
        return any(_has(inner, tags) for inner in vars(task).get("tasks", ()))
    return any(tag in tags for tag in getattr(task, "locust_tag_set", ()))


def track_of(user: Any) -> Track | None:
    """The track of one of our users, or of a Locust user that lives in a run of ours."""
    found = getattr(user, "simulator_track", None) or getattr(user, "track", None)
    return found if isinstance(found, Track) else None


def _act(task_set: Any, track: Track, name: str, task: Callable[[], object]) -> None:
    with Step(track, name):
        try:
            task()
        except STEERING:
            raise
        except Exception as error:
            user = task_set.user
            user.environment.events.user_error.fire(user_instance=user, exception=error, tb=error.__traceback__)
            raise


def _outermost(task_set: Any) -> str:
    while isinstance(task_set.parent, TaskSet) and not isinstance(task_set.parent, DefaultTaskSet):
        task_set = task_set.parent
    return type(task_set).__name__
