from hypothesis import given
from hypothesis import strategies as st

from simulator.data.chance import in_base_36, paired, permuted


@given(st.integers(1, 400), st.integers(0, 2**64))
def test_a_shuffle_gives_every_number_once(size, key):
    assert sorted(permuted(number, size, key) for number in range(size)) == list(range(size))


@given(st.integers(2**61, 2**63), st.integers(0, 2**64), st.integers(0, 1000))
def test_a_shuffle_of_many_numbers_stays_inside_and_differs(size, key, number):
    first, second = permuted(number, size, key), permuted(number + 1, size, key)

    assert first != second
    assert max(first, second) < size


def test_no_two_pairs_have_the_same_number_and_none_is_left_out():
    numbers = [paired(first, second) for first in range(60) for second in range(60)]

    assert sorted(numbers) == list(range(3600))


@given(st.integers(0, 10**12))
def test_numbers_in_letters_read_back(number):
    assert int(in_base_36(number), 36) == number
