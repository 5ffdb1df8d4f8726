"""Rows for one user, made when it needs them: no other user of the run gets the same, and nobody is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulator.data.chance import digest, in_base_36, paired, random_of
from simulator.data.rows import Row, Rows, rows_of
from simulator.data.spec import Spec
from simulator.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from mimesis.random import Random

TOKEN_LETTERS = 5


class Factories:
    """The factories of a process.

    Args:
        spec: what rows are made of.
        run: the run's name; it stands, shortened, in texts that must be unique.
    """

    def __init__(self, spec: Spec, run: str) -> None:
        self.spec, self.run = spec, run
        token = in_base_36(digest("run", run) % 36**TOKEN_LETTERS)
        self.token = token.rjust(TOKEN_LETTERS, "0")
        self._rows: dict[str, Rows] = {}

    def rows(self, entity: str) -> Rows:
        """The maker of an entity's rows.

        Raises:
            UsageError: there is no such entity.
        """
        if entity not in self._rows:
            self._rows[entity] = Rows(self.spec, entity, self.run)
        return self._rows[entity]


class Factory:
    """The factories of one user.

    Args:
        factories: of the process.
        user: the user's number, unique in the run.

    The n-th row of user u has the number that pairs u and n, counted on behind the rows of the set; so values that
    follow from numbers are unique in the run, and chance follows from (seed, run, user).
    """

    def __init__(self, factories: Factories, user: int) -> None:
        self._factories, self._user = factories, user
        self._made: dict[str, int] = {}
        self._chance: dict[tuple[str, str], Random] = {}

    def make(self, entity: str, **given: Any) -> Row:
        """One more row; what is given stands as it is, and what follows from it follows.

        Raises:
            UsageError: there is no such entity or field, or no unique value is left.
        """
        rows = self._factories.rows(entity)
        for name in given:
            if name not in rows.names:
                raise UsageError(f"{entity} has no field {name!r}", hint=did_you_mean(name, rows.names))
        index = self._made[entity] = self._made.get(entity, -1) + 1
        number = rows.entity.count + paired(self._user, index)
        columns = rows.columns([number], self._random_for(entity), self._factories.token, given)
        return next(rows_of(columns))

    def __getattr__(self, entity: str) -> Callable[..., Row]:
        if entity.startswith("_") or entity not in self._factories.spec.entities:
            known = list(self._factories.spec.entities)
            raise AttributeError(f"the data has no entity {entity!r} ({did_you_mean(entity, known)})")
        return lambda **given: self.make(entity, **given)

    def _random_for(self, entity: str) -> Callable[[str], Random]:
        def random(what: str) -> Random:
            known = self._chance.get((entity, what))
            if known is None:
                parts = (self._factories.spec.seed, self._factories.run, self._user, entity, what)
                known = self._chance[entity, what] = random_of(*parts)
            return known

        return random
