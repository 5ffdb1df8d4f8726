"""Fields that follow from others of the same row: texts with places, and computations."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

_PLACE = re.compile(r"\{(\w+)\}")
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Constant, ast.Name, ast.Load,
    ast.Call, ast.Subscript, ast.Slice, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub, ast.Not,
    ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.List, ast.Tuple,
)  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "float": float, "int": int, "len": len, "max": max, "min": min, "round": round, "str": str,
    "lower": str.lower, "upper": str.upper,
}  # fmt: skip
"""What a computation may call."""


@dataclass(frozen=True)
class Text:
    """A text like `{first}.{last}@example.com`.

    Attributes:
        text: with the names of fields in braces.
        needs: those names, in order.
    """

    text: str
    needs: tuple[str, ...]
    ranked: ClassVar[bool] = False

    def derive(self, columns: Sequence[Sequence[Any]]) -> list[str]:
        """The texts of rows."""
        form = _PLACE.sub("%s", self.text.replace("%", "%%"))
        return [form % values for values in zip(*columns, strict=True)]

    def wrong(self, value: Any) -> str | None:
        """Only texts."""
        return None if isinstance(value, str) else f"{value!r} is no text"


@dataclass(frozen=True)
class Computed:
    """A computation like `price * quantity`.

    Attributes:
        expression: over names of fields, numbers, texts and `FUNCTIONS`.
        needs: the fields.
        function: makes the value from those of the fields, in order.
    """

    expression: str
    needs: tuple[str, ...]
    function: Callable[..., Any] = field(compare=False)
    ranked: ClassVar[bool] = False

    def derive(self, columns: Sequence[Sequence[Any]]) -> list[Any]:
        """The values of rows."""
        return [self.function(*values) for values in zip(*columns, strict=True)]

    def wrong(self, value: Any) -> str | None:
        """Anything may come out; whether it is the right value is asked of the whole row."""
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        return parse_computed, (self.expression, self.needs)


def parse_text(text: str, fields: Sequence[str]) -> Text:
    """A text with places.

    Raises:
        ValueError: a place is no field, or there is none.
    """
    names = tuple(_PLACE.findall(text))
    if not names:
        raise ValueError(f"{text!r} names no field in braces; write `value:` for a text that is always the same")
    for name in names:
        if name not in fields:
            raise ValueError(f"{{{name}}} is no other field; there are {', '.join(fields)}")
    return Text(text, names)


def parse_computed(expression: str, fields: Sequence[str]) -> Computed:
    """A computation.

    Raises:
        ValueError: it cannot be read, or does more than compute.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{expression!r} cannot be read: {error.msg}") from error
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ValueError(f"{expression!r}: {type(node).__name__} is more than a computation")
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS):
            raise ValueError(f"{expression!r} may only call {', '.join(FUNCTIONS)}")
        if isinstance(node, ast.Name) and node.id in fields:
            names[node.id] = None
        elif isinstance(node, ast.Name) and node.id not in FUNCTIONS:
            raise ValueError(f"{node.id!r} is no other field; there are {', '.join(fields)}")
    if not names:
        raise ValueError(f"{expression!r} names no other field; write `value:` for what is always the same")
    arguments = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
    made = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, tree.body)))
    function = eval(compile(made, "<computed>", "eval"), {"__builtins__": {}, **FUNCTIONS})
    return Computed(expression, tuple(names), function)
