"""Pact files: read with places, written in versions 3 and 4."""
