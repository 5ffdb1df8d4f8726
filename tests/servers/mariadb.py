"""MariaDB of the Debian package."""

import os
import shutil
import subprocess

from tests.servers.server import NotThere, Process, accepts, binary, free_port

PACKAGE = "mariadb-server"


class MariaDb:
    def __init__(self, folder):
        server, install = binary("mariadbd", PACKAGE), binary("mariadb-install-db", PACKAGE)
        user = "mysql" if os.getuid() == 0 else None
        data = folder / "data"
        data.mkdir()
        if user:
            for path in (folder, data):
                shutil.chown(path, user)
        command = [
            install,
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        command += [f"--user={user}"] if user else []
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            raise NotThere(f"mariadb-install-db failed: {(made.stderr or made.stdout)[-400:]}")
        port = free_port()
        options = [f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket",
                   f"--pid-file={folder}/pid", "--innodb-buffer-pool-size=32M"]  # fmt: skip
        options += [f"--user={user}"] if user else []
        self._process = Process([server, "--no-defaults", *options], folder)
        self._process.await_ready(lambda: accepts(port), 30)
        self._socket, self._port = f"{folder}/socket", port
        self.url = f"mysql://root@127.0.0.1:{port}/simulator"
        import pymysql

        with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
            connection.cursor().execute("create database simulator")

    def stop(self):
        self._process.stop()
