"""A browser user as it lives in the host."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from simulator.engine.browser.track import BrowserTrack
from simulator.errors import BringUpError
from simulator.journey.browser_user import BrowserUser
from simulator.journey.mark import JourneyMark, journeys_of
from simulator.journey.perform import prepare
from simulator.journey.place import Map
from simulator.plan.journey_file import import_file


class Actor:
    """One user: the author's object, where it is on its way, and where it goes.

    Args:
        cls: the author's class.
        number: which of its users.
        places: those of the host.
        base_url: where it goes.
    """

    def __init__(self, cls: type[BrowserUser], number: int, places: Map, base_url: str) -> None:
        self.track = BrowserTrack(places, cls.__name__)
        self.user = cls(number, self.track, base_url)
        self.user.__dict__["step"] = self.track.step  # here, a step is an operation by itself
        self.base_url = base_url
        self.journeys: dict[str, JourneyMark] = journeys_of(cls)
        self.start = partial(prepare, self.track, "on_start", self.user.on_start)
        self.leave = partial(prepare, self.track, "on_stop", self.user.on_stop)


def user_classes(files: dict[str, str]) -> dict[str, type[BrowserUser]]:
    """The browser user classes of journey files, by name.

    Args:
        files: name of the class → journey file.

    Raises:
        BringUpError: a file cannot be imported here, or the class is not in it.
    """
    found = {}
    for name, file in files.items():
        module = import_file(Path(file))
        classes = [cls for cls in vars(module).values() if isinstance(cls, type) and cls.__name__ == name]
        if not classes or not issubclass(classes[0], BrowserUser):
            raise BringUpError(f"{file} has no browser user {name} in the browser host's process")
        found[name] = classes[0]
    return found
