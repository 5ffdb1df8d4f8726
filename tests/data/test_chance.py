from hypothesis import given
from hypothesis import strategies as st

from simulator.data.chance import in_base_36, paired, permuted, unpaired


@given(st.integers(1, 400), st.integers(0, 2**64))
def test_a_shuffle_gives_every_number_once(size, key):
    assert sorted(permuted(number, size, key) for number in range(size)) == list(range(size))


@given(st.integers(2**61, 2**63), st.integers(0, 2**64), st.integers(0, 1000))
def test_a_shuffle_of_many_numbers_stays_inside_and_differs(size, key, number):
    first, second = permuted(number, size, key), permuted(number + 1, size, key)

    assert first != second
    assert max(first, second) < size


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_pair_can_be_taken_apart_again(first, second):
    assert unpaired(paired(first, second)) == (first, second)


@given(st.integers(0, 10**12))
def test_numbers_in_letters_read_back(number):
    assert int(in_base_36(number), 36) == number
