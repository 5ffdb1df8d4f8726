import msgpack
import pytest

from simulator.record.failure import Evidence
from simulator.record.recorder import OTHER, Recorder
from simulator.record.sample import Sample, SeriesKey
from simulator.record.window import Window


def key(name="GET /", phase="", level="operation"):
    return SeriesKey(level, "Shopper", "buy", "pay", name, "http", phase)


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def recorder():
    made = Recorder((0.1,), clock=Clock())
    made.begin(100.0, "steady")
    return made


def test_successes_in_a_buffer_come_out_once_in_the_next_window(recorder):
    recorder.buffer(key()).now.times_s += [0.05, 0.2]

    first, second = recorder.fold(0), recorder.fold(1)

    cell = first.cells[key(phase="steady")]
    assert (cell.ok.count, cell.over) == (2, [1])
    assert not second.cells


def test_what_began_in_a_phase_counts_into_it_though_it_ends_in_the_next(recorder):
    began_before = recorder.buffer(key()).now
    recorder.begin_phase("outage")
    recorder.buffer(key()).now.times_s.append(0.01)
    began_before.times_s.append(3.0)

    cells = recorder.fold(0).cells

    assert cells[key(phase="steady")].ok.max_s == 3.0
    assert cells[key(phase="outage")].ok.max_s == 0.01


def test_a_late_start_keeps_response_service_and_waiting_time_apart(recorder):
    recorder.buffer(key()).now.times_s.append(0.2)
    recorder.add(Sample(key(), "ok", response_s=1.0, service_s=0.25))

    cell = recorder.fold(0).cells[key(phase="steady")]

    assert cell.ok.max_s == 1.0
    assert cell.service_times().max_s == 0.25
    assert cell.service_times().count == cell.wait.count == cell.ok.count == 2
    assert cell.wait.max_s == 0.75


def test_each_outcome_has_its_own_count(recorder):
    for outcome in ("ok", "error", "dropped", "cut off"):
        recorder.add(Sample(key(), outcome, 0.1))

    cell = recorder.fold(0).cells[key(phase="steady")]

    assert (cell.ok.count, cell.failed.count, cell.dropped, cell.cut_off) == (1, 1, 1, 1)
    assert (cell.count, cell.errors) == (2, 1)


def test_a_success_taken_back_after_it_was_folded_is_a_failure_in_the_total(recorder):
    recorder.buffer(key()).now.times_s.append(0.2)
    total = recorder.fold(0).cells[key(phase="steady")]
    recorder.take_back(key(), 0.2)

    total.merge(recorder.fold(1).cells[key(phase="steady")])

    assert (total.ok.count, total.failed.count, total.over, total.ok.counts) == (0, 1, [0], {})


def test_a_million_names_fold_into_one_other(recorder):
    recorder = Recorder((), clock=Clock(), most_series=10)
    for number in range(1000):
        recorder.buffer(key(f"GET /{number}")).now.times_s.append(0.01)

    cells = recorder.fold(0).cells

    assert len(cells) == 11
    assert sum(cell.ok.count for cell in cells.values()) == 1000
    assert sum(cell.ok.count for series, cell in cells.items() if series.name == OTHER) == 990
    assert recorder.folded_names[0] == "GET /10"


def test_failures_fold_by_kind_and_only_the_first_collects_evidence(recorder):
    collected = []

    def collect():
        collected.append(1)
        return [Evidence("exchange.txt", b"x")]

    for number in range(5):
        recorder.fail(key(), "http 500", f"order {number} refused", collect)

    failures = list(recorder.fold(0).failures.values())
    assert len(collected) == 1
    assert [(f.count, f.message, len(f.evidence)) for f in failures] == [(5, "order 0 refused", 1)]


def test_endless_distinct_errors_stay_bounded_and_counted(recorder):
    for number in range(5000):
        recorder.fail(key(), "author", "error " + chr(97 + number % 26) * (number // 26 + 1))

    failures = recorder.fold(0).failures
    assert len(failures) == 101
    assert sum(f.count for f in failures.values()) == 5000


def test_names_and_messages_that_utf8_cannot_hold_are_stored_all_the_same(recorder):
    broken = key("GET /\ud800")
    recorder.buffer(broken).now.times_s.append(0.1)
    recorder.add(Sample(broken, "error", 0.1))
    recorder.fail(broken, "http 500", "half a pair: \udfff")

    window = recorder.fold(0)

    assert msgpack.unpackb(msgpack.packb(window.to_plain()))
    assert [cell.count for cell in window.cells.values()] == [2]


def test_a_window_survives_its_plain_form(recorder):
    recorder.add(Sample(key(), "ok", 1.0, 0.5, 20))
    recorder.fail(key(), "timeout", "no answer", lambda: [Evidence("a.txt", b"x")])
    window = recorder.fold(7)

    back = Window.from_plain(window.to_plain())

    assert back.to_plain() == window.to_plain()
    assert back.second == 7
