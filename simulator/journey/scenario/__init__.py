"""Journeys in plain YAML, for those who write no Python: a file is a user class, its journeys are lists of steps."""
