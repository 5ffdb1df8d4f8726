"""Where users stay: which room each journey gets, and what becomes of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from simulator.engine.browser.actor import Actor
from simulator.engine.browser.browsers import Browsers, Launch, Running
from simulator.engine.browser.fibers import Fibers
from simulator.engine.browser.locate import Browser
from simulator.engine.browser.room import Room


class Lodging:
    """Hands out rooms.

    Args:
        fibers: those of the driver's loop.
        browsers: where rooms are.
        devices: Playwright's list.
        kinds: user class → which browser it uses.
    """

    def __init__(self, fibers: Fibers, browsers: Browsers, devices: Any, kinds: Mapping[str, Browser]) -> None:
        self._fibers = fibers
        self._browsers = browsers
        self._devices = devices
        self._kinds = kinds

    def launch(self, actor: Actor) -> Launch:
        """How the user's browser is started."""
        hosts = [urlsplit(actor.base_url).netloc]
        return Launch.of(self._kinds[actor.name], actor.options, hosts, f"{actor.name} {actor.number}")

    def enter(self, actor: Actor) -> Room:
        """A room for one journey.

        Raises:
            BrowserGone: the browser does not start.
            playwright.sync_api.Error: it died just now.
        """
        running = self._browsers.get(self.launch(actor))
        running.begun += 1
        running.guests += 1  # from now on it is not closed, though it may be retired while the room is made
        try:
            return self._room(actor, running)
        except BaseException:
            running.guests -= 1
            self._browsers.leave(running)
            raise

    def _room(self, actor: Actor, running: Running) -> Room:
        state = actor.state
        if actor.room is not None and actor.room.running is running:
            room = actor.room
            room.renew_page()
        else:
            if actor.room is not None and actor.room.running.lives:
                state = actor.room.context.storage_state()
                actor.room.close()
            actor.room = None
            idle = running.idle.get(actor.name)
            room = idle.pop() if idle else self._new(actor, running, state)
        return room

    def leave(self, actor: Actor, room: Room, went_well: bool) -> None:
        """The journey is over."""
        running = room.running
        try:
            self._keep_or_close(actor, room, went_well)
        finally:
            running.guests -= 1
            self._browsers.leave(running)

    def release(self, actor: Actor) -> None:
        """The user ends, and what it had to itself with it."""
        if actor.room is not None:
            actor.room.close()
            actor.room = None
        self._browsers.release(f"{actor.name} {actor.number}")

    def _keep_or_close(self, actor: Actor, room: Room, went_well: bool) -> None:
        kept = actor.options.context if not room.running.retired else "fresh"
        if kept == "persistent":
            room.close_pages()
            actor.room = room
        elif kept == "reset" and went_well and actor.state is None and room.empty():
            room.running.idle.setdefault(actor.name, []).append(room)
        else:
            room.close()

    def _new(self, actor: Actor, running: Running, state: Any) -> Room:
        return Room(self._fibers, running, actor.options, actor.base_url, self._devices, state, actor.more)

    def change(self, actor: Actor, room: Room, more: dict[str, Any]) -> Room:
        """Another room in the same browser, with more options; from now on the user always gets such a one."""
        actor.more = more
        changed = self._new(actor, room.running, actor.state)
        room.close()
        return changed
