"""`compare`, `trend`, `noise`, `thresholds` over stored runs, from the command line."""

import json
import subprocess
import sys

import pytest

from benchmarks.statistics.stored import series, write_run
from simulator.cli import main
from simulator.cli.run_lookup import StoredRuns
from simulator.errors import UsageError

KEYS = series(1, 2)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    reports = tmp_path_factory.mktemp("reports")
    for number in range(8):
        slower = 1.4 if number >= 4 else 1.0
        build = f"1.{number // 4}"
        write_run(reports, build, number, seconds=40, per_s=150, keys=KEYS, slower=slower, seed=number)
    return reports


def run(capsys, *words):
    code = main([str(word) for word in words])
    return code, capsys.readouterr().out


def test_a_slower_build_is_a_regression(reports, capsys):
    code, text = run(capsys, "compare", "1.0", "1.1", "--reports", reports)
    assert code == 1
    assert "1.0 (4 runs) → 1.1 (4 runs)" in text
    assert "rose by 4" in text
    assert text.splitlines()[-1].startswith("regressed: journey_0")


def test_a_build_is_not_worse_than_itself(reports, capsys):
    folders = sorted(path.name for path in reports.iterdir() if path.name.endswith("1.0"))
    code, text = run(capsys, "compare", ",".join(folders[:2]), ",".join(folders[2:]), "--reports", reports)
    assert code == 0
    assert "no regression found" in text


def test_a_run_is_compared_with_its_history(reports, capsys):
    newest = sorted(reports.glob("*/run.json"))[-1].parent
    code, text = run(capsys, "compare", "last 3", newest, "--reports", reports, "--format", "json")
    found = json.loads(text)
    assert code == found["exit_code"]
    assert len(found["base"]["runs"]) == 3
    assert newest.name not in found["base"]["runs"]


def test_comparisons_read_what_runs_have_kept(reports, capsys):
    run(capsys, "compare", "1.0", "1.1", "--reports", reports)
    assert len(list(reports.glob("*/facts.json"))) == 8
    first = run(capsys, "compare", "1.0", "1.1", "--reports", reports, "--format", "json")
    for kept in reports.glob("*/facts.json"):
        kept.unlink()
    assert run(capsys, "compare", "1.0", "1.1", "--reports", reports, "--format", "json") == first


@pytest.mark.parametrize("form", ["md", "html", "json", "text"])
def test_every_format_says_the_conclusion_first_or_last(reports, capsys, form):
    _, text = run(capsys, "compare", "1.0", "1.1", "--reports", reports, "--format", form)
    assert "regressed: journey" in text.replace("\\", "")


def test_another_load_is_refused_by_name_unless_asked_for(reports, capsys, tmp_path):
    run_json = next(reports.glob("*1.0/run.json"))
    document = json.loads(run_json.read_text())
    document["phases"][0]["load"] = "99/s"
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(document))
    (folder / "data.sqlite").write_bytes((run_json.parent / "data.sqlite").read_bytes())
    code, _ = run(capsys, "compare", folder, "1.1", "--reports", reports)
    assert code == 2
    code, text = run(capsys, "compare", folder, "1.1", "--reports", reports, "--anyway")
    assert code in (0, 1)
    assert "warning: phase steady had a load of 99/s and of 20/s" in text


def test_words_name_runs_builds_history_and_lists_of_them(reports):
    stored = StoredRuns(reports)
    assert len(stored.find("1.0")) == 4
    assert len(stored.find("last 5")) == 5
    assert len(stored.find("1.0, 1.1")) == 8
    folder = stored.find("last 1")[0]
    assert stored.find(str(folder)) == stored.find(folder.name) == stored.find(str(folder / "data.sqlite")) == [folder]
    with pytest.raises(UsageError, match="neither a run folder nor a build") as caught:
        stored.find("1.00")
    assert "1.0" in caught.value.hint


def test_a_history_of_another_load_is_no_history(reports):
    with pytest.raises(UsageError, match="no valid run"):
        StoredRuns(reports).find("last 8", like={"phases": [], "journeys": []})
    assert StoredRuns(reports).find("last 8", like={"phases": [], "journeys": []}, may_be_empty=True) == []


def test_noise_is_kept_and_used(reports, capsys):
    code, text = run(capsys, "noise", "--of", "1.0", "--out", reports)
    assert code == 0
    assert "p95" in text
    folders = [path.name for path in sorted(reports.glob("*-1.*")) if path.is_dir()]
    _, text = run(capsys, "compare", folders[0], folders[1], "--reports", reports, "--format", "json")
    assert json.loads(text)["first"] is False
    (reports / "noise.json").unlink()


def test_proposed_limits_hold_for_the_runs_they_come_from(reports, capsys, tmp_path):
    limits = tmp_path / "limits.yaml"
    assert run(capsys, "thresholds", "propose", "1.0", "--reports", reports, "--output", limits)[0] == 0
    good = next(path.parent for path in reports.glob("*1.0/run.json"))
    # in a process of its own: it looks at journeys too, and for that patches its process
    assert subprocess.run([sys.executable, "-m", "simulator", "check", limits]).returncode == 0
    code, text = run(capsys, "check", good, "--thresholds", limits)
    assert "✗" not in text


def test_trend_lists_builds_and_exports_them(reports, capsys):
    code, text = run(capsys, "trend", "--reports", reports)
    assert code == 0
    assert text.startswith("2 builds, 1.0 to 1.1")
    _, table = run(capsys, "trend", "--reports", reports, "--format", "csv")
    assert len(table.splitlines()) == 3
    assert table.startswith("time,build,Shopper.journey_0.p95,")
