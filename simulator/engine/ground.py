"""What a run stands on: Locust's environment and runner, and which part of the plan is done here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.engine.share import WHOLE, Share, Shares
from simulator.journey.unpatched import Environment, events


class Ground:
    """Locust's parts of a run in this process.

    Args:
        host: where everybody goes; empty text for "as each class says".
        make_runner: makes the runner of an environment.
        share: which part of the plan is done here.

    Attributes:
        stays: the runner is still needed when the users are gone, as by a worker that has yet to report.
    """

    def __init__(self, host: str, make_runner: Callable[[Any], Any], share: Share = WHOLE) -> None:
        self.environment: Any = Environment(events=events, host=host or None)
        self.shares = Shares(share)
        self.stays = False
        requests: Any = events.request
        known = list(requests._handlers)
        self.runner = make_runner(self.environment)
        for handler in [handler for handler in requests._handlers if handler not in known]:
            requests.remove_listener(handler)  # Locust's statistics come from our windows instead
        self.runner.cpu_warning_emitted = True  # Locust would print it; our own readings say it

    def leave(self) -> None:
        """The run is over."""
        if self.stays:
            return
        self.runner.quit()
        self.environment.events.quitting.fire(environment=self.environment, reverse=True)


def tell_quit(exit_code: int) -> None:
    """Tell the author's listeners that this process is about to end."""
    quitting: Any = events.quit
    quitting.fire(exit_code=exit_code)


def local_ground(host: str) -> Ground:
    """The ground of a run in a single process."""
    return Ground(host, lambda environment: environment.create_local_runner())
