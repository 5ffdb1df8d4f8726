"""Journey files: found, imported, and read for the names of their steps."""

from __future__ import annotations

import ast
import importlib.util
import linecache
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from simulator.errors import BringUpError, FileError, UsageError
from simulator.plan.contract_file import is_contract
from simulator.plan.pytest_file import is_called_test, is_test_file, may_use_a_browser

_JOURNEYS = re.compile(r"^journeys:", re.MULTILINE)
_OURS = Path(__file__).resolve().parent.parent


def journey_files(paths: Sequence[Path]) -> list[Path]:
    """The journey files that these files, folders, patterns and packages stand for, absolute, in order, each once.

    Folders are searched to any depth; names that begin with a dot or an underscore, `conftest.py`, and tests that use
    no browser are passed over. Contracts are among what is found. What is no path is a pattern such as
    `journeys/**/*_shop.py`, or a module or package that can be imported, by its dotted name.

    Raises:
        UsageError: a path does not exist, or a file is no journey file.
    """
    found: dict[Path, None] = {}
    for path in (file for word in paths for file in _meant(word)):
        if path.is_file() and path.suffix != ".py" and not is_scenario(path) and not is_contract(path):
            hint = "journeys are Python files, or YAML with `journeys:`; contracts are Pact files, or YAML, or OpenAPI"
            raise UsageError(f"{path} is not a Python file", hint=hint)
        found.update(dict.fromkeys([path.resolve()] if path.is_file() else _inside(path.resolve())))
    return list(found)


def _meant(path: Path) -> list[Path]:
    """The files and folders that a word means."""
    if path.exists():
        return [path]
    if any(sign in str(path) for sign in "*?["):
        root = Path(path.anchor)
        found = sorted(root.glob(str(path.relative_to(root))))
    else:
        found = _package(str(path))
    if not found:
        raise UsageError(f"{path} does not exist", hint="name a journey file, a folder of them, a pattern or a package")
    return found


def _package(name: str) -> list[Path]:
    """The file of a module, or the folders of a package; nothing when there is none of that name."""
    if not all(part.isidentifier() for part in name.split(".")):
        return []
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        spec = importlib.util.find_spec(name)
    except ImportError:
        return []
    if spec is None:
        return []
    return [Path(folder) for folder in spec.submodule_search_locations or ()] or [Path(spec.origin or "")]


def _inside(folder: Path) -> Iterator[Path]:
    for file in sorted(file for suffix in ("*.py", "*.y*ml", "*.json") for file in folder.rglob(suffix)):
        parts = file.relative_to(folder).parts
        if any(part.startswith((".", "_")) for part in parts) or file.name == "conftest.py":
            continue
        is_test = is_test_file(file) and may_use_a_browser(file)
        if is_test if is_called_test(file) else can_act(file):
            yield file


def can_act(file: Path) -> bool:
    """Whether a file that is no test may hold journeys, or is a contract."""
    return file.suffix == ".py" or is_scenario(file) or is_contract(file)


def is_scenario(path: Path) -> bool:
    """Whether a file is a YAML file of journeys."""
    if path.suffix not in (".yaml", ".yml"):
        return False
    try:
        return _JOURNEYS.search(path.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


def import_file(path: Path) -> ModuleType:
    """The module of a journey file; its folder can be imported from, as if it were run there.

    Raises:
        BringUpError: the file cannot be imported; the author's own traceback is its detail.
    """
    name = "_".join(("journey_file", *path.with_suffix("").parts[-2:]))
    if name in sys.modules and getattr(sys.modules[name], "__file__", None) == str(path):
        return sys.modules[name]
    for folder in (str(path.parent), str(Path.cwd())):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    if path.suffix != ".py":
        return _scenario(path, name)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    words, sys.argv = sys.argv, [str(path)]  # those of the command line are not meant for the file
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        message = f"{shown(path)} cannot be imported: {type(error).__name__}: {error}"
        raise BringUpError(message, detail=author_traceback(error)) from error
    finally:
        sys.argv = words
    return module


def _scenario(path: Path, name: str) -> ModuleType:
    from simulator.journey.scenario.reading import module_of

    try:
        sys.modules[name] = module_of(path, name)
    except FileError as error:
        raise BringUpError(str(error), hint=error.hint) from error
    return sys.modules[name]


def author_traceback(error: BaseException) -> str:
    """The traceback of an error without the frames that are ours or the import machinery's."""
    linecache.checkcache()
    trace = traceback.TracebackException.from_exception(error)
    kept = [frame for frame in trace.stack if not _is_inner(frame.filename)]
    trace.stack = traceback.StackSummary.from_list(kept)
    return "".join(trace.format(chain=False)).rstrip()


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


@lru_cache(maxsize=64)
def step_names(path: Path) -> dict[int, tuple[list[str], bool]]:
    """First line of each function of a file → names of the steps written in it, and whether those are all."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[first] = _steps_in(node)
    return found


@lru_cache(maxsize=64)
def takes_of(path: Path) -> dict[int, dict[str, int]]:
    """First line of each function of a file → feeders that it takes rows of, and how many, as far as they are named."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[first] = dict(Counter(_feeders_in(node)))
    return found


@lru_cache(maxsize=64)
def secrets_named_in(path: Path) -> frozenset[str]:
    """Variables of the environment that a file reads with `secret("NAME")`; none in what is no Python."""
    if path.suffix != ".py":
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    asked = (node.args[0] for node in calls if getattr(node.func, "id", getattr(node.func, "attr", "")) == "secret")
    return frozenset(str(name.value) for name in asked if isinstance(name, ast.Constant))


def _feeders_in(function: ast.AST) -> Iterator[str]:
    """`self.data.take("accounts")` and `self.data.lease("accounts")`."""
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        asked, name = node.func, node.args[0]
        of_data = isinstance(asked.value, ast.Attribute) and asked.value.attr == "data"
        if of_data and asked.attr in ("take", "lease") and isinstance(name, ast.Constant):
            yield str(name.value)


def _steps_in(function: ast.AST) -> tuple[list[str], bool]:
    names, all_known = [], True
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "step":
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                names.append(name.value)
            else:
                all_known = False
    return list(dict.fromkeys(names)), all_known and bool(names)


def _is_inner(filename: str) -> bool:
    return filename.startswith("<") or Path(filename).is_relative_to(_OURS)
