"""Real servers as fixtures: one of each for all tests, started when the first asks for it."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.servers.server import NotThere


def _running(make, name):
    """A server in a folder that other accounts can reach: some refuse to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="simulator-test-"))
    folder.chmod(0o755)
    try:
        server = make(folder)
    except (NotThere, OSError, ImportError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no {name}: {error}")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql():
    from tests.servers.postgresql import PostgreSql

    yield from _running(PostgreSql, "postgresql")


@pytest.fixture(scope="session")
def redis_server():
    from tests.servers.redis_server import RedisServer

    yield from _running(RedisServer, "redis")


@pytest.fixture(scope="session")
def rabbitmq():
    from tests.servers.rabbitmq import RabbitMq

    yield from _running(RabbitMq, "rabbitmq")


@pytest.fixture(scope="session")
def mariadb():
    from tests.servers.mariadb import MariaDb

    yield from _running(MariaDb, "mariadb")
