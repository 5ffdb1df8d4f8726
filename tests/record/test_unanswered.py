"""What is still open when the run ends: a failure once it has lasted longer than anything that succeeded."""

import pytest

from simulator.record.recorder import Recorder
from simulator.record.sample import Sample, SeriesKey

ASK = SeriesKey("operation", "User", "journey", "step", "GET /", "http", "steady")


def told(open_s, *, level="operation", longest_s=None, patience_s=10.0):
    recorder = Recorder()
    recorder.patience_s = patience_s
    key = ASK._replace(level=level)
    if longest_s is not None:
        recorder.add(Sample(key, "ok", longest_s))
        recorder.fold(0)
    recorder.add(Sample(key, "cut off", open_s))
    window = recorder.fold(1)
    [cell] = window.cells.values()
    return cell.cut_off, cell.unanswered, [failure.key.error_class for failure in window.failures.values()]


def test_an_operation_open_for_longer_than_patience_lasts_is_unanswered():
    assert told(10.5) == (1, 1, ["unanswered"])


@pytest.mark.parametrize(
    "cut",
    [{"open_s": 9.0}, {"open_s": 12.0, "longest_s": 15.0}, {"open_s": 60.0, "level": "journey"}],
    ids=["briefly", "no longer than one that succeeded", "a journey may be long"],
)
def test_what_may_well_have_been_answered_is_only_cut_off(cut):
    assert told(**cut) == (1, 0, [])
