"""Durations, rates, sizes and shares as people write them, and back again.

Inside the program only base units exist: seconds, per second, bytes, shares from 0 to 1.
"""

from __future__ import annotations

import math
import re

DURATIONS_S = {
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
SIZES_BYTES = {
    "B": 1, "kB": 1000, "KB": 1000, "MB": 10**6, "GB": 10**9, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3,
}  # fmt: skip
_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,15})?"  # more digits than these mean nothing, and could overflow
_PLAIN = re.compile(rf"-?{_NUMBER}")
_PART = re.compile(rf"\s*({_NUMBER})\s*([a-zµ]+)\s*")
_SIZE = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)")
_RATE = re.compile(rf"({_NUMBER})\s*/\s*([a-z]+)")
_SHARE = re.compile(rf"({_NUMBER})\s*(%?)")


def parse_number(text: str) -> float:
    """A text like `3`, `-2` or `0.5`.

    Raises:
        ValueError: the text is no number.
    """
    if not _PLAIN.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a number; write it like 3 or 0.5")
    return float(text)


def parse_integer(text: str) -> int:
    """A text like `3` or `-2`.

    Raises:
        ValueError: the text is no whole number.
    """
    if not _PLAIN.fullmatch(text.strip()) or "." in text:
        raise ValueError(f"{text!r} is not a whole number; write it like 3")
    return int(text)


def parse_duration(text: str) -> float:
    """Seconds of a text like `90s`, `800 ms`, `2m` or `1m 30s`.

    Raises:
        ValueError: the text is no duration; the message says what one looks like.
    """
    total_s, at = 0.0, 0
    text = text.strip()
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part[2] not in DURATIONS_S:
            break
        total_s += float(part[1]) * DURATIONS_S[part[2]]
        at = part.end()
    if not text or at < len(text):
        raise ValueError(f"{text!r} is not a duration; write it like 800 ms, 90s, 2m or 1h")
    return total_s


def parse_rate(text: str) -> float:
    """Events per second of a text like `20/s` or `300/m`.

    Raises:
        ValueError: the text is no rate.
    """
    match = _RATE.fullmatch(text.strip())
    if match is None or match[2] not in DURATIONS_S:
        raise ValueError(f"{text!r} is not a rate; write it like 20/s or 300/m")
    return float(match[1]) / DURATIONS_S[match[2]]


def parse_size(text: str) -> float:
    """Bytes of a text like `10 MB` or `512 KiB`.

    Raises:
        ValueError: the text is no size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or match[2] not in SIZES_BYTES:
        raise ValueError(f"{text!r} is not a size; write it like 10 MB or 512 KiB")
    return float(match[1]) * SIZES_BYTES[match[2]]


def parse_share(text: str) -> float:
    """A share from 0 to 1 of a text like `1%` or `0.01`.

    Raises:
        ValueError: the text is no share, or lies outside 0 to 1.
    """
    match = _SHARE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a share; write it like 1% or 0.01")
    share = float(match[1]) / (100 if match[2] else 1)
    if share > 1:
        raise ValueError(f"{text!r} is more than everything; write a share like 1% or 0.01")
    return share


def show_duration(value_s: float) -> str:
    """A duration with three significant digits in the unit that people would choose."""
    if value_s == 0:
        return "0 s"
    if abs(value_s) < 1e-3:
        return f"{_digits(value_s * 1e6)} µs"
    if abs(value_s) < 0.9995:
        return f"{_digits(value_s * 1e3)} ms"
    if abs(value_s) < 120:
        return f"{_digits(value_s)} s"
    minutes, seconds = divmod(round(value_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m" if hours else f"{minutes}m {seconds}s"


def show_share(value: float) -> str:
    """A share as a percentage with three significant digits; never 0% or 100% unless it is exactly that."""
    if value in (0, 1):
        return f"{value * 100:.0f}%"
    percent = value * 100
    text = _digits(percent)
    if float(text.replace(",", "")) >= 100 > percent:
        return ">99.99%"
    return f"{text}%"


def show_rate(value_per_s: float) -> str:
    """A rate per second with three significant digits."""
    return f"{_digits(value_per_s)}/s"


def show_size(value_bytes: float) -> str:
    """A size in decimal units with three significant digits."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(value_bytes) >= factor:
            return f"{_digits(value_bytes / factor)} {unit}"
    return f"{value_bytes:.0f} B"


def show_number(value: float) -> str:
    """A plain number: whole ones with thousands separators, others with three significant digits."""
    return f"{value:,.0f}" if value == int(value) else _digits(value)


SHOW = {"s": show_duration, "share": show_share, "per_s": show_rate, "bytes": show_size, "": show_number}
"""How a value of each unit is shown. The units: seconds, shares from 0 to 1, per second, bytes, plain numbers."""


def show(value: float | None, unit: str, *, beside: float | None = None) -> str:
    """A value with its unit, never rounded across the limit that it stands beside.

    Args:
        value: in the base unit, or `None` for "nothing", shown as a dash.
        unit: a key of `SHOW`.
        beside: a limit; when rounding would put the value on the limit or on its other side, more digits are shown.
    """
    if value is None or math.isnan(value):
        return "–"
    text = SHOW[unit](value)
    if beside is None or value == beside or text != SHOW[unit](beside):
        return text
    return _exact(value, unit)


def _exact(value: float, unit: str) -> str:
    factor, sign = {"s": (1e3, " ms"), "share": (100, "%"), "per_s": (1, "/s"), "bytes": (1, " B"), "": (1, "")}[unit]
    return f"{value * factor:.7g}{sign}"


def _digits(value: float) -> str:
    """Three significant digits, without an exponent, without trailing zeros after a point."""
    if value == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
