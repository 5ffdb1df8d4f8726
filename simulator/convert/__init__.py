"""Journeys from recordings and descriptions, thresholds from other tools' files: text from values, nothing is run."""
