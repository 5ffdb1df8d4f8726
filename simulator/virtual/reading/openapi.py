"""OpenAPI 3 descriptions: each operation answers with its example, or with one made from its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.contract.openapi.description import METHODS, resolved
from simulator.contract.openapi.example import example_of
from simulator.virtual.reading.literal import literal_json


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
        answer |= literal_json(example_of(content[media] or {}, document))
        answer["headers"] = {"Content-Type": media}
    return {"name": f"{method.upper()} {path}", "request": request, "answer": answer}


def _good_response(operation: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[int, Mapping[str, Any] | None]:
    responses = {str(status): response for status, response in (operation.get("responses") or {}).items()}
    for status in sorted(responses):
        if status[:1] in "23":
            number = int(status) if status.isdigit() else int(status[0]) * 100
            return number, resolved(responses[status], document)
    return (200, resolved(responses["default"], document)) if "default" in responses else (0, None)
