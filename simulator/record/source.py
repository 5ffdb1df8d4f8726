"""What readings are read from, besides services and workers."""

GENERATOR = "generator"
"""The processes that make the load, all together."""
MACHINE = "machine"
"""The machine that they run on."""
NO_SERVICES = (GENERATOR, MACHINE)
