"""Makes the standard library cooperate with gevent; the first thing that a process which drives does."""

from __future__ import annotations

from typing import Any


def patch() -> None:
    """Patch this process for gevent. Call it before anything that opens sockets or starts threads is imported."""
    from gevent import monkey, queue

    monkey.patch_all()
    from urllib3.connectionpool import ConnectionPool

    pool: Any = ConnectionPool
    pool.QueueCls = queue.LifoQueue  # as Locust does; its HttpUser needs it
