"""Runs the comparisons and keeps their tables in docs/browser.md."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.browser import parts, reference, steps
from benchmarks.browser.comparison import cpu_table, memory_table
from benchmarks.browser.cost import costs
from benchmarks.browser.memory import peaks
from benchmarks.browser.peer import PEERS
from benchmarks.browser.soak import soak
from benchmarks.engine.page import write_table

MOST_ALIKE = ("simulator", "simulator, reset", "Artillery", "locust-plugins")
PAGE = Path(__file__).parents[2] / "docs" / "browser.md"


def cost(asked: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """CPU of a journey, beside the peers."""
    found = {}
    for users in asked.users:
        spent = costs(asked.only or list(PEERS), users, asked.rounds, asked.seconds, asked.browser, tell)
        found[f"cost-{users}"] = (f"What a journey costs with {users} users", cpu_table(spent, users))
    return found


def memory(asked: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """Memory beside the peers."""
    names, users = asked.only or MOST_ALIKE, max(asked.users)
    found = peaks(names, users, asked.rounds, asked.seconds, asked.browser, tell)
    return {"memory": (f"Memory with {users} users", memory_table(found, users))}


def long(asked: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """Many users for long."""
    found = soak(asked.soak_users, asked.minutes, asked.think, asked.browser, tell)
    return {"soak": (f"{asked.soak_users} users for {asked.minutes:g} minutes", found)}


def vitals(asked: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """Web vitals beside the library."""
    return {"vitals": ("Web vitals beside the web-vitals library", reference.compare(asked.browser, tell))}


def idle(asked: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """Step times of one user."""
    return {
        "idle": ("Steps of a single user beside plain Playwright", steps.idle(asked.browser, 8 * asked.rounds, tell))
    }


def beside(asked: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """Step times beside API load."""
    found = steps.beside(asked.browser, asked.rounds, 2 * asked.seconds, tell)
    return {"beside": (f"Steps of a single user beside {steps.RATE} API requests a second", found)}


def shares(asked: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """What of a journey's cost is ours."""
    found = parts.measure(asked.browser, 8 * asked.rounds, tell)
    return {"parts": ("What of a journey's cost is ours", found)}


CASES: dict[str, Callable[[argparse.Namespace], dict[str, tuple[str, str]]]] = {
    "cost": cost,
    "memory": memory,
    "parts": shares,
    "soak": long,
    "vitals": vitals,
    "idle": idle,
    "beside": beside,
}


def tell(line: str) -> None:
    """Say how it goes."""
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each is measured in each round")
    parser.add_argument("--users", type=int, nargs="*", default=[4, 8])
    parser.add_argument("--soak-users", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long the soak lasts")
    parser.add_argument("--think", type=float, default=8.0, help="seconds between the journeys of a soak's user")
    parser.add_argument("--only", nargs="*", help="only these peers")
    parser.add_argument("--browser", default=shutil.which("chromium-headless-shell"), help="the executable for all")
    parser.add_argument("--dry", action="store_true", help="leave docs/browser.md as it is")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its time"))  # and the tools along with it
    for name in asked.names or CASES:
        for place, (title, table) in CASES[name](asked).items():
            print(f"\n{title}\n\n{table}\n", flush=True)
            if not asked.dry:
                write_table(place, title, table, PAGE)


if __name__ == "__main__":
    main()
