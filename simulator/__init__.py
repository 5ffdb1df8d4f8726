"""Rehearses a release: API users and browser users together, under load, with a verdict that can be trusted.

This is the author's interface. Importing it patches nothing and loads nothing heavy: every name is looked up when it is
first used. In the browser host, a process without gevent, `ApiUser` is a stand-in that knows nothing of Locust.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.journey.browser_user import BrowserUser
    from simulator.journey.check import check
    from simulator.journey.component.case import case
    from simulator.journey.component.pipeline import pipeline
    from simulator.journey.component.user import ComponentUser
    from simulator.journey.expect import expect
    from simulator.journey.mark import journey, tag, task
    from simulator.journey.secret import secret
    from simulator.journey.think import between, constant, constant_pacing, constant_throughput
    from simulator.journey.users import ApiUser

BROWSER_HOST = "SIMULATOR_BROWSER_HOST"
"""Set in the environment of the browser host process."""

_HOMES = {
    "ApiUser": "users",
    "BrowserUser": "browser_user",
    "ComponentUser": "component.user",
    "between": "think",
    "case": "component.case",
    "check": "check",
    "constant": "think",
    "constant_pacing": "think",
    "constant_throughput": "think",
    "expect": "expect",
    "pipeline": "component.pipeline",
    "secret": "secret",
    "tag": "mark",
    "task": "mark",
}

__all__ = [
    "ApiUser",
    "BrowserUser",
    "ComponentUser",
    "between",
    "case",
    "check",
    "constant",
    "constant_pacing",
    "constant_throughput",
    "expect",
    "journey",
    "pipeline",
    "secret",
    "tag",
    "task",
]


def __getattr__(name: str) -> Any:
    if name == "journey":
        return import_module("simulator.journey")  # the room can be called, and is then the decorator
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "stand_in" if name in ("ApiUser", "ComponentUser") and os.environ.get(BROWSER_HOST) else _HOMES[name]
    found = getattr(import_module(f"simulator.journey.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
