from collections.abc import Callable
from typing import Any

from simulator.engine.browser.hearing import hear
from simulator.engine.browser.outbox import Outbox
from simulator.record.recorder import Recorder
from simulator.record.sample import Sample, SeriesKey

STEP = SeriesKey("step", "Visitor", "buy", "pay", "", "journey", "")
LCP = SeriesKey("vital", "Visitor", "buy", "/", "lcp", "browser", "")


class Line:
    """The way from the host to the engine."""

    def __init__(self) -> None:
        self.sent: list[list[Any]] = []
        self.due: list[Callable[[], None]] = []
        self.outbox = Outbox(self.sent.append, self.due.append)
        self.outbox.begin_phase("steady")

    def let_the_loop_turn(self) -> None:
        due, self.due[:] = self.due.copy(), []
        for act in due:
            act()

    @property
    def kinds(self) -> list[str]:
        return [message[0] for message in self.sent]

    def heard(self) -> Recorder:
        recorder = Recorder()
        recorder.begin_phase("steady")
        for kind, *values in self.sent:
            hear(recorder, kind, values)
        return recorder


def test_successes_of_one_turn_of_the_loop_are_one_message():
    line = Line()
    line.outbox.add(Sample(STEP, "ok", 0.2))
    line.outbox.add(Sample(LCP, "ok", 0.1, None, 5))
    line.outbox.buffer(STEP).now.times_s.append(0.3)
    line.outbox.add(Sample(LCP, "ok", 0.4, None, 6))
    assert line.sent == []
    line.let_the_loop_turn()
    assert line.kinds == ["ok"]
    cells = line.heard().fold(0).cells
    assert cells[STEP._replace(phase="steady")].ok.count == 2
    vital = cells[LCP._replace(phase="steady")]
    assert (vital.ok.count, vital.size_bytes) == (2, 11)
    line.let_the_loop_turn()
    assert line.kinds == ["ok"], "nothing is sent twice"


def test_what_is_taken_back_was_said_before():
    line = Line()
    line.outbox.add(Sample(STEP, "ok", 0.2))
    line.outbox.take_back(STEP, 0.2)
    assert line.kinds == ["ok", "back"]
    cell = line.heard().fold(0).cells[STEP._replace(phase="steady")]
    assert (cell.ok.count, cell.failed.count) == (0, 1)


def test_successes_count_into_the_phase_in_which_they_began():
    line = Line()
    before = line.outbox.buffer(STEP).now
    line.outbox.begin_phase("after")
    before.times_s.append(0.2)
    line.outbox.add(Sample(STEP._replace(phase="steady"), "ok", 0.3))
    line.outbox.add(Sample(STEP, "ok", 0.4))
    line.let_the_loop_turn()
    counts = {key.phase: cell.ok.count for key, cell in line.heard().fold(0).cells.items()}
    assert counts == {"steady": 2, "after": 1}


def test_whoever_began_late_is_told_with_both_times():
    line = Line()
    line.outbox.add(Sample(STEP, "ok", 0.5, 0.2))
    cell = line.heard().fold(0).cells[STEP._replace(phase="steady")]
    assert cell.service_times().count == 1
    assert cell.service_times().max_s < cell.ok.max_s
