"""An OpenAPI description as a contract: asked with requests that are made up from it, valid and invalid ones.

Schemathesis does that in a process of its own, and holds every answer against the description.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from simulator.contract.openapi.description import Description
from simulator.contract.verification import Checked, Verification
from simulator.errors import BringUpError, RunError

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance", "negative_data_rejection")  # fmt: skip
"""What is asked of every answer, unless something else is said; `positive_data_acceptance` is left to the author, since
a description seldom says all that makes a request acceptable."""
MOST_S = 900.0
MOST_REASONS = 5


@dataclass(frozen=True)
class ExerciseOptions:
    """How a description is exercised.

    Attributes:
        examples: how many requests are made up for each operation.
        checks: of schemathesis, for every answer.
        headers: sent with every request.
        timeout_s: the longest that one answer may take.
        only: a regular expression for `METHOD /path`; empty text for all.
    """

    examples: int = 20
    checks: tuple[str, ...] = CHECKS
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0
    only: str = ""


def exercise(description: Description, url: str, options: ExerciseOptions | None = None) -> Verification:
    """Exercise every operation of a description at a provider.

    Raises:
        BringUpError: schemathesis is not installed.
        RunError: it did not come to an end.
    """
    if find_spec("schemathesis") is None:
        raise BringUpError("descriptions are exercised by schemathesis", hint="pip install 'simulator[contract]'")
    options = options or ExerciseOptions()
    with tempfile.TemporaryDirectory() as folder:
        source, events = Path(folder) / "openapi.json", Path(folder) / "events.ndjson"
        source.write_text(json.dumps(description.document), encoding="utf-8")
        words = [sys.executable, "-m", "schemathesis.cli", "run", str(source), "--url", url, *_words(options, events)]
        try:
            ended = subprocess.run(words, capture_output=True, text=True, cwd=folder, timeout=MOST_S, check=False,
                                   env={**os.environ, "SCHEMATHESIS_REPORT": "false"})  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise RunError(f"the exercise did not end within {MOST_S:.0f} s") from error
        if not events.is_file() or ended.returncode not in (0, 1):
            raise RunError("schemathesis ended without an answer", detail=(ended.stdout + ended.stderr)[-2000:])
        lines = events.read_text(encoding="utf-8").splitlines()
    return _read(description, (json.loads(line) for line in lines))


def _words(options: ExerciseOptions, events: Path) -> list[str]:
    words = ["--no-color", "--report", "ndjson", "--report-ndjson-path", str(events),
             "-n", str(options.examples), "--checks", ",".join(options.checks), "--generation-deterministic",
             "--request-timeout", str(options.timeout_s), "--phases", "examples,coverage,fuzzing"]  # fmt: skip
    for name, value in options.headers.items():
        words += ["-H", f"{name}:{value}"]
    return words + (["--include-name-regex", options.only] if options.only else [])


class _Operation:
    """What was found about one operation."""

    def __init__(self) -> None:
        self.cases = 0
        self.took_s = 0.0
        self.failures: dict[str, str] = {}
        self.errors: list[str] = []


def _read(description: Description, events: Iterable[Mapping[str, Any]]) -> Verification:
    found: dict[str, _Operation] = {}
    for event in events:
        [(kind, told)] = event.items()
        if kind == "ScenarioFinished":
            operation = found.setdefault(told["recorder"]["label"], _Operation())
            operation.took_s += float(told.get("elapsed_time") or 0.0)
            operation.cases += len(told["recorder"].get("interactions") or ())
            for name, text in _failures(told["recorder"]):
                operation.failures.setdefault(name, text)
        elif kind == "NonFatalError":
            label = str(told.get("label") or "")
            found.setdefault(label, _Operation()).errors.append(str(told.get("message") or told)[:300])
    names = _names(description)
    checked = [_checked(description, names.get(label, label), each) for label, each in found.items()]
    missed = [name for label, name in names.items() if label not in found]
    subject = _subject(description)
    return Verification(
        (*checked, *(Checked(subject, name, "not checked", ("no request was made up",)) for name in missed))
    )


def _names(description: Description) -> dict[str, str]:
    """`METHOD /template`, as schemathesis names operations, → as we do."""
    found = {}
    for operation in description.operations:
        for path in description.document.get("paths") or {}:
            if operation.path.endswith(str(path)):
                found[f"{operation.method} {path}"] = operation.name
    return found


def _subject(description: Description) -> str:
    return description.title or description.file


def _checked(description: Description, name: str, operation: _Operation) -> Checked:
    reasons = [f"{check}: {text}" for check, text in operation.failures.items()][:MOST_REASONS] + operation.errors
    if not operation.cases and not operation.errors:
        return Checked(_subject(description), name, "not checked", ("no request was made up",), description.file)
    result = "broken" if reasons else "kept"
    return Checked(_subject(description), name, result, tuple(reasons), description.file, operation.took_s)  # type: ignore[arg-type]


def _failures(recorder: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    interactions = recorder.get("interactions") or {}
    for case, checks in (recorder.get("checks") or {}).items():
        for check in checks:
            if check["status"] == "success":
                continue
            failure = (check.get("failure_info") or {}).get("failure") or {}
            words = " ".join(str(failure.get("message") or failure.get("title") or "").split())
            interaction = interactions.get(case) or {}
            request, response = interaction.get("request") or {}, interaction.get("response") or {}
            asked = f"{request.get('method', '')} {request.get('uri', '')} → {response.get('status_code', 'no answer')}"
            yield str(check["name"]), f"{failure.get('title', '')}: {words[:300]} ({asked[:200]})"
