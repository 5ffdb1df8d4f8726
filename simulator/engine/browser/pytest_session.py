"""Tests of pytest-playwright as journeys: each user has a pytest session of its own, and runs one test at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import BringUpError
from simulator.journey import pytest_fixtures
from simulator.journey.browser_user import BrowserUser
from simulator.journey.mark import MARK, JourneyMark
from simulator.plan.pytest_file import ARGUMENTS, user_name, user_of_tests

QUIET = ("-s", "-p", "no:logging", "-p", "no:warnings", "-p", "no:faulthandler", "-p", "no:unraisableexception",
         "-p", "no:threadexception")  # fmt: skip


class Skipped(Exception):  # noqa: N818 - says what happened
    """A test that skips itself has shown nothing, so its journey does not count as a good one."""


class Tests:
    """One user's session.

    Args:
        file: the test file.

    Raises:
        BringUpError: pytest cannot collect its tests.
    """

    def __init__(self, file: Path) -> None:
        from _pytest import runner
        from _pytest.config import _prepareconfig
        from _pytest.main import Session

        # Tests of many users are under way in one process: what one of them says of itself means nothing to the others.
        runner._update_current_test_var = lambda item, when: None
        keeper = _Keeper()
        self._config = _prepareconfig([str(file), *ARGUMENTS, *QUIET], [keeper])
        self._keeper = keeper
        self._session: Any = Session.from_config(self._config)
        self._config._do_configure()
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        self._config.pluginmanager.unregister(reporter)
        self._config.hook.pytest_sessionstart(session=self._session)
        self._items = {_name(item): item for item in self._session.perform_collect()}

    def run(self, name: str, world: Any) -> None:
        """Run one test, with what belongs to it alone set up before and torn down after it.

        Raises:
            Skipped: the test skipped itself.
            BaseException: what made it fail.
        """
        from _pytest.runner import runtestprotocol

        item: Any = self._items.get(name)
        if item is None:
            raise BringUpError(f"pytest does not find {name!r} any more")
        self._config.stash[pytest_fixtures.WORLD] = world
        self._session._setupstate.teardown_exact(item.parent)
        self._keeper.errors.clear()
        reports = runtestprotocol(item, log=False, nextitem=item.parent)
        self._tell(reports)

    def end(self) -> None:
        """Tear down what is left of the session."""
        self._session._setupstate.teardown_exact(None)
        self._config.hook.pytest_sessionfinish(session=self._session, exitstatus=0)
        self._config._ensure_unconfigure()

    def _tell(self, reports: list[Any]) -> None:
        """Raise what went wrong."""
        errors = self._keeper.errors
        outside = [error for error in errors.values() if not isinstance(error, Exception | pytest.skip.Exception)]
        for error in outside:
            if not isinstance(error, pytest.fail.Exception | pytest.xfail.Exception):
                raise error  # the journey was cut off, or ended by a step
        for report in reports:
            if report.failed:
                raise _as_exception(errors.get(report.when), report)
        skipped = [report for report in reports if report.skipped and not hasattr(report, "wasxfail")]
        if skipped:
            raise Skipped(str(errors.get(skipped[0].when) or "the test skipped itself"))


class _Keeper:
    """A plug-in that keeps the errors of the test under way; pytest's reports have only their texts."""

    def __init__(self) -> None:
        self.errors: dict[str, BaseException] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        if call.excinfo is not None:
            self.errors[call.when] = call.excinfo.value


class TestUser(BrowserUser):
    """Goes through the tests of a file."""

    __test__ = False
    abstract = True
    file: Path
    _tests: Tests | None = None

    def run_test(self, name: str, page: Any) -> None:
        """One test."""
        if self._tests is None:
            self._tests = Tests(self.file)
        self._tests.run(name, vars(self)["world"])

    def on_stop(self) -> None:
        """The session's own fixtures end with the user."""
        if self._tests is not None:
            self._tests.end()


def class_of_tests(file: Path) -> type[BrowserUser]:
    """The user class of a test file.

    Raises:
        BringUpError: pytest cannot collect its tests.
    """
    spec = user_of_tests(file)
    members: dict[str, Any] = {"file": file, "abstract": False}
    for number, journey in enumerate(spec.journeys):
        members[f"test_{number}"] = _journey(journey.name)
    return type(user_name(file), (TestUser,), members)


def _journey(name: str) -> Callable[..., None]:
    def act(user: TestUser, page: Any) -> None:
        user.run_test(name, page)

    setattr(act, MARK, JourneyMark(name, 1, frozenset(), act))
    return act


def _name(item: Any) -> str:
    name: str = item.nodeid.split("::", 1)[1].replace("::", ".")
    return name.replace("[", " (", 1)[:-1] + ")" if name.endswith("]") else name


def _as_exception(error: BaseException | None, report: Any) -> BaseException:
    if isinstance(error, Exception):
        return error
    return AssertionError(str(error) if error is not None else report.longreprtext)
