"""PostgreSQL of the Debian package."""

import os
import shutil
import subprocess

from tests.servers.server import NotThere, Process, binary, free_port

PACKAGE = "postgresql"


class PostgreSql:
    def __init__(self, folder):
        initdb, postgres = binary("initdb", PACKAGE), binary("postgres", PACKAGE)
        user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
        data = folder / "data"
        data.mkdir()
        if user:
            for path in (folder, data):
                shutil.chown(path, user)
        command = [initdb, "-D", str(data), "-A", "trust", "-U", "simulator", "-E", "UTF8", "--no-sync", "--locale=C"]
        if user:
            command = ["runuser", "-u", user, "--", *command]
        made = subprocess.run(command, capture_output=True, text=True, cwd="/")
        if made.returncode:
            raise NotThere(f"initdb failed: {made.stderr[-400:]}")
        port = free_port()
        options = ["-c", "fsync=off", "-c", "max_connections=200", "-k", str(data), "-h", "127.0.0.1", "-p", str(port)]
        self._process = Process([postgres, "-D", str(data), *options], folder, user=user)
        self.port = port
        self.url = f"postgresql://simulator@127.0.0.1:{port}/postgres"
        self._process.await_ready(self._answers, 30)

    def _answers(self):
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def database(self, name):
        """A new, empty database; returns its address."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)")
            connection.execute(f"create database {name}")
        return f"postgresql://simulator@127.0.0.1:{self.port}/{name}"

    def stop(self):
        self._process.stop()
