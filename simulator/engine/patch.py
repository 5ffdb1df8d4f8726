"""Makes a process fit to drive: the standard library cooperates with gevent, and it may open many connections."""

from __future__ import annotations

from typing import Any

MOST_FILES = 65_536


def patch() -> None:
    """Patch this process for gevent. Call it before anything that opens sockets or starts threads is imported."""
    _may_open_many_files()
    from gevent import monkey, queue

    monkey.patch_all()
    from urllib3.connectionpool import ConnectionPool

    pool: Any = ConnectionPool
    pool.QueueCls = queue.LifoQueue  # as Locust does; its HttpUser needs it


def _may_open_many_files() -> None:
    """Each user has a connection, and what a shell allows at first (1,024) is soon used up."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
