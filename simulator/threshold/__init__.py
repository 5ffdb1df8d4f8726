"""Thresholds: the language, its scopes, and the judge that turns measurements into rulings and a verdict."""
