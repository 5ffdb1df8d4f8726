"""Who sends the present request: the session behind its cookie or bearer token."""

from __future__ import annotations

from flask import Response, request

from simulator.demo.problem import Problem
from simulator.demo.store import Session, Store

COOKIE = "session"


def visitor(store: Store) -> Session | None:
    """Returns the session of the present request, or None for a visitor without one.

    A bearer token counts before the cookie, and one that is wrong counts as none.
    """
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE)
    return store.session(token) if token else None


def user(store: Store) -> Session:
    """Returns the session of the present request's user; Problem 401 if nobody is logged in."""
    session = visitor(store)
    if session is None or session.user_id is None:
        raise Problem(401, "not_logged_in", "Log in first.")
    return session


def remember(response: Response, session: Session) -> Response:
    """Returns the response with the cookie of this session."""
    response.set_cookie(COOKIE, session.token, httponly=True, samesite="Lax")
    return response
