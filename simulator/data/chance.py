"""Where chance comes from: seeds from names, numbers shuffled without a table, two numbers as one."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimesis.random import Random

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ROUNDS = 4


def digest(*parts: object) -> int:
    """A number of 64 bits that follows from these parts, on every machine."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def random_of(*parts: object) -> Random:
    """A source of chance that follows from these parts; mimesis's, which is Python's with a few methods more."""
    from mimesis.random import Random  # four megabytes, for those who make data

    return Random(digest(*parts))


def permuted(number: int, size: int, key: int) -> int:
    """The number that takes this number's place when 0 … size-1 are shuffled; each comes up once.

    A Feistel network over the next even power of two, walked on until it falls inside (Black and Rogaway, "Ciphers with
    Arbitrary Finite Domains", 2002). It needs no memory, so every worker can ask for any place.

    Args:
        number: from 0 to `size` - 1.
        size: how many there are.
        key: which shuffle.

    Raises:
        ValueError: the number is not inside.
    """
    if not 0 <= number < size:
        raise ValueError(f"{number} is not below {size}")
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    while True:
        left, right = number >> half, number & mask
        for turn in range(_ROUNDS):
            left, right = right, left ^ (_mixed(right, key + turn) & mask)
        number = left << half | right
        if number < size:
            return number


def _mixed(value: int, key: int) -> int:
    """A well-mixed number of 64 bits (the finaliser of splitmix64; wider values are folded first)."""
    mixed = key & 0xFFFFFFFFFFFFFFFF
    while True:
        mixed = (mixed ^ (value & 0xFFFFFFFFFFFFFFFF)) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        mixed ^= mixed >> 31
        value >>= 64
        if not value:
            return mixed


def paired(first: int, second: int) -> int:
    """One number for two, none given twice and none left out (Szudzik, "An Elegant Pairing Function", 2006)."""
    return first * first + first + second if first >= second else second * second + first


def in_base_36(number: int) -> str:
    """A number from 0 in digits and letters."""
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if not number:
            return text
