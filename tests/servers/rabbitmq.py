"""RabbitMQ of the Debian package: a node of its own, known to nobody but loopback."""

import kombu

from tests.servers.server import Process, accepts, binary, free_port

PACKAGE = "rabbitmq-server"


class RabbitMq:
    def __init__(self, folder):
        server, epmd = binary("rabbitmq-server", PACKAGE), binary("epmd", "erlang-base")
        port, distribution, names = free_port(), free_port(), free_port()
        env = {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"simulator{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        (folder / "plugins").write_text("[].\n")
        (folder / "epmd").mkdir()
        # started here, so that it is ours to end: the node would leave one behind
        self._names = Process([epmd, "-port", str(names), "-address", "127.0.0.1"], folder / "epmd")
        try:
            self._names.await_ready(lambda: accepts(names), 10)
            self._process = Process([server], folder, env=env)
            self.url = f"amqp://guest:guest@127.0.0.1:{port}//"
            self._process.await_ready(lambda: accepts(port) and self._answers(), 90)
        except BaseException:
            self._names.stop()
            raise

    def _answers(self):
        try:
            with kombu.Connection(self.url, connect_timeout=2) as connection:
                connection.connect()
        except Exception:
            return False
        return True

    def stop(self):
        self._process.stop()
        self._names.stop()
