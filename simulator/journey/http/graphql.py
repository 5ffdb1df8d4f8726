"""GraphQL over HTTP: what a call is named after, and its errors, which come with a status that says all is well.

https://graphql.github.io/graphql-over-http/draft/
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_OPERATION = re.compile(r"(?:^|[}\s])(query|mutation|subscription)\b\s*([A-Za-z_]\w*)?")
_FIELD = re.compile(r"\{\s*(?:\w+\s*:\s*)?([A-Za-z_]\w*)")


def call_name(url: str, json: Any) -> str | None:
    """What a GraphQL call is called: `/graphql mutation AddToCart`; `None` when it is none.

    A call is one when its body has a `query` and its address ends in `graphql`. Calls without a name of their own are
    named after the first field that they ask for.
    """
    path = url.partition("?")[0].rstrip("/")
    if not path.endswith("graphql") or not isinstance(json, dict) or not isinstance(json.get("query"), str):
        return None
    query = json["query"]
    found, field = _OPERATION.search(query), _FIELD.search(query)
    kind = found[1] if found else "query"
    named = json.get("operationName") or (found[2] if found else None) or (field[1] if field else "")
    path = f"/{path.partition('://')[2].partition('/')[2]}" if "://" in path else path
    return f"{path} {kind} {named}".rstrip()


def errors_in(content: bytes) -> str | None:
    """What the `errors` of an answer say, or `None` when there are none."""
    if b'"errors"' not in content:
        return None
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not errors:
        return None
    told = [str(error.get("message", error)) if isinstance(error, dict) else str(error) for error in errors]
    return f"GraphQL: {'; '.join(told[:3])}"
