"""Kinds of fields, one file each.

A kind has `draw(random, count)`, which makes values, and `wrong(value)`, which says what is wrong with a value from
elsewhere. A *ranked* one can count its values through (`size`, `at(rank)`), so that they can be told apart by numbers.
A derived one makes them from other fields of the row (`needs`, `derive(columns)`).
"""
