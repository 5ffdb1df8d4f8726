"""`python -m tests.fuzz [--cases 10000] [NAME …]`: tries readers of foreign input, and writes down how many cases."""

import argparse
import time
import traceback

from tests.faults.tried import note
from tests.fuzz.fuzzing import fuzz
from tests.fuzz.targets import targets


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--cases", type=int, default=10_000)
    arguments = parser.parse_args()
    broken = 0
    for name in arguments.names or targets():
        began_s = time.monotonic()
        try:
            counts = fuzz(name, arguments.cases)
        except Exception:
            traceback.print_exc()
            broken += 1
            continue
        print(
            f"{name}: {counts['tried']:,} tried, {counts['refused']:,} refused, {time.monotonic() - began_s:.0f} s",
            flush=True,
        )
        note("fuzz", name, counts)
    return 1 if broken else 0


raise SystemExit(main())
