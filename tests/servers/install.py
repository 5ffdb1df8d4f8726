"""Installs the Debian packages that tests of real servers need, where that is allowed; says what is missing."""

import os
import shutil
import subprocess
import sys

from tests.servers.server import NotThere, binary

SERVERS = {
    "postgresql": ("postgres", "tests of PostgreSQL"),
    "redis-server": ("redis-server", "tests of Redis"),
    "rabbitmq-server": ("rabbitmq-server", "tests of RabbitMQ"),
    "mariadb-server": ("mariadbd", "tests of MariaDB"),
}


def missing():
    found = []
    for package, (name, _) in SERVERS.items():
        try:
            binary(name, package)
        except NotThere:
            found.append(package)
    return found


def main():
    wanted = missing()
    if wanted and os.getuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        print(f"installing {', '.join(wanted)}", flush=True)
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
            subprocess.run(["apt-get", *command], env=env, stdout=subprocess.DEVNULL, check=False)
    for package in missing():
        print(f"{package} is not there: {SERVERS[package][1]} are skipped, each by its name")
    return 0


if __name__ == "__main__":
    sys.exit(main())
