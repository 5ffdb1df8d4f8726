"""What authors write with: users, journeys, steps, checks, and the clients through which users act.

The room and the decorator share a name, `simulator.journey`: Python binds it to this module as soon as anything in here
is imported, so the module can be called, and is then the decorator.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Decorator(ModuleType):
    """This module, as `@journey`."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        from simulator.journey.mark import journey

        return journey(*args, **options)


sys.modules[__name__].__class__ = _Decorator
