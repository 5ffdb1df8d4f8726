"""Takes a user through one journey, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable

from simulator.journey.track import OUTSIDE, Track
from simulator.journey.trouble import JourneyEnd


def perform(
    track: Track, journey: str, act: Callable[[], object], planned_s: float | None = None, phase: str = ""
) -> bool:
    """Run a journey and record how it went; what goes wrong in it is recorded, not raised.

    Args:
        track: the user's.
        journey: the journey's name.
        act: the journey, bound to its user (and page).
        planned_s: when it was meant to begin, on the recorder's clock; `None` for now.
        phase: the phase in which it was meant to begin; empty text for the present one.

    Returns:
        Whether it went well.

    Raises:
        BaseException: what is not an `Exception` cut the journey off, what is among `track.through` steers its user;
            both are recorded as what they are and raised again.
    """
    track.begin(journey, planned_s, phase)
    try:
        act()
    except track.through:
        track.end()
        raise
    except JourneyEnd:
        pass
    except Exception as error:
        track.stumble(error)
    except BaseException:
        track.cut_off()
        raise
    went_well = not track.failed and track.trouble is None
    track.end()
    return went_well


def prepare(track: Track, doing: str, act: Callable[[], object]) -> bool:
    """Run `on_start` or `on_stop`: what happens there is recorded under that name, but it is no journey.

    Returns:
        Whether it went well.
    """
    track.rest(doing)
    track.ends = True
    try:
        act()
    except track.through:
        raise
    except JourneyEnd:
        track.failed = True
    except Exception as error:
        track.stumble(error)
    finally:
        track.count_trouble()
        went_well = not track.failed
        track.rest(OUTSIDE)
    return went_well
