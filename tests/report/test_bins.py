import random

from simulator.record.cell import Cell
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, SeriesKey
from simulator.record.window import Window
from simulator.report.bins import Bins

KEY = SeriesKey("operation", "Shopper", "buy", "pay", "POST /orders", "http", "steady")


def test_bins_are_the_cells_of_their_seconds_added_up():
    rng, found, wanted = random.Random(4), Measurements(), {}
    found.begin_phase(PhaseSpan("steady", 0.0, None, True))
    for second in range(57):
        for _ in range(2):  # two workers
            window, cell = Window(second), Cell()
            for into in (window.cell(KEY), cell):
                state = rng.getstate()
                into.add_ok([rng.lognormvariate(-2, 1) for _ in range(rng.randrange(40))], ())
                into.failed.add(0.5, rng.randrange(1, 3))
                if into is not cell:
                    rng.setstate(state)
            wanted.setdefault(second // 10, Cell()).merge(cell)
            found.add(window)

    bins = Bins(found, 10).of([KEY])

    assert set(bins) == set(wanted) == set(range(6))
    for at, one in bins.items():
        assert (one.ok.counts, one.ok.count, one.errors) == (
            wanted[at].ok.counts, wanted[at].ok.count, wanted[at].failed.count
        )  # fmt: skip
        assert [one.ok.percentile(q) for q in (0.01, 0.5, 0.99, 1.0)] == [
            wanted[at].ok.percentile(q) for q in (0.01, 0.5, 0.99, 1.0)
        ]


def test_what_was_taken_back_in_a_later_second_is_gone():
    found = Measurements()
    for second, times in enumerate((1, -1)):
        window = Window(second)
        window.cell(KEY).ok.add(0.25, times)
        found.add(window)

    [one] = Bins(found, 10).of([KEY]).values()

    assert (one.ok.counts, one.ok.count, one.ok.percentile(0.5)) == ({}, 0, None)
