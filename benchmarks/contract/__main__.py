"""`python -m benchmarks.contract cost` and `python -m benchmarks.contract specification PATH`."""

from __future__ import annotations

import sys
from pathlib import Path


def specification(folder: Path) -> int:
    from benchmarks.contract.core import core_says
    from benchmarks.contract.specification import cases

    every = list(cases(folder))
    said = core_says(every)
    code = 0
    for version in ("3", "4"):
        mine = [case for case in every if case.version == version]
        agrees = {case.name: (not case.mismatches()) == case.matches for case in mine}
        core = [case for case in mine if said.get(case.name) == case.matches]
        with_core = [case for case in core if agrees[case.name]]
        print(
            f"version {version}: we agree with {sum(agrees.values())} of {len(mine)} cases; "
            f"the official core agrees with {len(core)}, of which we agree with {len(with_core)}"
        )
        for case in mine:
            if not agrees[case.name]:
                print(f"  {case.name}: the case says {case.matches}, the core says {said.get(case.name)}")
        unasked = [case for case in mine if case.name not in said]
        print(f"  the core could not be asked about {len(unasked)} cases (an empty path, an empty body)")
        code = code or int(len(with_core) < len(core))
    return code


def main(words: list[str]) -> int:
    if words[:1] == ["cost"]:
        from benchmarks.contract.cost import main as cost

        cost()
        return 0
    if words[:1] == ["specification"] and len(words) == 2:
        return specification(Path(words[1]))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
