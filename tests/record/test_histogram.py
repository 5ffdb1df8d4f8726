import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.record.histogram import Histogram, bucket_of, middle_of, rank_of

times_s = st.floats(min_value=1e-6, max_value=3600, allow_nan=False)


def exact_percentile(values, q):
    return sorted(values)[rank_of(q, len(values)) - 1]


@given(st.lists(times_s, min_size=1, max_size=300), st.sampled_from([0.5, 0.75, 0.95, 0.99, 0.999]))
def test_a_percentile_is_within_a_third_of_a_percent_of_the_exact_nearest_rank(values, q):
    assert Histogram.of(values).percentile(q) == pytest.approx(exact_percentile(values, q), rel=0.003)


@given(st.lists(times_s, min_size=32, max_size=200))
def test_counting_many_at_once_equals_counting_one_by_one(values):
    at_once = Histogram()
    at_once.add_many(values)
    one_by_one = Histogram.of(values)

    assert at_once.count == one_by_one.count
    assert at_once.sum_s == pytest.approx(one_by_one.sum_s)
    for q in (0.5, 0.95, 1.0):
        assert at_once.percentile(q) == pytest.approx(one_by_one.percentile(q), rel=0.006)


@given(st.lists(times_s, max_size=50), st.lists(times_s, max_size=50))
def test_merging_is_adding_counts_in_any_order(a, b):
    ab, ba = Histogram.of(a), Histogram.of(b)
    ab.merge(Histogram.of(b))
    ba.merge(Histogram.of(a))

    assert ab.counts == ba.counts == Histogram.of(a + b).counts
    assert ab.count == len(a) + len(b)


@given(st.lists(times_s, max_size=50))
def test_plain_form_keeps_everything(values):
    made = Histogram.of(values)
    back = Histogram.from_plain(made.to_plain())

    assert (back.counts, back.count, back.sum_s, back.max_s) == (made.counts, made.count, made.sum_s, made.max_s)


@given(st.lists(times_s, min_size=1, max_size=50), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_percentiles_grow_with_their_rank(values, p, q):
    histogram = Histogram.of(values)

    assert histogram.percentile(min(p, q)) <= histogram.percentile(max(p, q))


@given(times_s)
def test_a_value_lies_in_its_bucket(value_s):
    assert middle_of(bucket_of(value_s)) == pytest.approx(value_s, rel=0.0055)


def test_zero_and_negative_times_share_the_lowest_bucket():
    assert bucket_of(0.0) == bucket_of(-1.0) == bucket_of(1e-6) == 0


def test_an_empty_histogram_has_no_percentile_and_no_mean():
    empty = Histogram()

    assert empty.percentile(0.5) is None
    assert empty.mean() is None
    assert empty.stdev() is None


def test_a_value_taken_back_is_gone():
    histogram = Histogram.of([0.1, 0.2])
    histogram.add(0.2, -1)

    assert histogram.count == 1
    assert histogram.percentile(1.0) == pytest.approx(0.1, rel=0.003)


def test_nearest_rank_is_the_smallest_that_enough_do_not_exceed():
    assert [rank_of(0.95, n) for n in (1, 19, 20, 21, 100)] == [1, 19, 19, 20, 95]


def test_standard_deviation_is_close_to_the_exact_one():
    values = [0.1, 0.2, 0.3, 0.4]
    mean = sum(values) / 4
    exact = math.sqrt(sum((v - mean) ** 2 for v in values) / 3)

    assert Histogram.of(values).stdev() == pytest.approx(exact, rel=0.01)


@given(st.lists(st.lists(times_s, max_size=20), max_size=20), st.lists(times_s, max_size=20), st.booleans())
def test_histograms_that_were_read_merge_as_those_that_were_counted(parts, mine, read_first):
    total = Histogram.from_plain(Histogram.of(mine).to_plain()) if read_first else Histogram.of(mine)
    for part in parts:
        total.merge(Histogram.from_plain(Histogram.of(part).to_plain()))

    everything = Histogram.of([*mine, *(value for part in parts for value in part)])
    assert total.to_plain()[1:] == everything.to_plain()[1:]
    assert (total.count, total.counts) == (everything.count, everything.counts)


def test_what_is_taken_back_in_a_later_part_leaves_no_empty_bucket():
    counted, taken_back = Histogram.of([0.01]), Histogram()
    taken_back.add(0.01, -1)
    total = Histogram.of([0.02])
    for part in (counted, taken_back):
        total.merge(Histogram.from_plain(part.to_plain()))

    assert total.counts == {bucket_of(0.02): 1}


@given(st.lists(times_s, max_size=80), st.lists(times_s, max_size=40), st.booleans())
def test_a_packed_histogram_is_the_same(values, more, read_first):
    packed, plain = Histogram.of(values), Histogram.of(values)
    packed.pack()
    assert packed.to_plain() == plain.to_plain()
    if read_first:
        assert packed.percentile(0.9) == plain.percentile(0.9)
    for histogram in (packed, plain):
        histogram.merge(Histogram.of(more))
    assert (packed.counts, packed.count) == (plain.counts, plain.count)


def test_a_packed_histogram_takes_much_less_memory():
    def taken(pack: bool) -> int:
        values = [at / 1e4 for at in range(1, 1001) for _ in range(300)]
        tracemalloc.start()
        made = Histogram()
        made.add_many(values)
        if pack:
            made.pack()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert made.count == len(values)
        return size

    taken(False)  # what numpy brings along
    assert taken(True) < taken(False) / 6
