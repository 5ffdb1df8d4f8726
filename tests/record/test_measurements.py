from simulator.record.cell import Cell
from simulator.record.measurements import Measurements
from simulator.record.sample import SeriesKey
from simulator.record.window import Window

KEY = SeriesKey("http", "Shopper", "buy", "pay", "GET /", "api", "main")


def window(second: int, *values_s: float) -> Window:
    made = Window(second)
    cell = made.cell(KEY)
    for value_s in values_s:
        cell.add_ok((value_s,), ())
    return made


def test_live_memory_forgets_seconds_but_never_totals():
    live = Measurements(keep_s=5)
    for second in range(20):
        live.add(window(second, 0.1, 0.2))
    assert list(live.cells(KEY)) == list(range(14, 20))
    assert live.totals[KEY].count == 40


def test_seconds_that_are_over_are_packed_and_still_say_the_same():
    live, whole = Measurements(keep_s=5), Measurements()
    for second in range(4):
        for kept in (live, whole):
            kept.add(window(second, 0.1 * (second + 1), 0.3))
    assert [cell.ok._packed != () for cell in live.cells(KEY).values()] == [True, True, True, False]
    for kept in (live, whole):
        kept.add(window(1, 0.5))  # another worker's part, late
    told = [[[second, cell.to_plain()] for second, cell in kept.seconds([KEY]).items()] for kept in (live, whole)]
    assert told[0] == told[1]
    assert live.cells(KEY)[1].ok.percentile(1.0) == 0.5


def test_a_cell_packs_everything_that_it_counts():
    cell = Cell()
    cell.add_late(0.3, 0.1, ())
    cell.take_back(0.3, 0.1, ())
    cell.add_late(0.4, 0.1, ())
    before = cell.to_plain()
    cell.pack()
    assert cell.to_plain() == before
