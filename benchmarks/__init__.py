"""Measurements against peers in the same run; ratios, never absolute times."""
