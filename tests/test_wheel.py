"""The built wheel, in an empty environment, without this repository: `simulator init && simulator run`."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source")
    listed = subprocess.run(["git", "ls-files", "simulator", "pyproject.toml", "README.md", "LICENSE"], cwd=ROOT,
                            capture_output=True, text=True, check=True)  # fmt: skip
    for name in listed.stdout.split():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    words = [
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(folder),
        str(source),
    ]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [made] = folder.glob("*.whl")
    return made


def test_everything_that_is_read_at_run_time_is_in_it(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", "simulator"], cwd=ROOT, capture_output=True, text=True, check=True)
    missing = {name for name in tracked.stdout.split() if (ROOT / name).is_file() and name not in inside}

    assert not missing


def test_init_and_run_work_without_the_repository(wheel, tmp_path):
    """The environment is empty but for the wheel; its dependencies come from this one, by a path file."""
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    python = tmp_path / "env/bin/python"
    [site] = (tmp_path / "env/lib").glob("python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    dependencies = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "dependencies.pth").write_text(f"{dependencies}\n")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def simulator(*words, cwd=tmp_path):
        words = [python, "-c", "import sys; from simulator.cli import main; sys.exit(main())", *words]
        return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)

    assert simulator("init", "shop").returncode == 0
    where = subprocess.run([python, "-c", "import simulator; print(simulator.__file__)"], cwd=tmp_path, env=env,
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert where.stdout.startswith(str(site))
    settings = (tmp_path / "shop/simulator.yaml").read_text()
    short = settings.replace("{Shopper: 4, Visitor: 1}", "{Shopper: 4}\n    validity: {loop_lag: 60s}")
    (tmp_path / "shop/simulator.yaml").write_text(short.replace("duration: 10s", "duration: 3s"))
    ran = simulator("run", "--profile", "smoke", cwd=tmp_path / "shop")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list((tmp_path / "shop").glob("reports/*/report.html"))
