"""Foreign files as stubs: WireMock mappings, Hoverfly simulations, HAR recordings, OpenAPI descriptions.

Each reader returns a plain stub file and, in words, everything that the foreign file asks for and is not honoured. A
stub that could only be answered wrongly is left out and named.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import yaml

from simulator.contract.content import content_of
from simulator.errors import FileError, Problem, understood
from simulator.foreign_yaml import load_foreign_yaml
from simulator.virtual.reading.har import read_har
from simulator.virtual.reading.hoverfly import read_hoverfly
from simulator.virtual.reading.openapi import read_openapi
from simulator.virtual.reading.wiremock import read_wiremock

Read = tuple[dict[str, Any], tuple[str, ...]]


def read_foreign(path: Path) -> Read:
    """A foreign file, or a folder of WireMock mappings, as a plain stub file, with what is not honoured.

    Raises:
        FileError: it cannot be read, or is none of the known formats.
    """
    with understood(str(path)):
        return _sound(*_read(path))


def _sound(plain: dict[str, Any], refused: tuple[str, ...]) -> Read:
    """Without the stubs that make no sense here, which are named; one bad stub must not cost all the others."""
    from simulator.virtual.stub_file import stub_file_of

    good, bad = [], []
    for stub in plain["stubs"]:
        try:
            stub_file_of({"stubs": [stub]}, "stub", Path())
            good.append(stub)
        except FileError as error:
            reasons = "; ".join(problem.message for problem in error.problems)
            bad.append(f"{stub.get('name') or stub['request'].get('path')} is left out: {reasons}")
    left = {stub.get("name") for stub in good}
    behaviours = {
        name: behaviour for name, behaviour in plain.get("behaviours", {}).items() if left & set(behaviour["stubs"])
    }
    on = [name for name in plain.get("on", ()) if name in behaviours]
    kept = {**plain, "stubs": good, "behaviours": behaviours, "on": on}
    return {key: value for key, value in kept.items() if value or key == "stubs"}, (*refused, *bad)


def _read(path: Path) -> Read:
    if path.is_dir():
        mappings = path / "mappings" if (path / "mappings").is_dir() else path
        files = sorted(mappings.rglob("*.json"))
        bodies = mappings.parent / "__files"
        return read_wiremock([mapping for file in files for mapping in _mappings(_parsed(file))], bodies)
    document = _parsed(path)
    if isinstance(document, dict):
        if isinstance(document.get("log"), dict):
            return read_har(document["log"], path.stem)
        if "openapi" in document:
            return read_openapi(document)
        if isinstance(document.get("data"), dict) and "pairs" in document["data"]:
            return read_hoverfly(document)
        if "mappings" in document or "request" in document or "response" in document:
            return read_wiremock(_mappings(document), path.parent.parent / "__files")
    raise _refused(path, "is none of the known formats", "known: stub files (.yaml), WireMock, Hoverfly, HAR, OpenAPI")


def _mappings(document: Any) -> list[Any]:
    if isinstance(document, dict) and isinstance(document.get("mappings"), list):
        return list(document["mappings"])
    return [document]


def _parsed(path: Path) -> Any:
    content = content_of(path)
    try:
        if path.suffix in (".yaml", ".yml"):
            return load_foreign_yaml(content.decode("utf-8-sig"))
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except (orjson.JSONDecodeError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise _refused(path, f"cannot be parsed: {error}") from error


def _refused(path: Path, message: str, hint: str | None = None) -> FileError:
    return FileError([Problem(str(path), 0, 0, message, hint)])
