"""Makes the standard library cooperate with gevent; the first thing that a process which drives does."""

from __future__ import annotations


def patch() -> None:
    """Patch this process for gevent. Call it before anything that opens sockets or starts threads is imported."""
    from gevent import monkey

    monkey.patch_all()
