"""A virtual service seen from outside its process, through its control interface."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from simulator.errors import RunError, UsageError

ANSWER_WITHIN_S = 3.0


@dataclass(frozen=True)
class Remote:
    """A virtual service in another process.

    Attributes:
        name: of the service in its environment.
        control_url: where its control interface listens.
        token: opens it.
    """

    name: str
    control_url: str
    token: str

    def status(self) -> dict[str, Any]:
        """What it is and how it goes."""
        return self._ask("GET", "/status")

    def switch(self, behaviours: Sequence[str], phase: str = "") -> None:
        """Exactly these behaviours are on from now on."""
        self._ask("PUT", "/behaviours", {"on": list(behaviours), "phase": phase})

    def take(self) -> dict[str, Any]:
        """Times by operation, and requests without a stub, since the last call."""
        return self._ask("POST", "/take")

    def journal(self, last: int = 100) -> list[dict[str, Any]]:
        """The last requests with their answers, newest last."""
        return list(self._ask("GET", f"/journal?last={last}")["entries"])

    def reset(self) -> None:
        """Journal, counters and every user's state begin anew."""
        self._ask("POST", "/reset")

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One exchange.

        Raises:
            UsageError: it refuses what was asked.
            RunError: it does not answer.
        """
        connection = http.client.HTTPConnection(urlsplit(self.control_url).netloc, timeout=ANSWER_WITHIN_S)
        try:
            content = None if body is None else orjson.dumps(body)
            connection.request(method, path, content, {"Authorization": f"Bearer {self.token}"})
            answer = connection.getresponse()
            told = orjson.loads(answer.read())
        except (OSError, http.client.HTTPException, orjson.JSONDecodeError) as error:
            raise RunError(f"the virtual service {self.name!r} cannot be controlled: {error}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise UsageError(f"virtual service {self.name!r}: {told.get('error')}", hint=told.get("hint"))
        return dict(told)
