"""A recording of the shop stands in for it: the same browser journey passes against the recording alone."""

import signal
from contextlib import contextmanager

import pytest

from simulator.virtual import virtual_service

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("browser")]


@contextmanager
def serving(project, *words, number=signal.SIGTERM):
    """A command that prints its address, until it is stopped."""
    process = project.start(*words)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err


def test_the_browser_journey_passes_against_the_recording_alone(shop_project):
    drive = ("run", "journeys", "--users", "Visitor=1", "--duration", "6s", "--host")
    with serving(shop_project, "demo", "serve") as shop:
        recorder = ("virtual", "record", "--target", shop, "--out", "shop.yaml")
        with serving(shop_project, *recorder, number=signal.SIGINT) as url:
            recorded = shop_project.run(*drive, url)
    assert recorded.code == 0, recorded.out + recorded.err

    with virtual_service(shop_project.folder / "shop.yaml") as alone:
        replayed = shop_project.run(*drive, alone.url)
        unmatched = alone.unmatched()

    assert replayed.code == 0, replayed.out + replayed.err
    document = shop_project.document()
    assert document["errors"] == []
    assert unmatched == []
    assert next(row for row in document["series"] if row["level"] == "journey")["count"] >= 1
