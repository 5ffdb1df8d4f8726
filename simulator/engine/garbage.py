"""When Python looks for cyclic garbage while users live."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

GARBAGE = 20_000
"""So many more objects than before make Python look for cycles among them; a parsed JSON answer has hundreds."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While users live, Python looks for cyclic garbage less often, and never through what was there before."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
