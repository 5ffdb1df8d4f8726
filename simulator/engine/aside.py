"""Work that would hold up every user, done in a native thread while they go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from gevent import get_hub

Args = ParamSpec("Args")
Result = TypeVar("Result")


def aside(act: Callable[Args, Result], *args: Args.args, **options: Args.kwargs) -> Result:
    """What `act` returns; only the calling greenlet waits for it.

    The interpreter switches between threads every few milliseconds, so users notice little. `act` must not touch what
    greenlets change meanwhile, and must not wait for one of them.
    """
    found: Result = get_hub().threadpool.apply(act, args, options)
    return found
