"""Locust's own examples under `locust` and under `simulator run`, side by side."""
