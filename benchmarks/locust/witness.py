"""Given to `locust` and to `simulator run` beside an example: writes down which events fire, and for which requests.

`WITNESS` names the file: a JSON object with `events` (event → how often) and `requests` ("TYPE name" → [good, bad]).
"""

import atexit
import json
import os
from collections import Counter
from pathlib import Path

from locust import events

FIRED: Counter = Counter()
REQUESTS: dict = {}
EVENTS = (
    "init", "test_start", "spawning_complete", "user_error", "reset_stats", "test_stopping", "test_stop", "quitting",
    "quit", "init_command_line_parser",
)  # fmt: skip


def _count(name):
    def listener(*args, **more):
        FIRED[name] += 1
        _write()

    return listener


def _request(request_type, name, exception=None, **more):
    good_bad = REQUESTS.setdefault(f"{request_type} {name}", [0, 0])
    good_bad[exception is not None] += 1


def _write():
    Path(os.environ["WITNESS"]).write_text(json.dumps({"events": dict(FIRED), "requests": REQUESTS}))


for _name in EVENTS:
    getattr(events, _name).add_listener(_count(_name))
events.request.add_listener(_request)
atexit.register(_write)
