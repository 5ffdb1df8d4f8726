import random

import pytest

from simulator.record.data_file import DataReader, DataWriter
from simulator.record.trace import MOST_FAILED, MOST_TYPICAL, Keeper, Span, Trace
from simulator.record.window import Window


def trace(took_s=1.0, lot=0.5, error_class="", at_s=0.0, journey="buy", phase="steady"):
    spans = [Span("step", "pay", "", 0.0, took_s, "ok"), Span("operation", "POST /orders", "http", 0.1, 0.2, "ok")]
    return Trace("Shopper", journey, phase, error_class, at_s, 0.0, took_s, lot, spans)


def many(count=500, seed=5):
    rng = random.Random(seed)
    classes = ["", "", "", "http 502", "timeout", "check", "refused"]
    return [trace(rng.lognormvariate(0, 1), rng.random(), rng.choice(classes), float(at)) for at in range(count)]


def chosen(traces):
    keeper = Keeper()
    for each in traces:
        keeper.offer(each)
    return keeper


def told(keeper):
    return {(each.at_s, each.error_class) for each in keeper}


def test_few_of_many_are_kept_and_the_slowest_is_among_them():
    traces = many()
    kept = list(chosen(traces))

    good = [each for each in traces if not each.error_class]
    assert max(good, key=lambda each: each.response_s) in kept
    assert {each.at_s for each in sorted(good, key=lambda each: each.lot)[:MOST_TYPICAL]} <= {e.at_s for e in kept}
    assert len(kept) <= MOST_TYPICAL + 1 + MOST_FAILED
    assert next(each for each in traces if each.error_class) in kept


def test_the_choice_does_not_depend_on_how_traces_were_spread_over_workers():
    traces = [each for each in many() if each.error_class in ("", "timeout")]

    apart = [list(chosen(traces[worker::3])) for worker in range(3)]
    together = chosen([each for kept in apart for each in kept])

    assert told(together) == told(chosen(traces))


def test_each_journey_and_phase_is_chosen_from_by_itself():
    kept = chosen([trace(journey="buy"), trace(journey="look"), trace(phase="spike")])

    assert len(list(kept)) == 3


@pytest.mark.parametrize("finish", [True, False])
def test_a_file_holds_what_the_keeper_keeps(tmp_path, finish):
    traces, writer = many(), DataWriter(tmp_path / "data.sqlite")
    for second in range(50):
        window = Window(second)
        window.traces = traces[second * 10 : second * 10 + 10]
        writer.append(Window.from_plain(window.to_plain()))
    if finish:
        writer.finish({})

    read = DataReader(tmp_path / "data.sqlite").traces()

    assert {(each.at_s, each.error_class) for each in read} == told(chosen(traces))
    assert all(each == traces[int(each.at_s)] or tuple(traces[int(each.at_s)].spans) == each.spans for each in read)


def test_a_file_of_before_has_no_traces(tmp_path):
    writer = DataWriter(tmp_path / "data.sqlite")
    writer._db.execute("DROP TABLE trace")

    assert DataReader(tmp_path / "data.sqlite").traces() == []
