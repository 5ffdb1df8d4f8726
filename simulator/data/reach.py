"""Where data goes: the system's address, its databases, and the run it is done for."""

from __future__ import annotations

import importlib
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from simulator.data.store import Stores
from simulator.errors import UsageError, did_you_mean

HTTP_TIMEOUT_S = 30.0


class Refused(Exception):  # noqa: N818 - a finding about the target
    """The system did not do what it was asked for.

    Attributes:
        status: of its answer; 0 when there was none.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Reach:
    """What seeding and cleaning act on.

    Attributes:
        host: where the system answers.
        stores: its databases.
        run: the run's name.
        folder: where functions are imported from.
    """

    host: str = ""
    stores: Stores = field(default_factory=lambda: Stores({}))
    run: str = ""
    folder: Path = field(default_factory=Path.cwd)

    def http(self, what: str, values: Mapping[str, Any], body: Any = None) -> Any:
        """Ask the system; returns its answer's JSON, or `None`.

        Args:
            what: method and path, `DELETE /api/orders/{id}`; names in braces stand for values.
            values: by name.
            body: sent as JSON; `None` for nothing.

        Raises:
            Refused: a status of 400 and above, or no answer.
        """
        method, _, path = what.partition(" ")
        target = filled(path.strip(), values)
        url = target if "://" in target else self.host.rstrip("/") + target
        content = None if body is None else orjson.dumps(body, default=str)
        request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method=method.upper())
        try:
            with urllib.request.urlopen(request, timeout=HTTP_TIMEOUT_S) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {target}: {error.code} {error.reason}", error.code) from error
        except (OSError, ValueError) as error:
            raise Refused(f"{method} {target}: {error}") from error
        try:
            return orjson.loads(text) if text else None
        except orjson.JSONDecodeError:
            return None

    def function(self, name: str) -> Callable[..., Any]:
        """The function that `module:function` names.

        Raises:
            UsageError: there is none.
        """
        return imported(name, self.folder)


def imported(name: str, folder: Path) -> Callable[..., Any]:
    """The function that `module:function` names; modules of this folder and the present one are found.

    Raises:
        UsageError: there is none.
    """
    module_name, colon, function = name.partition(":")
    if not colon:
        raise UsageError(f"{name!r} names no function", hint="write it like module:function")
    for place in (str(folder), str(Path.cwd())):
        if place not in sys.path:
            sys.path.insert(0, place)
    try:
        found = importlib.import_module(module_name)
    except ImportError as error:
        raise UsageError(f"{name}: {error}") from error
    for part in function.split("."):
        if not hasattr(found, part):
            raise UsageError(
                f"{module_name} has no {function!r}", hint=did_you_mean(part, [n for n in dir(found) if n[0] != "_"])
            )
        found = getattr(found, part)
    return found  # type: ignore[return-value]


def filled(text: str, values: Mapping[str, Any]) -> str:
    """A path with its `{names}` replaced by values, each as one safe part.

    Raises:
        UsageError: a name stands for nothing.
    """
    from urllib.parse import quote

    pieces, rest = [], text
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, close, rest = rest.partition("}")
        if not close or name not in values:
            raise UsageError(f"{text}: {{{name}}} stands for nothing here", hint=did_you_mean(name, list(values)))
        pieces += [before, quote(str(values[name]), safe="")]
    return "".join([*pieces, rest])
