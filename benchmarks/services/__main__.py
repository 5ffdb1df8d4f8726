"""The order flow under 50 users for a minute against real servers, and once more killed in the middle.

python -m benchmarks.services [SECONDS]
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.services.project import written
from tests.servers.postgresql import PostgreSql
from tests.servers.rabbitmq import RabbitMq
from tests.servers.redis_server import RedisServer

USERS = 50
KILLED_AFTER_S = 10.0
ENVIRON = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent), "COLUMNS": "120"}


def folder(name: str) -> Path:
    made = Path(tempfile.mkdtemp(prefix=f"simulator-{name}-"))
    made.chmod(0o755)
    return made


def counts(database: str) -> dict[str, int]:
    with psycopg.connect(database) as connection:
        return {t: connection.execute(f"select count(*) from {t}").fetchone()[0] for t in ("orders", "payments")}


def main(seconds: float) -> None:
    servers = [made(folder("server")) for made in (PostgreSql, RabbitMq, RedisServer)]
    try:
        postgresql, rabbitmq, redis = servers
        project = written(folder("project"), database=postgresql.url, amqp=rabbitmq.url, redis=redis.url, users=USERS,
                          duration=f"{seconds:g}s")  # fmt: skip
        ended = subprocess.run([sys.executable, "-m", "simulator", "run", "--quiet"], cwd=project, env=ENVIRON)
        [run] = project.glob("reports/*/run.json")
        document = json.loads(run.read_text())
        errors = sum(row["errors"] for row in document["series"] if row["level"] == "operation" and row["name"])
        print(f"exit code {ended.returncode}, verdict {document['verdict']}, errors {errors}, "
              f"rows left {counts(postgresql.url)}")  # fmt: skip
        process = subprocess.Popen([sys.executable, "-m", "simulator", "run", "--quiet"], cwd=project, env=ENVIRON)
        time.sleep(KILLED_AFTER_S)
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = counts(postgresql.url)
        killed = max(path.parent for path in project.glob("reports/*/created.jsonl"))
        cleaned = subprocess.run([sys.executable, "-m", "simulator", "data", "clean", killed], cwd=project, env=ENVIRON)
        print(
            f"killed in the middle with {left}; after `data clean` (exit {cleaned.returncode}) {counts(postgresql.url)}"
        )
    finally:
        for server in servers:
            server.stop()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
