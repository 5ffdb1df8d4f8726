"""Which items are meant: `--select "checkout and not slow"`.

expression ::= conjunction { "or" conjunction }
conjunction ::= negation { ["and"] negation }
negation   ::= "not" negation | "(" expression ")" | term
term       ::= [ key ":" ] pattern                       shell wildcards; quotes around what has spaces
key        ::= "tag" | "name" | "user" | "kind" | "level" | "owner" | "requirement" | "tier" | "touches" | "file"

A pattern without a key means a tag, or the name of a journey, a user class, or both (`Shopper.buy_a_lamp`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from simulator.errors import UsageError, did_you_mean
from simulator.plan.item import Item

Test = Callable[[Item], bool]
_TOKEN = re.compile(r"\s*(?:(\()|(\))|((?:[^\s()\"':]+:)?(?:\"[^\"]*\"|'[^']*'|[^\s()\"']+)))")
_FIELDS: dict[str, Callable[[Item], Iterable[str]]] = {
    "tag": lambda item: item.tags,
    "name": lambda item: (item.name, item.journey),
    "user": lambda item: (item.user,),
    "kind": lambda item: (item.kind,),
    "level": lambda item: (item.about.level,),
    "owner": lambda item: (item.about.owner,),
    "requirement": lambda item: (item.about.requirement,),
    "tier": lambda item: (str(item.about.tier),),
    "touches": lambda item: item.about.touches,
    "file": lambda item: (item.file, item.file.rpartition("/")[2]),
}


def selected(items: Iterable[Item], expression: str) -> list[Item]:
    """The items that an expression means, in their order.

    Raises:
        UsageError: the expression cannot be read, or one of its words means nothing among these items.
    """
    every = list(items)
    parser = _Parser(expression, every)
    test = parser.expression()
    parser.end()
    return [item for item in every if test(item)]


class _Parser:
    """Reads an expression from left to right."""

    def __init__(self, text: str, items: Sequence[Item]) -> None:
        self._text = text
        self._items = items
        self._words = list(_tokens(text))
        self._at = 0

    def expression(self) -> Test:
        tests = [self._conjunction()]
        while self._accept("or"):
            tests.append(self._conjunction())
        return lambda item: any(test(item) for test in tests)

    def end(self) -> None:
        if self._at < len(self._words):
            raise self._wrong(f"{self._words[self._at]!r} is not expected here")

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self._accept("and") or self._next() not in (None, "or", ")"):
            tests.append(self._negation())
        return lambda item: all(test(item) for test in tests)

    def _negation(self) -> Test:
        if self._accept("not"):
            test = self._negation()
            return lambda item: not test(item)
        if self._accept("("):
            inner = self.expression()
            if not self._accept(")"):
                raise self._wrong("a bracket is not closed")
            return inner
        return self._term()

    def _term(self) -> Test:
        word = self._next()
        if word is None or word in ("and", "or", ")"):
            raise self._wrong("a word is missing" if word is None else f"{word!r} is not expected here")
        self._at += 1
        key, colon, rest = word.partition(":")
        if colon and key not in _FIELDS:
            raise self._wrong(f"{key!r} is no key", did_you_mean(key, list(_FIELDS)))
        pattern = (rest if colon else word).strip("\"'")
        fields = [_FIELDS[key]] if colon else [_FIELDS["tag"], _FIELDS["name"], _FIELDS["user"]]

        def test(item: Item) -> bool:
            return any(fnmatchcase(value, pattern) for field in fields for value in field(item))

        if self._items and not any(map(test, self._items)):
            known = sorted({value for item in self._items for field in fields for value in field(item) if value})
            raise self._wrong(f"{word!r} means nothing here", did_you_mean(pattern, known[:50]))
        return test

    def _next(self) -> str | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _accept(self, word: str) -> bool:
        if self._next() == word:
            self._at += 1
            return True
        return False

    def _wrong(self, message: str, hint: str | None = None) -> UsageError:
        return UsageError(f"--select {self._text!r}: {message}", hint=hint)


def _tokens(text: str) -> Iterable[str]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise UsageError(f"--select {text!r}: {text[at:].strip()!r} cannot be read", hint="are the quotes closed?")
        yield match[match.lastindex or 0].strip()
        at = match.end()
