"""What all our users have in common: a track, and steps on it."""

from __future__ import annotations

import logging

from simulator.journey.step import Step
from simulator.journey.track import Track


class Person:
    """A simulated person: knows where on its journey it is.

    Attributes:
        number: unique among the users of a run, from 0.
        track: where in a journey it is, and where its clients write down what they measure.
        log: a logger named after the class.
    """

    number: int
    track: Track
    log: logging.Logger

    def step(self, name: str, *, continue_on_failure: bool = False) -> Step:
        """One thing that the user experiences, as a `with` block.

        Args:
            name: as it shall stand in reports.
            continue_on_failure: let the journey go on after this step failed.
        """
        return Step(self.track, name, continue_on_failure)
