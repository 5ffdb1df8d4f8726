"""Who looks at the answers of a process's users, made from what a run does about contracts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulator.contract.reads import Watch
from simulator.engine.contract.collecting import Collecting
from simulator.engine.contract.settings import ContractSettings
from simulator.journey.http.plan import Plan
from simulator.journey.http.response import Response
from simulator.journey.operation import Operation
from simulator.journey.stage import Stage
from simulator.record.recorder import Recorder

if TYPE_CHECKING:
    from simulator.engine.contract.checking import Checking


class Witnesses:
    """Checks and collects, as far as a run wants that.

    Args:
        settings: what the run does about contracts.
        recorder: where violations are written down.
    """

    def __init__(self, settings: ContractSettings, recorder: Recorder) -> None:
        self._checking: Checking | None = None
        if settings.files:
            # they bring a compiler of schemas, which other runs need not carry
            from simulator.contract.checker import Checker
            from simulator.contract.source import parse_source
            from simulator.engine.contract.checking import Checking

            checker = Checker(parse_source(content, file) for file, content in settings.files)
            self._checking = Checking(checker, recorder, settings.share, settings.budget_ratio)
        self._collecting = Collecting() if settings.collect else None

    def stand_at(self, stage: Stage) -> None:
        """Look at every answer to the users of this stage, and at their messages."""
        if self._collecting is not None:
            stage.client["watching"] = Watch
            stage.surroundings.witness = self._collecting.message_witness
        if self._checking is not None or self._collecting is not None:
            stage.witness = self._witness

    def begin(self) -> None:
        """The run begins."""
        if self._checking is not None:
            self._checking.begin()

    def end(self) -> None:
        """No answer comes any more."""
        if self._checking is not None:
            self._checking.end()
        if self._collecting is not None:
            self._collecting.end()

    def collected(self) -> list[Any]:
        """What was exchanged, as `Collecting.to_plain` has it; empty when nothing was collected."""
        return self._collecting.to_plain() if self._collecting else []

    def _witness(self, user: Any) -> Callable[[Plan, Response, Operation], None]:
        if self._checking is not None:
            self._checking.at_home(user.host or "")
        if self._collecting is None:
            assert self._checking is not None
            return self._checking.see
        collect = self._collecting.witness(user)
        if self._checking is None:
            return collect
        check = self._checking.see

        def see(plan: Plan, response: Response, operation: Operation) -> None:
            check(plan, response, operation)
            collect(plan, response, operation)

        return see
