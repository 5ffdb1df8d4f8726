"""A user's cookies in the form in which Playwright hands them from one context to another."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http.cookiejar import Cookie
from pathlib import Path
from typing import Any


def storage_state(cookies: Iterable[Cookie]) -> dict[str, Any]:
    """Playwright's `storage_state` of the standard library's cookies."""
    return {"cookies": [_plain(cookie) for cookie in cookies], "origins": []}


def write_state(state: dict[str, Any], path: str | Path) -> None:
    """Keep a state in a file that nobody else may read: whoever has it is logged in."""
    file = Path(path)
    file.touch(mode=0o600)
    file.write_text(json.dumps(state), encoding="utf-8")


def _plain(cookie: Cookie) -> dict[str, Any]:
    domain = cookie.domain.removesuffix(".local") if "." not in cookie.domain.removesuffix(".local") else cookie.domain
    same_site = str(cookie.get_nonstandard_attr("SameSite", "Lax") or "Lax").capitalize()
    return {
        "name": cookie.name,
        "value": cookie.value or "",
        "domain": domain,
        "path": cookie.path,
        "expires": float(cookie.expires) if cookie.expires else -1,
        "httpOnly": cookie.has_nonstandard_attr("HttpOnly"),
        "secure": bool(cookie.secure),
        "sameSite": same_site if same_site in ("Strict", "Lax", "None") else "Lax",
    }
