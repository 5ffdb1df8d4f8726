"""JSON Schemas of the YAML files that people write, for completion and checks in editors.

The keys come from the readers themselves: one that a reader learns, and that has no shape here, is an error when the
schemas are made, and a test compares what is made with what is published beside this file.
"""
