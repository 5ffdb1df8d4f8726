"""Imports Locust without its side effect, for all who need it: whether a process is patched is for the engine to say.

Locust patches on import. In a command that only reads journey files, or in a test, that comes late and for nothing.
"""

from __future__ import annotations

import os

SKIP = "LOCUST_SKIP_MONKEY_PATCH"

_before = os.environ.get(SKIP)
os.environ[SKIP] = "1"
try:
    from locust import LoadTestShape, TaskSet, User, events
    from locust.argument_parser import get_empty_argument_parser, setup_parser_arguments
    from locust.env import Environment
    from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser
    from locust.runners import (
        STATE_CLEANUP,
        STATE_MISSING,
        STATE_RUNNING,
        STATE_STOPPED,
        MasterRunner,
        WorkerRunner,
    )
    from locust.stats import RequestStats, StatsError, bucket_response_time, stats_history
    from locust.user.task import (
        LOCUST_STATE_RUNNING,
        LOCUST_STATE_STOPPING,
        LOCUST_STATE_WAITING,
        DefaultTaskSet,
    )
finally:
    if _before is None:
        del os.environ[SKIP]
    else:
        os.environ[SKIP] = _before

__all__ = [
    "LOCUST_STATE_RUNNING",
    "LOCUST_STATE_STOPPING",
    "LOCUST_STATE_WAITING",
    "STATE_CLEANUP",
    "STATE_MISSING",
    "STATE_RUNNING",
    "STATE_STOPPED",
    "DefaultTaskSet",
    "Environment",
    "InterruptTaskSet",
    "LoadTestShape",
    "MasterRunner",
    "RequestStats",
    "RescheduleTask",
    "RescheduleTaskImmediately",
    "StatsError",
    "StopTest",
    "StopUser",
    "TaskSet",
    "User",
    "WorkerRunner",
    "bucket_response_time",
    "events",
    "get_empty_argument_parser",
    "setup_parser_arguments",
    "stats_history",
]
