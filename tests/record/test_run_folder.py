import os
import random
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from simulator.errors import RunError, UsageError
from simulator.record.data_file import DataReader, DataWriter
from simulator.record.failure import Evidence, Failure, FailureKey
from simulator.record.folder import RunFolder, file_name
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.window import Window

KEY = SeriesKey("operation", "Shopper", "buy", "pay", "GET /", "http", "steady")
OTHER_KEY = KEY._replace(name="POST /orders")


def window(second, times_s=(0.1,), key=KEY):
    made = Window(second)
    made.cell(key).add_ok(times_s, (0.15,))
    made.readings.append(Reading("generator", "cpu", "share", float(second), 0.5))
    return made


def failure(count=1, at_s=1.0):
    key = FailureKey("Shopper", "buy", "pay", "GET /", "http 502", "bad", "steady")
    return Failure(key, "bad", count, at_s, at_s)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data.sqlite"


def write(path, windows, finish=True):
    writer = DataWriter(path)
    writer.note("limits_s", [0.15])
    writer.phases([PhaseSpan("steady", 0.0, None, True)])
    measured = Measurements()
    for each in windows:
        writer.append(each)
        measured.add(each)
    if finish:
        writer.finish(measured.totals)
    return writer


@pytest.mark.parametrize("finish", [True, False])
def test_what_was_written_is_read_back_second_by_second(path, finish):
    write(path, [window(s, (0.1, 0.2), KEY if s % 2 else OTHER_KEY) for s in range(150)], finish)

    read = DataReader(path).measurements()

    assert {k: c.ok.count for k, c in read.totals.items()} == {KEY: 150, OTHER_KEY: 150}
    assert list(read.seconds([KEY])) == list(range(1, 150, 2))
    assert read.total([KEY]).over == [75]
    assert len(read.readings("generator", "cpu")) == 150
    assert read.last_second == 149
    assert read.phases == [PhaseSpan("steady", 0.0, None, True)]


def test_seconds_that_come_late_are_added(path):
    write(path, [window(0), window(61), window(0), window(125), window(1)])

    read = DataReader(path).measurements()

    assert {s: c.ok.count for s, c in read.seconds([KEY]).items()} == {0: 2, 1: 1, 61: 1, 125: 1}


def test_failures_add_up_over_seconds(path):
    windows = [window(0), window(1)]
    windows[0].fail(failure(2, 0.5))
    windows[1].fail(failure(3, 1.5))
    write(path, windows)

    (read,) = DataReader(path).measurements().failures.values()

    assert (read.count, read.first_s, read.last_s) == (5, 0.5, 1.5)


def test_stored_and_live_measurements_agree(path):
    live, rng = Measurements((0.15,)), random.Random(5)
    windows = [window(s, [rng.lognormvariate(-2, 1) for _ in range(20)]) for s in range(130)]
    for each in windows:
        live.add(Window.from_plain(each.to_plain()))
    write(path, windows)

    read = DataReader(path).measurements()

    assert read.total([KEY]).to_plain() == live.total([KEY]).to_plain()
    assert {s: c.to_plain() for s, c in read.seconds([KEY]).items()} == {
        s: c.to_plain() for s, c in live.seconds([KEY]).items()
    }


WRITE_UNTIL_KILLED = """
import sys
from pathlib import Path
from simulator.record.data_file import DataWriter
from simulator.record.sample import SeriesKey
from simulator.record.window import Window
writer = DataWriter(Path(sys.argv[1]))
for second in range(100000):
    window = Window(second)
    window.cell(SeriesKey("operation", "U", "j", "s", "n", "http", "p")).add_ok((0.1,) * 10, ())
    writer.append(window)
    print(second, flush=True)
"""


@pytest.mark.fault(5, "the writing process is killed (`kill -9`)", "no second that was committed is lost, none is half")
def test_a_killed_writer_loses_nothing_that_was_committed(path):
    process = subprocess.Popen([sys.executable, "-c", WRITE_UNTIL_KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    acknowledged = -1
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= 200:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    read = DataReader(path).measurements()

    (cell,) = read.totals.values()
    assert cell.ok.count >= (acknowledged + 1) * 10
    assert cell.ok.count % 10 == 0


def test_a_full_disk_is_a_clear_error_and_the_rest_stays_readable(path):
    writer = write(path, [window(0)], finish=False)
    pages = writer._db.execute("PRAGMA page_count").fetchone()[0]
    writer._db.execute(f"PRAGMA max_page_count={pages + 1}")

    with pytest.raises(RunError, match="full"):
        for second in range(1, 400):
            writer.append(window(second, [random.random() for _ in range(500)]))

    assert DataReader(path).measurements().total([KEY]).ok.count >= 1


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_file_that_is_not_ours_is_refused_clearly(path, content):
    path.write_bytes(content)

    with pytest.raises(UsageError, match="cannot be read"):
        DataReader(path)


@pytest.mark.fault(
    33,
    "somebody else's data file, damaged on purpose",
    "opened without running anything, with caps; refused with an error of our own",
)
def test_a_mutated_file_never_crashes_the_reader(path, tmp_path):
    write(path, [window(s) for s in range(70)])
    whole, rng = path.read_bytes(), random.Random(7)
    for number in range(60):
        damaged = bytearray(whole)
        for _ in range(20):
            damaged[rng.randrange(100, len(damaged))] = rng.randrange(256)
        mutant = tmp_path / f"{number}.sqlite"
        mutant.write_bytes(damaged)
        try:
            read = DataReader(mutant).measurements()
            read.seconds(read.keys())
        except UsageError:
            pass


def test_two_runs_of_the_same_second_have_their_own_folders(tmp_path):
    at = datetime(2026, 11, 23, 7, 0, 0, tzinfo=UTC)

    made = [RunFolder.create(tmp_path, at, "v1").path.name for _ in range(3)]

    assert made == ["20261123-070000-v1", "20261123-070000-v1-2", "20261123-070000-v1-3"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "a\0b", "x" * 500, "/root", "‮evil", "C:\\x"])
@pytest.mark.fault(
    32, "names with `..`, `/`, NUL, 500 signs, direction marks", "a file name of letters, digits and `.-_`, at most 80"
)
def test_names_cannot_leave_their_folder(name):
    made = file_name(name)

    assert made not in ("", ".", "..")
    assert not made.startswith((".", "/", "-"))
    assert "/" not in made
    assert "\\" not in made
    assert "\0" not in made
    assert len(made) <= 80


def test_evidence_is_written_and_linked(tmp_path):
    folder = RunFolder.create(tmp_path, datetime.now(UTC), "v1")
    broken = failure()
    broken.evidence.append(Evidence("../shot.png", b"png"))

    folder.keep_evidence(broken)

    (place,) = broken.paths
    assert (folder.path / place).read_bytes() == b"png"
    assert (folder.path / place).parent == folder.path / "evidence"
    assert not broken.evidence


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not a run folder"):
        RunFolder.open(tmp_path)


def test_a_running_file_can_be_read_beside_its_writer(path):
    writer = write(path, [window(0)], finish=False)
    assert DataReader(path).measurements().total([KEY]).ok.count == 1

    writer.append(window(1))

    reader = DataReader(path)
    assert reader.measurements().total([KEY]).ok.count == 2
    assert not reader.complete
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
