"""Measures what the statistics promise and writes the figures into docs/statistics.md.

python -m benchmarks.statistics                    everything (about 90 minutes)
python -m benchmarks.statistics coverage trend     only these
python -m benchmarks.statistics --share 0.1        with a tenth of the repetitions
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from benchmarks.statistics import abort, capacity, comparisons, coverage, end_to_end, limited, speed, trend

DOCUMENT = Path(__file__).parents[2] / "docs" / "statistics.md"
PARTS = {
    "coverage": coverage.figures,
    "comparisons": comparisons.figures,
    "trend": trend.figures,
    "abort": abort.figures,
    "capacity": capacity.figures,
    "limited": limited.figures,
    "speed": speed.figures,
    "end_to_end": end_to_end.figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--share", type=float, default=1.0, help="of the repetitions")
    arguments = parser.parse_args()
    for part in arguments.parts or PARTS:
        lines = list(PARTS[part](arguments.share))
        print("\n".join(lines), flush=True)
        write(part, [*lines, "", f"`python -m benchmarks.statistics {part}`"])


def write(part: str, lines: list[str]) -> None:
    """Put the lines between the part's marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    marks = f"<!-- {part} -->", f"<!-- /{part} -->"
    if marks[0] not in text:
        sys.exit(f"{DOCUMENT} has no place for {part}")
    content = "\n".join([marks[0], "", *lines, "", marks[1]])
    DOCUMENT.write_text(re.sub(f"{marks[0]}.*?{marks[1]}", lambda _: content, text, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
