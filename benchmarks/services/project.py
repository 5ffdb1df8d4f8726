"""The project of the order flow, in a folder of its own, for servers that run somewhere."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
SETTINGS = """\
data: journeys/data/orders.yaml
environments:
  servers:
    services:
      orders:
        command: {python} {service} orders {{port}} {database} {amqp} {redis}
        ready: {{http: /health, within: 30s}}
      payments:
        command: {python} {service} payments {{port}} {database} {amqp} {redis}
        ready: {{http: /health, within: 30s}}
    host: "{{orders.url}}"
    databases: {{orders: "{database}"}}
    queues:
      paid: "{amqp}"
      events: {{url: "{redis}", name: paid-events, kind: stream}}
profiles:
  minute:
    users: {{Buyer: {users}}}
    duration: {duration}
    warm_up: 1s
    thresholds: thresholds/orders.yaml
    validity: {{loop_lag: 60s}}
profile: minute
"""


def written(folder: Path, *, database: str, amqp: str, redis: str, users: int = 50, duration: str = "60s") -> Path:
    """Write the project into a folder; returns it."""
    shutil.copytree(HERE / "project", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    service = HERE / "order_service.py"
    settings = SETTINGS.format(python=sys.executable, service=service, database=database, amqp=amqp, redis=redis,
                               users=users, duration=duration)  # fmt: skip
    (folder / "simulator.yaml").write_text(settings)
    return folder
