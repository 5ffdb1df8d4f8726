"""What happens on one traced journey, written down as it goes."""

from __future__ import annotations

from simulator.record.failure import storable
from simulator.record.sample import Outcome
from simulator.record.trace import LONGEST_NAME, MOST_SPANS, Span, SpanLevel

EVERY_S = 0.05
"""So long on the average lies between two traced journeys of the same name, when there are more than that."""
BURST_S = 1.0
"""What was not used in the last second may be: journeys that begin together are all traced, 20 at the most."""


class Notes:
    """The spans of one journey.

    Args:
        began_s: when it began, on the recorder's clock.

    Attributes:
        spans: in the order in which they ended.
        left_out: how many more there were than are kept.
        error_class: of what failed the journey first; empty text so far.
    """

    __slots__ = ("_began_s", "error_class", "left_out", "spans")

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self.spans: list[Span] = []
        self.left_out = 0
        self.error_class = ""

    def add(self, level: SpanLevel, name: str, kind: str, started_s: float, took_s: float, outcome: Outcome) -> None:
        """Something has ended."""
        if len(self.spans) >= MOST_SPANS and level != "step":
            self.left_out += 1
            return
        name = storable(name[:LONGEST_NAME])
        self.spans.append(Span(level, name, kind, started_s - self._began_s, took_s, outcome))

    def spoil(self, name: str, started_s: float) -> None:
        """What had gone well turns out to be wrong."""
        for at in range(len(self.spans) - 1, -1, -1):
            span = self.spans[at]
            if span.name == name[:LONGEST_NAME] and span.start_s == started_s - self._began_s:
                self.spans[at] = span._replace(outcome="error")
                return
