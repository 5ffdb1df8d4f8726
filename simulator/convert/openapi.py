"""An OpenAPI description as calls: every operation once, in an order that makes sense.

The answers are made from the schemas, each identifier in them with a value of its own, and these values are put where
the same thing is asked for. So the correlation that reads recordings finds here, too, which answer one is taken from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from simulator.contract.openapi.description import Description, Operation, Promised, resolved
from simulator.contract.openapi.example import of_schema
from simulator.contract.volatile import is_secret
from simulator.convert.call import Call, Recording
from simulator.convert.correlation import leaves

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PARAMETER = re.compile(r"\{([^}]+)\}")
_LAST = re.compile(r"log-?_?out|sign-?_?out", re.IGNORECASE)
_FIRST_ID = 1_000_001


@dataclass
class _Known:
    """Identifiers that answers have brought so far.

    Attributes:
        ids: resource (such as `products`) → an identifier of one.
        numbers: for further identifiers.
    """

    ids: dict[str, Any] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(_FIRST_ID))


def calls_of(description: Description) -> Recording:
    """A recording of somebody who tries every operation once."""
    wanted = [operation for operation in description.operations if operation.method in METHODS]
    left_out = [f"{operation.name}: {operation.method} is not asked" for operation in description.operations
                if operation.method not in METHODS]  # fmt: skip
    known, calls = _Known(), []
    secured = _has_login(wanted, description)
    for operation in sorted(wanted, key=lambda each: _rank(each, description)):
        answer = next((promised for promised in operation.answers if promised.status[:1] == "2"), None)
        missing = [name for name in _PARAMETER.findall(operation.path) if _id_for(name, operation.path, known) is None]
        if answer is None:
            left_out.append(f"{operation.name}: it has no good answer")
        else:
            calls.append(_call(operation, answer, description, known, secured=secured))
            left_out += [f"no answer brings {{{name}}} of {operation.name}: 1 stands for it" for name in missing]
    return Recording(_server(description), tuple(calls), tuple(left_out))


def _rank(operation: Operation, description: Description) -> tuple[int, str, int, int]:
    """Log in first; a resource at a time, the collection before the single one, deletion at the end; log out last."""
    if _LAST.search(operation.path):
        return (4, operation.path, 0, 0)
    if _is_login(operation, description):
        return (0, operation.path, 0, 0)
    base = operation.path.partition("{")[0].rstrip("/")
    if operation.method == "DELETE":
        return (3, "", -operation.path.count("/"), 0)
    order = {"GET": 0, "POST": 1, "PUT": 2, "PATCH": 3}
    reads = operation.method == "GET" and "{" in operation.path
    return (
        1 if operation.method == "GET" and "{" not in operation.path else 2,
        base,
        reads * 1,
        order[operation.method],
    )


def _call(operation: Operation, answer: Promised, description: Description, known: _Known, *, secured: bool) -> Call:
    path = _PARAMETER.sub(lambda match: _as_text(_id_for(match[1], operation.path, known)), operation.path)
    query = {
        parameter.name: of_schema(parameter.schema, description.document, 0)
        for parameter in operation.parameters
        if parameter.where == "query" and parameter.required
    }
    body, kind = _body(operation, description, known)
    status = int(answer.status) if answer.status.isdigit() else 200
    given = _answer(answer, description, known)
    _remember(given, operation.path, known)
    headers = {p.name: str(of_schema(p.schema, description.document, 0)) for p in operation.parameters
               if p.where == "header" and p.required}  # fmt: skip
    return Call(
        operation.method, path + (f"?{urlencode(query)}" if query else ""),
        headers=headers | ({} if secured else _credentials(description)),
        body=body, kind=kind, status=status, text=orjson.dumps(given).decode() if given is not None else "",
        step=operation.name,
    )  # fmt: skip


def _body(operation: Operation, description: Description, known: _Known) -> tuple[Any, str]:
    media = next((name for name in operation.body if "json" in name), None)
    if media is not None:
        value = _least(operation.body[media], description.document)
        return _with_ids(value, known), "json"
    if "application/x-www-form-urlencoded" in operation.body:
        value = _least(operation.body["application/x-www-form-urlencoded"], description.document)
        return [(key, str(each)) for key, each in (value or {}).items()], "form"
    return None, ""


def _least(given: Any, document: Mapping[str, Any]) -> Any:
    """A value that fits a schema, with the fields that must be there and those that have an example."""
    schema = resolved(given, document) if isinstance(given, dict) else {}
    value = of_schema(given, document, 0)
    if not isinstance(value, dict) or "example" in schema or "default" in schema:
        return value
    properties, required = schema.get("properties") or {}, schema.get("required") or ()
    kept = {name for name in properties if name in required or "example" in resolved(properties[name], document)}
    return {name: each for name, each in value.items() if name in kept} if kept else value


def _with_ids(value: Any, known: _Known) -> Any:
    """Fields that are called like a known resource hold its identifier."""
    if not isinstance(value, dict):
        return value
    return {key: known.ids.get(_resource(key), each) if isinstance(each, (int, str)) and not is_secret(key) else each
            for key, each in value.items()}  # fmt: skip


def _answer(promised: Promised, description: Description, known: _Known) -> Any:
    media = next((name for name in promised.media if "json" in name), None)
    return None if media is None else _numbered(of_schema(promised.media[media] or {}, description.document, 0), known)


def _numbered(value: Any, known: _Known, key: str = "") -> Any:
    """Each identifier in an answer gets a value that nothing else has."""
    if isinstance(value, dict):
        return {name: _numbered(inner, known, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_numbered(inner, known, key) for inner in value]
    if not _is_id(key) or isinstance(value, bool) or value is None:
        return value
    number = next(known.numbers)
    return number if isinstance(value, int) else f"id-{number:08d}"


def _remember(answer: Any, path: str, known: _Known) -> None:
    """Which identifiers an answer has brought: of what the path names, and of what their own keys name."""
    resource = _resource(next((part for part in reversed(path.split("/")) if part and "{" not in part), ""))
    for way, value in leaves(answer):
        key = str(way[-1]) if way else ""
        if _is_id(key):
            own = _resource(key)
            known.ids.setdefault(own if own else resource, value)
            if key.lower() == "id":
                known.ids[resource] = value


def _id_for(name: str, path: str, known: _Known) -> Any:
    """An identifier for a parameter of a path."""
    before = path.partition("{" + name + "}")[0].rstrip("/").rpartition("/")[2]
    return known.ids.get(_resource(before)) or known.ids.get(_resource(name))


def _resource(name: str) -> str:
    """`product` for `products`, `product_id`, `productId`."""
    plain = re.sub(r"(?i)[_-]?(id|number)$", "", name)
    return plain.lower().removesuffix("s")


def _is_id(key: str) -> bool:
    return re.search(r"(?i)(^|[_-])(id|number)$|[a-z](Id|Number)$", key) is not None


def _as_text(value: Any) -> str:
    return "1" if value is None else quote(str(value))


def _has_login(operations: Sequence[Operation], description: Description) -> bool:
    return any(_is_login(operation, description) for operation in operations)


def _is_login(operation: Operation, description: Description) -> bool:
    schemas = (resolved(schema, description.document) for schema in operation.body.values())
    return operation.method == "POST" and any(
        is_secret(name) for s in schemas for name in (s or {}).get("properties") or {}
    )


def _credentials(description: Description) -> dict[str, str]:
    """Headers that carry what the description asks for, to be filled from the environment."""
    schemes = (description.document.get("components") or {}).get("securitySchemes") or {}
    for scheme in (resolved(each, description.document) for each in schemes.values()):
        if scheme.get("type") in ("http", "oauth2", "openIdConnect"):
            return {"Authorization": ""}
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            return {str(scheme["name"]): ""}
    return {}


def _server(description: Description) -> str:
    servers = description.document.get("servers") or [{}]
    return str(servers[0].get("url") or "") or description.title
