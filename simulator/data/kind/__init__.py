"""Kinds of fields, one file each."""
