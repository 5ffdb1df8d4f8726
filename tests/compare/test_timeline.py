import numpy as np
import pytest

from simulator.compare.timeline import joined, spread_of, timeline
from simulator.record.interval import percentile_interval
from simulator.record.sample import PhaseSpan, SeriesKey
from simulator.record.window import Window

KEY = SeriesKey("operation", "Shopper", "buy", "pay", "POST /orders", "http", "steady")


def test_it_says_what_the_slow_way_says(measured, rng):
    run = measured(lambda second: (0.1 * rng.lognormal(0, 0.5, rng.poisson(20) + 1)).tolist(), 120)
    line, cells = timeline(run, [KEY]), run.seconds([KEY])
    assert line.count == run.total([KEY]).ok.count
    for q in (0.5, 0.95, 0.99):
        slow, quick = percentile_interval(cells, q), line.percentile_interval(q)
        assert quick.low == pytest.approx(slow.low, rel=1e-9)
        assert quick.high == pytest.approx(slow.high, rel=1e-9)
        assert line.percentile(q) == pytest.approx(run.total([KEY]).ok.percentile(q), rel=1e-9)
    assert line.sum_s.sum() == pytest.approx(run.total([KEY]).ok.sum_s)


def test_seconds_in_which_nothing_ended_count(measured):
    line = timeline(measured(lambda second: [0.1] * 10 if second % 3 else [], 60), [KEY])
    assert len(line.seconds) == 60
    assert line.ok[:4].tolist() == [0, 10, 10, 0]


def test_phases_that_are_not_measured_are_left_out(measured):
    phases = (PhaseSpan("warm-up", 0.0, 20.0, False), PhaseSpan("steady", 20.0, 60.0, True))
    line = timeline(measured(lambda second: [0.1], 60, phases), [KEY])
    assert line.seconds.tolist() == list(range(20, 60))


def test_failures_and_dropped_arrivals_are_counted(measured):
    run = measured(lambda second: [0.1] * 9, 30)
    window = Window(7)
    window.cell(KEY).failed.add(0.3)
    window.cell(KEY).dropped = 2
    run.add(window)
    errors = timeline(run, [KEY]).error_interval()
    assert errors.estimate * errors.count == pytest.approx(3)
    assert errors.count == 273


def test_what_follows_a_moment_is_a_timeline_of_its_own(measured):
    line = timeline(measured(lambda second: [0.1 if second < 30 else 0.4] * 5, 60), [KEY]).from_second(30)
    assert (len(line.seconds), line.count) == (30, 150)
    assert line.percentile(0.5) == pytest.approx(0.4, rel=0.003)


def test_slices_have_percentiles_of_their_own(measured):
    line = timeline(measured(lambda second: [0.1 * (1 + second // 15)] * 4 if second < 45 else [], 60), [KEY])
    assert line.sliced_percentiles(0.95, 4) == [pytest.approx(v, rel=0.003) for v in (0.1, 0.2, 0.3)] + [None]
    assert line.mean_logs(15)[:3] == [pytest.approx(np.log(v), abs=0.003) for v in (0.1, 0.2, 0.3)]


def test_parts_that_know_only_a_few_percentiles_are_joined_without_a_loss(measured, rng):
    other = KEY._replace(name="GET /orders")
    run = measured(lambda second: (0.1 * rng.lognormal(0, 0.5, rng.poisson(20) + 1)).tolist(), 60)
    for second in range(20, 60):
        window = Window(second)
        window.cell(other).add_ok((0.3 * rng.lognormal(0, 0.4, 7)).tolist(), ())
        window.cell(other).failed.add(0.2)
        run.add(window)
    spread = spread_of(run.total([KEY, other]))
    parts = joined([timeline(run, [key]).coarse(spread, (0.5, 0.95)) for key in (KEY, other)])
    whole = timeline(run, [KEY, other])
    assert len(parts.at) < len(whole.at) / 3
    assert parts.seconds.tolist() == whole.seconds.tolist()
    for q in (0.5, 0.95):
        assert parts.percentile_interval(q) == whole.percentile_interval(q)
    assert parts.error_interval() == whole.error_interval()
    assert parts.rate_interval() == whole.rate_interval()


def test_a_second_that_is_measured_in_part_counts_in_part(measured):
    line = timeline(measured(lambda second: [0.1] * 10, 61, (PhaseSpan("steady", 0.0, 60.5, True),)), [KEY])
    assert line.lasted_s.sum() == pytest.approx(60.5)
    assert line.rate_interval().estimate == pytest.approx(610 / 60.5)
