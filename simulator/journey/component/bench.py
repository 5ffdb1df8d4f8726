"""Where cases are worked on: in the greenlet that asks, in native threads, or in processes of their own."""

from __future__ import annotations

import importlib.util
import pickle
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from simulator.errors import BringUpError
from simulator.journey.component.case import Case
from simulator.journey.component.double import Doubles, double_spec
from simulator.journey.component.pipeline import Passage, Pipeline, passed
from simulator.journey.trouble import tell

Place = Literal["greenlet", "thread", "process"]
PLACES: tuple[Place, ...] = ("greenlet", "thread", "process")
Like = Callable[[Any], Callable[[], float]]
_LENGTH = struct.Struct("!Q")


class Bench(Protocol):
    """Works on cases."""

    def work(self, case: Case) -> Passage:
        """One case, to its end; blocks only the greenlet that asks."""

    def close(self) -> None:
        """No more."""


class Workshop:
    """A pipeline that has been set up.

    Args:
        pipeline: what is executed.
        like: makes latencies of what doubles are said to be like; `None` without a recording.
    """

    def __init__(self, pipeline: Pipeline, like: Like | None = None) -> None:
        self._ready = [(component.name, component.ready()) for component in pipeline.components]
        self._like = like

    def work(self, case: Case) -> Passage:
        """One case, here and now; whatever goes wrong in it is in what comes back."""
        try:
            specs = [double_spec(target, said, self._like) for target, said in case.mocks.items()]
            with Doubles(specs) as doubles:
                passage = passed(self._ready, case.input, dict(case.arguments) if case.arguments is not None else None)
                passage.calls, passage.problems = doubles.calls(), doubles.problems()
        except Exception as error:
            passage = Passage(error=error)
        if passage.error is not None:
            passage.told = tell(passage.error)
        return passage


class HereBench:
    """Works in the greenlet that asks."""

    def __init__(self, workshop: Workshop) -> None:
        self.work = workshop.work

    def close(self) -> None:
        """Nothing to end."""


class ThreadBench:
    """Works in native threads, so that what blocks holds up nobody else.

    Args:
        workshop: the pipeline.
        size: how many at once.
    """

    def __init__(self, workshop: Workshop, size: int) -> None:
        self._workshop = workshop
        self._pool = ThreadPool(size)

    def work(self, case: Case) -> Passage:
        """One case, in a thread."""
        found: Passage = self._pool.apply(self._workshop.work, (case,))
        return found

    def close(self) -> None:
        """End the threads."""
        self._pool.kill()


class ProcessBench:
    """Works in processes of their own, over as many cores as there are.

    Args:
        file: the journey file that defines the class.
        name: the class.
        size: how many at once.
    """

    def __init__(self, file: Path, name: str, size: int) -> None:
        self._free: list[_Child] = [_Child(file, name) for _ in range(size)]
        self._every = list(self._free)
        self._places = BoundedSemaphore(size)

    def work(self, case: Case) -> Passage:
        """One case, in a process."""
        with self._places:
            child = self._free.pop()
            try:
                return child.ask(case.name)
            finally:
                self._free.append(child)

    def close(self) -> None:
        """End the processes."""
        for child in self._every:
            child.close()


class _Child:
    """A process that works on cases of one class, at the other end of a pair of sockets."""

    def __init__(self, file: Path, name: str) -> None:
        self._here, there = socket.socketpair()
        with there:
            command = [sys.executable, "-m", "simulator.journey.component.bench", str(file), name, str(there.fileno())]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, pass_fds=[there.fileno()])

    def ask(self, case: str) -> Passage:
        """One case, by its name."""
        try:
            _send(self._here, pickle.dumps(case))
            found: Passage = pickle.loads(_receive(self._here))
        except OSError as error:
            return Passage(error=BringUpError(f"the process that works on components is gone: {error}"))
        return found

    def close(self) -> None:
        self._here.close()
        self._process.terminate()
        self._process.wait()


def _send(connection: socket.socket, content: bytes) -> None:
    connection.sendall(_LENGTH.pack(len(content)) + content)


def _receive(connection: socket.socket) -> bytes:
    [length] = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    return _exactly(connection, length)


def _exactly(connection: socket.socket, length: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < length:
        piece = connection.recv(min(length - len(pieces), 1 << 20))
        if not piece:
            raise OSError("it ended")
        pieces += piece
    return bytes(pieces)


def main(file: str, name: str, descriptor: str) -> None:
    """Work on cases until nobody asks any more."""
    with socket.socket(fileno=int(descriptor)) as connection:
        connection.setblocking(True)  # it came from a process whose sockets never block
        user_class = loaded(Path(file), name)
        workshop = Workshop(user_class.pipeline, user_class.like())
        by_name: Mapping[str, Case] = {case.name: case for case in user_class.all_cases()}
        while True:
            try:
                case = pickle.loads(_receive(connection))
            except OSError:
                return
            _send(connection, _portable(workshop.work(by_name[case])))


def _portable(passage: Passage) -> bytes:
    """A passage as bytes; results and errors that cannot travel go as texts."""
    try:
        content = pickle.dumps(passage)
        pickle.loads(content)
    except Exception:
        error = passage.error
        passage.error = None if error is None else RuntimeError(f"{type(error).__name__}: {error}")
        passage.result = repr(passage.result)
        passage.stages = [_texts(stage) for stage in passage.stages]
        content = pickle.dumps(passage)
    return content


def _texts(stage: Any) -> Any:
    return type(stage)(stage.component, stage.took_s, stage.given, repr(stage.result))


def loaded(file: Path, name: str) -> Any:
    """The class of a journey file, which is imported under the name that it has elsewhere too."""
    module_name = "_".join(("journey_file", *file.with_suffix("").parts[-2:]))
    for folder in (str(file.parent), str(Path.cwd())):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(module_name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return getattr(module, name)


if __name__ == "__main__":
    main(*sys.argv[1:4])
