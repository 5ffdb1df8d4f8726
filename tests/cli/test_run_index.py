"""Histories of many runs come from one file, and are the same as those from the runs themselves."""

import json

import pytest

from benchmarks.statistics.stored import series, write_run
from simulator.cli.run_index import FILE, WORTH_IT, histories
from simulator.cli.run_lookup import documents_in
from simulator.compare.history import flaky_thresholds, history, plans


@pytest.fixture
def reports(tmp_path):
    made = write_run(tmp_path, "b0", 0, seconds=5, per_s=20, keys=series(1, 2))
    text = (made / "run.json").read_text()
    for number in range(1, WORTH_IT + 1):
        folder = tmp_path / f"20260101-{number:06d}-b{number}"
        folder.mkdir()
        (folder / "run.json").write_text(text.replace(made.name, folder.name).replace('"b0"', f'"b{number}"'))
    return tmp_path


def of(documents):
    [group] = plans(documents).values()
    return history(group), flaky_thresholds(group)


def test_it_says_what_the_runs_say(reports):
    assert of(histories(reports)) == of(documents_in(reports))
    assert (reports / FILE).is_file()
    assert of(histories(reports)) == of(documents_in(reports))


def test_a_run_that_was_judged_again_is_read_again_and_one_that_is_gone_is_gone(reports):
    histories(reports)
    first, second, *_ = sorted(path.parent for path in reports.glob("*/run.json"))
    document = json.loads((first / "run.json").read_text())
    (first / "run.json").write_text(json.dumps({**document, "build": "judged again"}))
    (second / "run.json").unlink()

    assert len(histories(reports)) == WORTH_IT
    assert "judged again" in {document["build"] for document in histories(reports)}


@pytest.mark.parametrize("content", ["", "[]", '{"format": 0}', '{"format": 1, "runs": 3}'])
def test_a_damaged_index_is_made_anew(reports, content):
    (reports / FILE).write_text(content)

    assert len(histories(reports)) == WORTH_IT + 1


def test_a_few_runs_need_none(tmp_path):
    write_run(tmp_path, "b0", 0, seconds=5, per_s=20, keys=series(1, 1))

    assert len(histories(tmp_path)) == 1
    assert not (tmp_path / FILE).exists()
