"""OpenAPI 3 descriptions: each operation answers with its example, or with one made from its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.contract.openapi.description import METHODS, resolved
from simulator.virtual.reading.literal import literal_json

MOST_DEPTH = 8


def read_openapi(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A description as a plain stub file; literal paths come before templates."""
    refused: list[str] = []
    stubs = []
    for path, item in (document.get("paths") or {}).items():
        for method in METHODS:
            operation = (item or {}).get(method)
            if operation is None:
                continue
            status, response = _good_response(operation, document)
            if response is None:
                refused.append(f"{method.upper()} {path} is left out: it has no answer below 400")
                continue
            stubs.append(_stub(method, path, [*(item.get("parameters") or ()), *(operation.get("parameters") or ())],
                               status, response, document))  # fmt: skip
            if operation.get("security") or document.get("security"):
                refused.append(f"{method.upper()} {path}: security is not asked for")
    stubs.sort(key=lambda stub: "{" in stub["request"]["path"])
    title = str((document.get("info") or {}).get("title") or "openapi")
    return {"service": title, "stubs": stubs}, tuple(refused)


def _stub(method: str, path: str, parameters: list[Any], status: int, response: Mapping[str, Any],
          document: Mapping[str, Any]) -> dict[str, Any]:  # fmt: skip
    request: dict[str, Any] = {"method": method.upper(), "path": path.replace("-", "_") if "{" in path else path}
    if "{" in path:
        parts = path.split("/")
        request["path"] = "/".join(p.replace("-", "_").replace(".", "_") if p.startswith("{") else p for p in parts)
    for given in parameters:
        parameter = resolved(given, document)
        if parameter.get("required") and parameter.get("in") == "query":
            request.setdefault("query", {})[parameter["name"]] = {"present": True}
    answer: dict[str, Any] = {"status": status}
    content = response.get("content") or {}
    media = next((name for name in content if "json" in name), None)
    if media is not None:
        answer |= literal_json(_example(content[media] or {}, document))
        answer["headers"] = {"Content-Type": media}
    return {"name": f"{method.upper()} {path}", "request": request, "answer": answer}


def _good_response(operation: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[int, Mapping[str, Any] | None]:
    responses = {str(status): response for status, response in (operation.get("responses") or {}).items()}
    for status in sorted(responses):
        if status[:1] in "23":
            number = int(status) if status.isdigit() else int(status[0]) * 100
            return number, resolved(responses[status], document)
    return (200, resolved(responses["default"], document)) if "default" in responses else (0, None)


def _example(media: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    if "example" in media:
        return media["example"]
    for example in (media.get("examples") or {}).values():
        return resolved(example, document).get("value")
    return _of_schema(media.get("schema") or {}, document, 0)


def _of_schema(given: Any, document: Mapping[str, Any], depth: int) -> Any:
    """A value that fits a schema; where it goes on for ever, it ends with nothing."""
    schema = resolved(given, document) if isinstance(given, dict) else {}
    for word in ("example", "const", "default"):
        if word in schema:
            return schema[word]
    for word in ("examples", "enum"):
        if schema.get(word):
            return schema[word][0]
    if depth > MOST_DEPTH:
        return None
    for word in ("oneOf", "anyOf"):
        if schema.get(word):
            return _of_schema(schema[word][0], document, depth + 1)
    if schema.get("allOf"):
        parts = [_of_schema(part, document, depth + 1) for part in schema["allOf"]]
        return {key: value for part in parts if isinstance(part, dict) for key, value in part.items()}
    return _of_type(schema, document, depth)


def _of_type(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    kind = next((each for each in kind if each != "null"), None) if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        properties = schema.get("properties") or {}
        return {name: _of_schema(inner, document, depth + 1) for name, inner in properties.items()}
    if kind == "array":
        return [_of_schema(schema.get("items") or {}, document, depth + 1)] * max(1, int(schema.get("minItems") or 1))
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "string":
        return _FORMATS.get(str(schema.get("format")), "text").ljust(int(schema.get("minLength") or 0), "x")
    return None


_FORMATS = {
    "date-time": "2024-01-01T00:00:00Z", "date": "2024-01-01", "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "email": "someone@example.com", "uri": "https://example.com/",
}  # fmt: skip
