"""Values that are different each time (identifiers, tokens, moments) and values that nobody should keep (secrets)."""

from __future__ import annotations

import re

MASK = "***"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"(?=[^0-9]*[0-9])[0-9a-f]{8,}", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{6,}")
_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_-]{10,}={0,2}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_SECRET = re.compile(
    r"pass(word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|signature|"
    r"session|^auth|authorization|cookie|^(pin|cvc|cvv|sig|otp)$",
    re.IGNORECASE,
)


def is_volatile(text: str) -> bool:
    """Whether a value looks made up for one time only."""
    return any(kind.fullmatch(text) for kind in (_UUID, _HEX, _DIGITS, _TOKEN, _MOMENT))


def is_secret(name: str) -> bool:
    """Whether a field of this name holds what must not be kept."""
    return _SECRET.search(name) is not None


def stand_in(text: str) -> str:
    """A template that makes values of the same kind."""
    if _UUID.fullmatch(text):
        return "{random.uuid}"
    if _MOMENT.fullmatch(text):
        return "{now}"
    if _DIGITS.fullmatch(text):
        return f"{{random.digits {len(text)}}}"
    return f"{{random.hex {len(text)}}}"
