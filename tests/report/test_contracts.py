from simulator.cli.judgement import _contracts
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.window import Window
from simulator.report.contracts import contract_rows, contract_sentences, onset

PAY = SeriesKey("operation", "Shopper", "buy", "pay", "POST /orders", "http", "steady")
CHECKS = PAY._replace(level="contract")
ABOUT = {"files": ["shop.json"], "share": 1.0, "budget_ratio": 0.05}


def measured(seconds, others=()):
    """Seconds as (operations, checked and kept, broken, left out)."""
    made = Measurements()
    made.begin_phase(PhaseSpan("steady", 0.0, None, True))
    for second, (operations, kept, broken, left_out) in enumerate(seconds):
        window = Window(second)
        window.cell(PAY).add_ok([0.1] * operations, ())
        for key in others:
            window.cell(key).add_ok([0.1], ())
        if kept or broken or left_out:
            cell = window.cell(CHECKS)
            cell.add_ok([1e-5] * kept, ())
            for _ in range(broken):
                cell.failed.add(1e-5)
            cell.dropped = left_out
        window.readings.append(Reading("generator", "users", "", second + 0.5, 10.0 * operations))
        made.add(window)
    return made


def test_violations_appear_from_the_calmest_second_that_has_one():
    found = onset(measured([(2, 2, 0, 0), (5, 5, 0, 0), (40, 30, 10, 0), (20, 19, 1, 0), (9, 9, 0, 0)]))

    assert (found.per_s, found.users, found.at_s) == (20.0, 200.0, 2.0)
    assert (found.clean, found.clean_per_s) == (16, 9)


def test_there_is_no_onset_without_a_violation_and_no_calm_before_the_first():
    assert onset(measured([(5, 5, 0, 0)])) is None
    found = onset(measured([(5, 4, 1, 0), (9, 9, 0, 0)]))
    assert (found.clean, found.clean_per_s) == (0, None)
    assert "no calmer second" in " ".join(contract_sentences(contract_rows(measured([(5, 4, 1, 0)]), ABOUT)))


def test_rows_count_what_was_checked_and_what_was_left_out():
    other = PAY._replace(name="GET /other")
    rows = contract_rows(measured([(10, 4, 2, 4), (10, 10, 0, 0)], [other]), ABOUT)

    assert (rows["checked"], rows["violating"], rows["left_out"]) == (16, 2, 4)
    assert rows["operations"][0]["share"] == 2 / 16
    assert rows["unchecked"] == ["GET /other"]
    assert next(contract_sentences(rows)) == "16 of 20 answers were checked against shop.json; 2 broke a contract"


def rulings(seconds):
    return list(_contracts(contract_rows(measured(seconds), ABOUT), []))


def test_a_contract_without_a_threshold_of_its_own_is_to_be_kept_and_no_data_is_no_pass():
    assert [ruling.result for ruling in rulings([(5, 5, 0, 0)])] == ["pass"]
    assert [ruling.result for ruling in rulings([(5, 4, 1, 0)])] == ["fail"]
    assert [ruling.result for ruling in rulings([(5, 0, 0, 5)])] == ["no data"]
    assert list(_contracts(None, [])) == []
    [ruling] = rulings([(5, 4, 1, 0)])
    assert list(_contracts(contract_rows(measured([(5, 4, 1, 0)]), ABOUT), [ruling])) == []
