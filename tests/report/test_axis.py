from hypothesis import given
from hypothesis import strategies as st

from simulator.report.axis import bin_width, clock, decades, spread, ticks, time_ticks


@given(st.floats(1e-9, 1e15))
def test_marks_are_round_few_and_reach_the_largest_value(largest):
    marks = ticks(largest)

    assert marks[0] == 0
    assert marks[-1] >= largest * (1 - 1e-9)
    assert 2 <= len(marks) <= 6
    assert f"{marks[1]:.3e}"[0] in "125"


@given(st.floats(1e-6, 1e3), st.floats(1, 1e6))
def test_decades_hold_both_values(smallest, factor):
    marks = decades(smallest, smallest * factor)

    assert marks[0] <= smallest * (1 + 1e-9)
    assert marks[-1] >= smallest * factor * (1 - 1e-9)


@given(st.floats(1, 1e6))
def test_time_has_few_marks_and_few_bins(duration_s):
    assert duration_s / bin_width(duration_s, 300) <= 300
    assert len(time_ticks(duration_s, 12)) <= 13 or duration_s > 12 * 86400


@given(st.lists(st.floats(0, 100), max_size=6))
def test_labels_keep_apart_and_inside(wanted):
    placed = sorted(spread(wanted, 12.0, 0.0, 100.0))

    assert all(b - a >= 12 - 1e-6 for a, b in zip(placed, placed[1:], strict=False))
    assert all(-1e-6 <= at <= 100 + 1e-6 for at in placed)


def test_moments_read_like_a_clock():
    assert [clock(at) for at in (0, 65, 3725)] == ["0:00", "1:05", "1:02:05"]
