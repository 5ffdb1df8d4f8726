"""What an OpenAPI description (3.0 and 3.1) promises, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from simulator.contract.content import content_of
from simulator.contract.pact.place import places_of
from simulator.errors import FileError, Problem, understood
from simulator.foreign_yaml import load_foreign_yaml

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Promised:
    """One answer that an operation may give.

    Attributes:
        status: `200`, `4XX` or `default`.
        headers: name → schema and whether it must be there.
        media: media type → schema, or `None` for anything.
    """

    status: str
    headers: Mapping[str, tuple[Any, bool]] = field(default_factory=dict)
    media: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a request.

    Attributes:
        name: as written.
        where: path, query, header or cookie.
        required: it must be there.
        schema: of its value.
    """

    name: str
    where: str
    required: bool
    schema: Any


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        method: in capitals.
        path: the template, behind the server's own path.
        answers: in order.
        parameters: of its requests.
        body: media type → schema of the request's body.
        body_required: it must be there.
    """

    method: str
    path: str
    answers: tuple[Promised, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    body_required: bool = False

    @property
    def name(self) -> str:
        """`GET /orders/{id}`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Description:
    """An OpenAPI description.

    Attributes:
        title: of the service.
        operations: in order.
        document: as it stands in the file.
        file: where it was read.
    """

    title: str
    operations: tuple[Operation, ...]
    document: Mapping[str, Any]
    file: str = ""

    @property
    def draft(self) -> str:
        """Which JSON Schema its schemas are."""
        return "4" if str(self.document["openapi"]).startswith("3.0") else "2020-12"

    def resolved(self, value: Any) -> Any:
        """What a value with `$ref` refers to; itself without."""
        return resolved(value, self.document)


def read_description(path: Path) -> Description:
    """The description in a YAML or JSON file.

    Raises:
        FileError: with every mistake, as far as it has a place with that.
    """
    return parse_description(content_of(path), str(path))


def parse_description(content: bytes, file: str) -> Description:
    """The description in a file's content.

    Raises:
        FileError: with every mistake, as far as it has a place with that.
    """
    with understood(file):
        return _parsed(content, file)


def _parsed(content: bytes, file: str) -> Description:
    document, places = _loaded(content, file)
    problems: list[Problem] = []

    def wrong(at: tuple[str | int, ...], message: str, hint: str | None = None) -> None:
        line, column = places.get(at, (0, 0))
        where = "/".join(map(str, at))
        problems.append(Problem(file, line, column, f"{where}: {message}" if where else message, hint))

    version = str(document.get("openapi", "")) if isinstance(document, Mapping) else ""
    if not version.startswith(("3.0", "3.1")):
        hint = "known: 3.0 and 3.1"
        wrong(("openapi",), f"OpenAPI {version!r} is not known" if version else "this is no OpenAPI description", hint)
        raise FileError(problems)
    paths = document.get("paths") or {}
    if not isinstance(paths, Mapping):
        wrong(("paths",), "paths are a mapping")
        paths = {}
    document = _without_nullable(document) if version.startswith("3.0") else document
    base = _base(document)
    found = []
    for path, item in (document.get("paths") or {}).items():
        item = resolved(item, document)
        if not isinstance(item, Mapping) or not str(path).startswith("/"):
            wrong(("paths", path), "is no path with its operations")
            continue
        for method in METHODS:
            if isinstance(item.get(method), Mapping):
                found.append(_operation(method, base + str(path), item, item[method], document))
    for reference in _foreign(document):
        wrong((), f"the reference {reference!r} leads out of this file", "bundle it into one file")
    if problems:
        raise FileError(problems)
    return Description(str((document.get("info") or {}).get("title", "")), tuple(found), document, file)


def _loaded(content: bytes, file: str) -> tuple[Any, Mapping[Any, tuple[int, int]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError([Problem(file, 0, 0, "is not UTF-8 text")]) from error
    try:
        if text.lstrip()[:1] == "{":
            return json.loads(text), places_of(text)
        return load_foreign_yaml(text), {}
    except RecursionError as error:
        raise FileError([Problem(file, 0, 0, "is nested too deeply")]) from error
    except json.JSONDecodeError as error:
        raise FileError([Problem(file, error.lineno, error.colno, f"this is not JSON: {error.msg}")]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise FileError(
            [Problem(file, line, column, f"this is not YAML: {getattr(error, 'problem', error)}")]
        ) from error


def _base(document: Mapping[str, Any]) -> str:
    """The path of the first server: everything lies behind it."""
    servers = document.get("servers") or [{}]
    url = str(servers[0].get("url", "")) if isinstance(servers[0], Mapping) else ""
    return urlsplit(url).path.rstrip("/") if "{" not in url else ""


def _operation(
    method: str, path: str, item: Mapping[str, Any], operation: Mapping[str, Any], document: Mapping[str, Any]
) -> Operation:
    parameters = {}
    for each in [*(item.get("parameters") or ()), *(operation.get("parameters") or ())]:
        plain = resolved(each, document)
        if isinstance(plain, Mapping) and "name" in plain:
            required = bool(plain.get("required")) or plain.get("in") == "path"
            made = Parameter(str(plain["name"]), str(plain.get("in")), required, plain.get("schema", {}))
            parameters[made.name, made.where] = made
    body = resolved(operation.get("requestBody") or {}, document)
    return Operation(
        method.upper(), path,
        tuple(_promised(str(status), resolved(answer, document), document)
              for status, answer in (operation.get("responses") or {}).items()),
        tuple(parameters.values()),
        {media: (content or {}).get("schema") for media, content in (body.get("content") or {}).items()},
        bool(body.get("required")),
    )  # fmt: skip


def _promised(status: str, answer: Mapping[str, Any], document: Mapping[str, Any]) -> Promised:
    headers = {}
    for name, given in (answer.get("headers") or {}).items():
        header = resolved(given, document)
        if name.lower() != "content-type":
            headers[name] = (header.get("schema"), bool(header.get("required")))
    content = answer.get("content") or {}
    return Promised(status, headers, {media.lower(): (each or {}).get("schema") for media, each in content.items()})


def resolved(value: Any, document: Mapping[str, Any]) -> Any:
    """What a value with `$ref` refers to in a document; itself without. What leads nowhere is empty."""
    seen = 0
    while isinstance(value, Mapping) and "$ref" in value and seen < 20:
        seen += 1
        found: Any = document
        for part in str(value["$ref"]).removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name, {}) if isinstance(found, Mapping) else {}
        value = found
    return value


def _foreign(value: Any) -> set[str]:
    """References that lead to other files."""
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        own = {reference} if isinstance(reference, str) and not reference.startswith("#") else set()
        return own.union(*map(_foreign, value.values()))
    return set().union(*map(_foreign, value)) if isinstance(value, list) else set()


def _without_nullable(value: Any) -> Any:
    """Schemas of OpenAPI 3.0 with `nullable` said as JSON Schema says it."""
    if isinstance(value, list):
        return [_without_nullable(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    made = {key: _without_nullable(inner) for key, inner in value.items()
            if key != "nullable" or not isinstance(inner, bool)}  # fmt: skip
    if value.get("nullable") is not True:
        return made
    if isinstance(made.get("enum"), list):
        made["enum"] = [*made["enum"], None]
    if isinstance(made.get("type"), str):
        return {**made, "type": [made["type"], "null"]}
    return {"anyOf": [made, {"type": "null"}]}
