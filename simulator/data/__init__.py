"""Test data: described, made the same on every machine, checked, put in, leased out and taken away again."""
