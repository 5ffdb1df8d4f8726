"""Values that are different each time (identifiers, tokens, moments) and values that nobody should keep (secrets)."""

from __future__ import annotations

import re
from typing import Literal

Form = Literal["uuid", "moment", "date", "digits", "hex", "token", "word", "text"]
MASK = "***"
_FORMS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("uuid", re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)),
    ("moment", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("digits", re.compile(r"[0-9]+")),
    ("hex", re.compile(r"(?=[^0-9]*[0-9])[0-9a-f]{8,}", re.IGNORECASE)),
    ("token", re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_-]{10,}={0,2}")),
    ("word", re.compile(r"[A-Za-z][A-Za-z0-9_-]*")),
)
_MOMENT = re.compile(r"(.*T\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d|[+-]\d{4})?")
_SECRET = re.compile(
    r"pass(word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|signature|"
    r"session|^auth|authorization|cookie|^(pin|cvc|cvv|sig|otp)$",
    re.IGNORECASE,
)


def form_of(text: str) -> Form:
    """What a text looks like."""
    return next((form for form, pattern in _FORMS if pattern.fullmatch(text)), "text")


def is_volatile(text: str) -> bool:
    """Whether a value looks made up for one time only."""
    form = form_of(text)
    return form in ("uuid", "moment", "hex", "token") or (form == "digits" and len(text) >= 6)


def is_secret(name: str) -> bool:
    """Whether a field of this name holds what must not be kept."""
    return _SECRET.search(name) is not None


def moment_form(text: str) -> str:
    """The notation of a date with time, in Java's letters."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return ""
    _, seconds, fraction, zone = match.groups()
    form = "yyyy-MM-dd'T'HH:mm"
    form += ":ss" if seconds else ""
    form += f".{'S' * (len(fraction) - 1)}" if fraction else ""
    if zone:
        form += "XXX" if zone == "Z" or ":" in zone else "Z"
    return form
