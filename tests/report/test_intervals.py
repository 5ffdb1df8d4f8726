"""Every figure of a series has its 95% interval beside it, or says that there are too few samples."""

import pytest

from simulator.report.intervals import FIGURES
from simulator.report.wording import ends, with_ends


@pytest.fixture
def rows(maker, shop):
    return maker.make(shop(failing=0.05)).document["series"]


def test_every_figure_of_the_whole_run_lies_in_its_interval(rows):
    whole = [row for row in rows if row["phase"] is None]
    told = [(row, figure) for row in whole for figure in FIGURES if row[f"{figure}_low"] is not None]
    assert len(told) > len(whole) * 3
    for row, figure in told:
        assert row[f"{figure}_low"] <= row[figure] <= row[f"{figure}_high"], (row, figure)


def test_all_operations_together_have_intervals_too(rows):
    assert all(rows[0][f"{figure}_low"] is not None for figure in FIGURES)


def test_single_phases_have_none(rows):
    phases = [row for row in rows if row["phase"] is not None]
    assert phases
    assert {row[f"{figure}_{word}"] for row in phases for figure in FIGURES for word in ("low", "high")} == {None}


def test_the_unit_is_said_once_where_both_ends_have_it():
    row = {"p95_s": 0.0769, "p95_s_low": 0.071, "p95_s_high": 0.083, "p50_s": 0.9, "p50_s_low": 0.5, "p50_s_high": 1.5}
    assert ends(row, "p95_s", "s") == "71–83 ms"
    assert ends(row, "p50_s", "s") == "500 ms–1.5 s"
    assert with_ends(row, "p95_s", "s") == "76.9 ms (71–83 ms)"
    few = {"p95_s": 0.2, "p95_s_low": None, "p95_s_high": None, "phase": None}
    assert with_ends(few, "p95_s", "s") == "200 ms (few samples)"
    assert with_ends({**few, "phase": "steady"}, "p95_s", "s") == with_ends({"p95_s": 0.2}, "p95_s", "s") == "200 ms"
