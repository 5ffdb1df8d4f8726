"""Small drawings in rows of tables: times at a glance, a value against its limit, a line of the last runs."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup


def place(value: float) -> str:
    """A place in a drawing, to a tenth of its unit."""
    return f"{value:.1f}".removesuffix(".0")


def bar(p50: float | None, p95: float | None, p99: float | None, largest: float) -> Markup:
    """A row's response times in one glance: up to the median, up to p95, and a mark at p99."""
    if p50 is None or p95 is None or p99 is None or largest <= 0:
        return Markup("")
    at50, at95, at99 = (place(98 * value / largest) for value in (p50, p95, p99))
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="b95" width="{}" height="10"/><rect class="b50" width="{}" height="10"/>'
        '<rect class="b99" x="{}" width="1.2" height="10"/></svg>'
    ).format(at95, at50, at99)


def gauge(value: float | None, low: float | None, high: float | None, limit: float, result: str) -> Markup:
    """A value with its interval against its limit."""
    if value is None:
        return Markup("")
    top = 1.15 * max(value, limit, *(end for end in (high,) if end is not None)) or 1.0
    x = {name: place(2 + 116 * max(0.0, v) / top) for name, v in (("v", value), ("limit", limit))}
    interval = Markup("")
    if low is not None and high is not None:
        first, last = 2 + 116 * max(0.0, low) / top, 2 + 116 * high / top
        interval = Markup('<rect class="span" x="{}" y="6" width="{}" height="4" rx="2"/>').format(
            place(first), place(max(1.0, last - first))
        )
    return Markup(
        '<svg class="gauge r-{}" viewBox="0 0 120 16" aria-hidden="true">'
        '<line class="rail" x1="2" x2="118" y1="8" y2="8"/>'
        '{}<line class="edge" x1="{}" x2="{}" y1="1" y2="15"/><circle cx="{}" cy="8" r="3.5"/></svg>'
    ).format(result.replace(" ", "-"), interval, x["limit"], x["limit"], x["v"])


def trend(values: Sequence[float | None]) -> Markup:
    """A small line without axes, its last value marked."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    top, width = max(known) or 1.0, 96 / max(1, len(values) - 1)
    points = [(2 + at * width, 20 - 17 * value / top) for at, value in enumerate(values) if value is not None]
    path = "".join(f"{'L' if at else 'M'}{place(x)} {place(y)}" for at, (x, y) in enumerate(points))
    return Markup(
        '<svg class="trend" viewBox="0 0 102 24" aria-hidden="true"><path class="l c1" d="{}"/>'
        '<circle class="c1" cx="{}" cy="{}" r="2.5"/></svg>'
    ).format(path, place(points[-1][0]), place(points[-1][1]))
