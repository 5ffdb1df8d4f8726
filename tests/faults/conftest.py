from tests.command_line import *  # noqa: F403 - its fixtures
