import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import units


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (units.parse_duration, "800 ms", 0.8),
        (units.parse_duration, "90s", 90.0),
        (units.parse_duration, "1m 30s", 90.0),
        (units.parse_duration, "1h", 3600.0),
        (units.parse_duration, "250 µs", 0.00025),
        (units.parse_rate, "20/s", 20.0),
        (units.parse_rate, "300 / m", 5.0),
        (units.parse_size, "10 MB", 10_000_000.0),
        (units.parse_size, "512 KiB", 524_288.0),
        (units.parse_share, "1%", 0.01),
        (units.parse_share, "0.25", 0.25),
        (units.parse_number, "-2.5", -2.5),
        (units.parse_integer, "42", 42),
    ],
)
def test_what_people_write_becomes_base_units(parse, text, value):
    assert parse(text) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "parse",
    [
        units.parse_duration,
        units.parse_rate,
        units.parse_size,
        units.parse_share,
        units.parse_number,
        units.parse_integer,
    ],
)
@pytest.mark.parametrize(
    "text", ["", " ", "x", "3 x", "1e3", "nan", "inf", "٣", "1,000", "--1", "1 2", "9" * 400 + " s"]
)
def test_what_is_none_is_refused_with_an_example(parse, text):
    with pytest.raises(ValueError, match="write it like"):
        parse(text)


def test_a_share_is_never_more_than_everything():
    with pytest.raises(ValueError, match="more than everything"):
        units.parse_share("101%")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0, "s", "0 s"),
        (0.0004123, "s", "412 µs"),
        (0.8, "s", "800 ms"),
        (2.5, "s", "2.5 s"),
        (150.0, "s", "2m 30s"),
        (5400.0, "s", "1h 30m"),
        (0.01, "share", "1%"),
        (0.99999, "share", ">99.99%"),
        (1.0, "share", "100%"),
        (15.0, "share", "1,500%"),
        (15.0, "per_s", "15/s"),
        (600_000_000, "bytes", "600 MB"),
        (1200, "", "1,200"),
        (0.0834, "", "0.0834"),
        (None, "s", "–"),
        (float("nan"), "s", "–"),
    ],
)
def test_values_are_shown_as_people_would_say_them(value, unit, shown):
    assert units.show(value, unit) == shown


@given(st.floats(1e-6, 1e5), st.sampled_from(sorted(units.SHOW)))
def test_a_value_is_never_rounded_onto_the_limit_it_stands_beside(limit, unit):
    for value in (limit * 1.0001, limit * 0.9999):
        assert units.show(value, unit, beside=limit) != units.show(limit, unit)


@given(st.floats(1e-5, 100))
def test_shown_durations_read_back_within_rounding(value_s):
    assert units.parse_duration(units.show_duration(value_s)) == pytest.approx(value_s, rel=0.006)
