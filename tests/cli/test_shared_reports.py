"""Reports on shared storage, with fsspec's file systems in memory and on disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.cli.shared_reports import Mirror, at_hand, place
from simulator.errors import RunError, UsageError

fsspec = pytest.importorskip("fsspec")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/shared", recursive=True) if system.exists("/shared") else None


def run_of(folder, name, content="{}"):
    run = folder / name
    run.mkdir(parents=True)
    (run / "data.sqlite").write_text("data of " + name)
    (run / "run.json").write_text(content)
    (run / "evidence").mkdir()
    (run / "evidence/pay.txt").write_text("why")
    return run


def test_what_one_machine_stores_another_finds(memory, tmp_path):
    here = Mirror("memory://shared/reports", tmp_path / "here")
    run_of(here.folder, "1-a")
    (here.folder / "index.html").write_text("list")
    (here.folder / ".runs.json").write_text("ours")
    here.push()
    there = Mirror("memory://shared/reports", tmp_path / "there")
    there.pull()

    found = sorted(str(file.relative_to(there.folder)) for file in there.folder.rglob("*") if file.is_file())
    assert found == ["1-a/data.sqlite", "1-a/run.json"]
    assert memory.exists("/shared/reports/1-a/evidence/pay.txt")
    assert memory.exists("/shared/reports/index.html")
    assert not memory.exists("/shared/reports/.runs.json")


def test_only_what_changed_travels(memory, tmp_path):
    here = Mirror("memory://shared/reports", tmp_path / "here")
    run_of(here.folder, "1-a")
    here.push()
    memory.pipe("/shared/reports/1-a/run.json", b'{"judged": "again"}')
    here.pull()

    assert (here.folder / "1-a/run.json").read_text() == '{"judged": "again"}'


def test_a_run_is_seen_only_when_all_of_it_is_there(memory, tmp_path, monkeypatch):
    here = Mirror("memory://shared/reports", tmp_path / "here")
    run_of(here.folder, "1-a")
    written = []
    monkeypatch.setattr(here._system, "put_file", lambda source, target: written.append(target))
    here.push()

    assert written[-1].endswith("run.json")
    assert len(written) == 3


def test_what_cannot_be_stored_stays_here(memory, tmp_path, monkeypatch):
    here = Mirror("memory://shared/reports", tmp_path / "here")
    run_of(here.folder, "1-a")

    def refused(*_):
        raise PermissionError("read only")

    monkeypatch.setattr(here._system, "put_file", refused)
    with pytest.raises(RunError, match="read only") as raised:
        here.push()
    assert str(here.folder) in raised.value.hint
    assert (here.folder / "1-a/run.json").is_file()


@pytest.mark.parametrize("address", ["nosuch://x", "s3://bucket/reports"])
def test_what_is_missing_for_an_address_is_said(address):
    if address.startswith("s3"):
        try:
            import s3fs  # noqa: F401
        except ImportError:
            pass
        else:
            pytest.skip("s3fs is installed, and there is no S3 here")
    with pytest.raises(UsageError, match=address.partition(":")[0]), at_hand(place(address)):
        pass


def test_a_run_is_stored_at_an_address_and_its_history_is_found_there(shop, tmp_path):
    address = f"file://{tmp_path}/elsewhere"
    (tmp_path / "look.py").write_text(
        "from simulator import ApiUser, journey\n\n\nclass Look(ApiUser):\n    @journey\n    def look(self):\n"
        '        self.client.get("/health")\n'
    )

    def simulator(*words, cache):
        env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / cache)}
        command = [sys.executable, "-m", "simulator", *words]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=90)

    ran = simulator("run", "look.py", "--host", shop.url, "--users", "1", "--duration", "1s", "--build", "v1",
                    "--out", address, cache="one")  # fmt: skip
    assert ran.returncode in (0, 4), ran.stdout + ran.stderr
    assert list(tmp_path.glob("elsewhere/*-v1/report.html"))
    assert not (tmp_path / "reports").exists()
    told = simulator("trend", "--reports", address, cache="another")
    assert told.returncode == 0 or "no valid run" in told.stderr, told.stderr
    assert list((tmp_path / "another").rglob("*-v1/run.json"))
