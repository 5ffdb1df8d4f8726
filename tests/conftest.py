from hypothesis import settings

pytest_plugins = ["tests.servers.fixtures"]

# A shared machine pauses tests at will; what a property proves does not depend on the clock.
settings.register_profile("quiet", deadline=None, derandomize=True)
settings.load_profile("quiet")
