import pytest
from gevent.monkey import is_module_patched
from hypothesis import settings

pytest_plugins = ["tests.servers.fixtures"]

# A shared machine pauses tests at will; what a property proves does not depend on the clock.
settings.register_profile("quiet", deadline=None, derandomize=True)
settings.load_profile("quiet")


@pytest.fixture(autouse=True)
def nothing_is_patched():
    """What gevent patches stays patched, so whatever needs that has a process of its own."""
    yield
    assert not is_module_patched("socket"), "this test has patched the whole test process for gevent"
