"""Virtual services: stand-ins for what a system depends on, from stubs or a recording, with latency and faults.

`virtual_service("payments.yaml")` is one for tests; nothing is loaded before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.virtual.use import VirtualService, virtual_service

__all__ = ["VirtualService", "virtual_service"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("simulator.virtual.use"), name)
