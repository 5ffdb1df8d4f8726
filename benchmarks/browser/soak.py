"""Many users for long: memory must not grow, and nothing must be left over."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.browser.family import members, pss_bytes
from benchmarks.browser.peer import SCRIPTS, ours
from benchmarks.browser.shop import Shop

LOOK_EVERY_S = 10.0
SETTLED_S = 300.0


@dataclass(frozen=True)
class Look:
    """What there was at a moment.

    Attributes:
        at_s: since the first look.
        memory_bytes: PSS of all processes.
        processes: how many there were.
        journeys: orders so far.
    """

    at_s: float
    memory_bytes: int
    processes: int
    journeys: int


def soak(users: int, minutes: float, think_s: float, browser: str, tell: Callable[[str], None]) -> str:
    """Let users go round for so long; returns the table."""
    peer = ours("simulator", "fresh")
    with Shop() as shop, tempfile.TemporaryDirectory(prefix="benchmark-soak-") as folder:
        words = ["run", str(SCRIPTS / "ours.py"), "--host", shop.host, "--users", str(users), "--quiet"]
        command = [sys.executable, "-m", "simulator", *words, "--duration", f"{minutes:g}m"]
        env = {**peer.env(shop.host, users, browser), "THINK": str(think_s)}
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True)
            looks, family = _watch(process, shop, tell)
        left = [pid for pid in family if Path(f"/proc/{pid}").exists() and not _is_zombie(pid)]
        said = Path(folder, "log").read_text(errors="replace")
        if process.returncode not in (0, 4):
            raise RuntimeError(f"the run ended with {process.returncode}:\n{said[-2000:]}")
    return table(looks, users, think_s, left)


def table(looks: Sequence[Look], users: int, think_s: float, left: Sequence[int]) -> str:
    """Markdown: a row for each five minutes, then how much the last quarter has over the second."""
    lines = [f"| {users} users, {think_s:g} s think time: minutes | PSS MiB, median | processes, median | journeys |",
             "|---|---|---|---|"]  # fmt: skip
    slices = [
        [look for look in looks if int(look.at_s // SETTLED_S) == at] for at in range(int(looks[-1].at_s // 300) + 1)
    ]
    slices = [part for part in slices if len(part) > 5]
    for at, part in enumerate(slices):
        lines.append(f"| {at * 5} to {at * 5 + 5} | {_memory(part) / 2**20:.0f} "
                     f"| {statistics.median(look.processes for look in part):.0f} "
                     f"| {part[-1].journeys - part[0].journeys} |")  # fmt: skip
    growth = _memory(slices[-1]) / _memory(slices[1]) - 1 if len(slices) > 2 else float("nan")
    lines.append(f"\nFrom the second five minutes to the last, memory changed by {growth:+.1%}; "
                 f"{len(left)} processes were left over.")  # fmt: skip
    return "\n".join(lines)


def _watch(process: subprocess.Popen[bytes], shop: Shop, tell: Callable[[str], None]) -> tuple[list[Look], set[int]]:
    looks: list[Look] = []
    family: set[int] = set()
    began_s = time.monotonic()
    while process.poll() is None:
        living = [member.pid for member in members(process.pid)]
        family.update(living)
        looks.append(Look(time.monotonic() - began_s, pss_bytes(process.pid), len(living), shop.orders()))
        tell(f"  {looks[-1].at_s:.0f} s: {looks[-1].memory_bytes / 2**20:.0f} MiB, {len(living)} processes, "
             f"{looks[-1].journeys} journeys")  # fmt: skip
        try:
            process.wait(LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
    return looks, family


def _memory(part: Sequence[Look]) -> float:
    return statistics.median(look.memory_bytes for look in part)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
