"""Makes docs/trust.md from the tests themselves: `python -m tests.faults.page`.

A test that shows what happens when something goes wrong says so: `@pytest.mark.fault(row, what happens, what is done)`.
The numbers are those of the 36 failures that load tools are known to have had; words are other subjects.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.tried import read

Tried = dict[str, dict[str, Any]]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "trust.md"
NUMBERED = range(1, 37)
SUBJECTS = {
    "counts": "the server's own log beside the report",
    "percentiles": "known times",
    "target": "everything at once",
    "green": "no false green",
    "folders": "where runs are kept",
    "hosts": "whom a run may load",
    "key": "who may join a run",
    "control": "control ports",
}
TEMPLATE = Path(__file__).with_name("trust_template.md")


@dataclass(frozen=True)
class Row:
    """One test's claim.

    Attributes:
        row: a number from 1 to 36, or a subject.
        happens: what goes wrong.
        done: what is done about it.
        file: of the test, from the root of the repository.
        test: its name.
    """

    row: int | str
    happens: str
    done: str
    file: str
    test: str


def rows() -> list[Row]:
    """The claims of all tests, numbered ones first."""
    found = [row for path in sorted((ROOT / "tests").rglob("test_*.py")) for row in _of_file(path)]
    return sorted(found, key=lambda row: _place(row.row))


def _place(row: int | str) -> int:
    return row if isinstance(row, int) else NUMBERED.stop + list(SUBJECTS).index(row)


def _of_file(path: Path) -> Iterator[Row]:
    for node in ast.parse(path.read_text()).body:
        for mark in getattr(node, "decorator_list", ()):
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) in ("fault", "pytest.mark.fault"):
                claim = [ast.literal_eval(argument) for argument in mark.args]
                yield Row(*claim, str(path.relative_to(ROOT)), node.name)


def text() -> str:
    """The page."""
    claims, tried = rows(), read()
    subjects = [
        f"## {words[0].upper()}{words[1:]}\n\n{_claims(claims, subject)}" for subject, words in SUBJECTS.items()
    ]
    guided = {name: f"{found['tried']:,}" for name, found in _of(tried, "guided")}
    fuzzing = [
        [name, f"{found['tried']:,}", _refused(found["refused"]), guided.get(name, "")]
        for name, found in _of(tried, "fuzz")
    ]
    mutations = [
        [name, _words(found["test"]), "yes" if found["caught"] else "NO"] for name, found in _of(tried, "mutations")
    ]
    memory = [
        [name, ", ".join(f"{key}: {value}" for key, value in found.items())] for name, found in _of(tried, "memory")
    ]
    filled = {
        "counts": _counts(claims, tried),
        "numbered": _numbered(claims),
        "subjects": "\n".join(subjects),
        "fuzzing": _table(["reader", "inputs", "refused", "guided by coverage"], fuzzing),
        "mutations": _table(["taken out", "test", "noticed"], mutations),
        "memory": _table(["what", "found"], memory),
    }
    page = TEMPLATE.read_text()
    for name, content in filled.items():
        page = page.replace(f"{{{{{name}}}}}", content)
    return page


def _of(tried: Tried, section: str) -> list[tuple[str, Any]]:
    return list(tried.get(section, {}).items())


def _numbered(claims: list[Row]) -> str:
    cells = [[str(row.row), *_cells(row)] for row in claims if isinstance(row.row, int)]
    return _table(["#", "what happens", "what is done", "test"], cells)


def _claims(claims: list[Row], subject: str) -> str:
    return _table(["what happens", "what is done", "test"], [_cells(row) for row in claims if row.row == subject])


def _cells(row: Row) -> list[str]:
    return [row.happens, row.done, f"[{_words(row.test)}](../{row.file})"]


def _refused(count: int | None) -> str:
    return "not counted" if count is None else f"{count:,}"


def _words(test: str) -> str:
    return test.rpartition("::")[2].removeprefix("test_").replace("_", " ")


def _table(heads: list[str], lines: list[list[str]]) -> str:
    rows = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in line] for line in lines)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _counts(claims: list[Row], tried: Tried) -> str:
    tests = len({(row.file, row.test) for row in claims})
    cases = sum(found["tried"] for _, found in _of(tried, "fuzz"))
    caught = [found["caught"] for _, found in _of(tried, "mutations")]
    return (
        f"Tried: {tests} tests for the {len(claims)} claims below; {cases:,} fuzzed inputs of "
        f"{len(_of(tried, 'fuzz'))} kinds; {len(caught)} protections taken out, of which the tests noticed "
        f"{sum(caught)}.\n"
    )


if __name__ == "__main__":
    PAGE.write_text(text())
    print(f"{PAGE.relative_to(ROOT)}: {len(rows())} claims")
