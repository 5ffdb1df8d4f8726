"""Every report counts once, whenever and however often it comes."""

from __future__ import annotations

import pytest

from simulator.engine.gathering import Gathering
from simulator.engine.order import Order
from simulator.engine.outbox import Outbox, unpacked
from simulator.engine.share import Share
from simulator.plan.cast import JourneySpec, UserSpec
from simulator.plan.load import Arrivals, Load, Phase
from simulator.record.histogram import bucket_of
from simulator.record.sample import Reading, SeriesKey
from simulator.record.trace import Span, Trace
from simulator.record.window import Window

KEY = SeriesKey("operation", "A", "ask", "GET /", "GET /", "http", "steady")


def window(second: int, count: int, **readings: float) -> Window:
    made = Window(second)
    made.cell(KEY).add_ok([0.01] * count, ())
    made.readings = [Reading("generator", metric, "", second + 0.9, value) for metric, value in readings.items()]
    return made


def counted(made: Window) -> int:
    return sum(cell.count for key, cell in made.parts() if key == KEY)


@pytest.mark.fault(2, "a worker sends a report twice", "counted once")
def test_a_report_that_comes_again_is_not_counted_again():
    outbox, gathering = Outbox(), Gathering(["a"])
    outbox.put(window(0, 3), [0, 0, 0, {}])
    first = [unpacked(*report) for report in outbox.to_send()]
    outbox.put(window(1, 4), [0, 0, 0, {}])
    again = [unpacked(*report) for report in outbox.to_send()]
    assert [gathering.take("a", report) for report in [*first, *again]] == [True, False, True]
    assert [counted(w) for w in gathering.due(1)] == [3, 4]
    outbox.received(1)
    assert [number for number, _ in outbox.to_send()] == [2]
    outbox.received(2)
    assert outbox.empty


def test_a_report_before_its_predecessor_waits_until_it_is_sent_again():
    outbox, gathering = Outbox(), Gathering(["a"])
    for second in range(2):
        outbox.put(window(second, 1), [0, 0, 0, {}])
    first, second = (unpacked(*report) for report in outbox.to_send())
    assert not gathering.take("a", second)
    assert gathering.take("a", first)
    assert gathering.take("a", second)


def test_seconds_of_workers_add_up_and_wait_for_the_slowest():
    gathering = Gathering(["a", "b"])
    gathering.take("a", unpacked_of(1, window(0, 3, cpu=0.5, loop_lag=0.01)))
    assert gathering.complete_until() == -1
    gathering.take("b", unpacked_of(1, window(0, 2, cpu=0.25, loop_lag=0.2)))
    assert gathering.complete_until() == 0
    [whole] = gathering.due(0)
    assert counted(whole) == 5
    read = {(r.source, r.metric): r.value for r in whole.readings}
    assert read["generator", "cpu"] == 0.75
    assert read["generator", "loop_lag"] == 0.2
    assert read["worker 2", "cpu"] == 0.25


def test_nobody_waits_for_a_lost_worker_but_what_it_sends_later_counts():
    gathering = Gathering(["a", "b"])
    gathering.posts["b"].lost = True
    gathering.take("a", unpacked_of(1, window(0, 3)))
    assert gathering.complete_until() == 0
    gathering.due(0)
    gathering.take("b", unpacked_of(1, window(0, 2)))
    assert [counted(w) for w in gathering.due(0)] == [2]


def test_a_window_of_several_workers_is_one_when_it_is_written():
    gathering = Gathering(["a", "b"])
    for name, count in (("a", 3), ("b", 2)):
        gathering.take(name, unpacked_of(1, window(0, count)))
    [whole] = gathering.due(0)

    again = Window.from_plain(whole.to_plain())

    assert again.cells[KEY].ok.counts == {bucket_of(0.01): 5}
    assert counted(whole) == 5


def test_an_order_survives_the_way():
    import msgpack

    users = (UserSpec("A", "api", "a.py", journeys=(JourneySpec("ask", tags=frozenset({"x", "y"})),)),)
    load = Load((Phase("p", 0.0, 2.0, users={"A": 3}, arrivals=(Arrivals("*", 5.0, 9.0, "poisson"),)),), 50, 3.0, 9)
    order = Order(users, load, Share(1, 3), "http://h", [0.5], {"timeout_s": 3.0}, False)
    plain = msgpack.unpackb(msgpack.packb(order.to_plain()))
    assert Order.from_plain(plain) == order


def unpacked_of(number: int, made: Window):
    outbox = Outbox()
    outbox.put(made, [0, 0, 0, {}])
    [[_, content]] = outbox.to_send()
    return unpacked(number, content)


def test_traces_of_all_workers_come_with_the_second_in_which_they_ended():
    gathering = Gathering(["a", "b"])
    for worker, took_s in (("a", 1.0), ("b", 2.0)):
        sent = window(0, 1)
        sent.traces = [
            Trace("U", "buy", "steady", "", 0.0, 0.0, took_s, 0.5, [Span("step", "pay", "", 0.0, 1.0, "ok")])
        ]
        gathering.take(worker, unpacked_of(1, sent))

    [joined] = gathering.due(0)

    assert [(trace.took_s, trace.spans[0].name) for trace in joined.traces] == [(1.0, "pay"), (2.0, "pay")]
