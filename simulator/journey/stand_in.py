"""`ApiUser` and `ComponentUser` for the browser host: journey files must import there, but these never live there."""

from __future__ import annotations

from typing import Any, ClassVar


class ApiUser:
    """A class to inherit from, with nothing behind it."""

    simulator_kind: ClassVar[str] = "api"
    abstract: ClassVar[bool] = True
    weight: float = 1
    fixed_count: int = 0
    host: str | None = None
    wait_time: Any = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.abstract = bool(vars(cls).get("abstract", False))


class ComponentUser(ApiUser):
    """A class to inherit from, with nothing behind it."""

    simulator_kind: ClassVar[str] = "component"
    abstract: ClassVar[bool] = True
