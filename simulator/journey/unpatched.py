"""Imports Locust without its side effect: whether a process is patched for gevent is for the engine to say.

Locust patches on import. In a command that only reads journey files that would come late, and for nothing.
"""

from __future__ import annotations

import os

SKIP = "LOCUST_SKIP_MONKEY_PATCH"

_before = os.environ.get(SKIP)
os.environ[SKIP] = "1"
try:
    from locust import User
finally:
    if _before is None:
        del os.environ[SKIP]
    else:
        os.environ[SKIP] = _before

__all__ = ["User"]
