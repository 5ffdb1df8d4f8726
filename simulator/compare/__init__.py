"""Runs and builds, compared."""
