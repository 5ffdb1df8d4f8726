"""How far our matching agrees with the public test cases of the Pact specification, and with the official core.

The cases are not part of this repository: clone github.com/pact-foundation/pact-specification and name a folder that
holds a checkout of each branch: `version-3` and `version-4` (or `v3` and `v4`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.contract.matching.message import message_mismatches, request_mismatches, response_mismatches
from simulator.contract.matching.mismatch import Mismatch
from simulator.contract.pact.read import PactReader


@dataclass(frozen=True)
class Case:
    version: str
    part: str
    name: str
    plain: dict[str, Any]

    @property
    def matches(self) -> bool:
        return bool(self.plain["match"])

    def mismatches(self) -> list[Mismatch]:
        expected, actual = self._read("expected"), self._read("actual")
        compare: Any = {"request": request_mismatches, "response": response_mismatches, "message": message_mismatches}
        return list(compare[self.part](expected, actual))

    def _read(self, which: str) -> Any:
        reader = PactReader(self.name, json.dumps(self.plain[which]))
        read = {"request": reader.request, "response": reader.response, "message": reader.message}[self.part]
        found = read(self.plain[which], (), self.version)
        if which == "actual" and reader.problems:  # one case has its body in the form of version 3
            found = read(self.plain[which], (), "3")
        return found


def cases(folder: Path) -> Iterator[Case]:
    for version in ("3", "4"):
        root = next((folder / name for name in (f"version-{version}", f"v{version}") if (folder / name).is_dir()), None)
        if root is None:
            raise SystemExit(f"{folder} has neither version-{version} nor v{version}")
        for path in sorted((root / "testcases").rglob("*.json")):
            part, category = path.parts[-3:-1]
            yield Case(version, part, f"v{version} {part}/{category}/{path.stem}", json.loads(path.read_text()))
