"""Inputs that are almost right: valid ones with a few edits, which reach deeper than noise."""

import copy

from hypothesis import strategies as st

SCRAPS = [
    "",
    " ",
    "\n",
    "\t",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!!python/object/apply:os.system [x]",
    "<<: *a",
    "null",
    "~",
    "true",
    "no",
    "-1",
    "0",
    "1e308",
    "9" * 40,
    "nan",
    "inf",
    "${X}",
    "${X:-",
    "$${",
    "'",
    '"',
    "|",
    ">",
    "%",
    "#",
    "\\",
    "\x00",
    "\x1b[31m",
    "\ud7ff",
    "\ufeff",
    "\u202e",
    "ä",
    "💥",
    "a" * 500,
    "[" * 60,
    "{a: " * 60,
    "../..",
    "1s",
    "5%",
    "p95",
    "p100",
    "p99.999999",
    "<",
    ">=",
    "every",
    "within 1 s",
    "rises",
    "10/s to",
    "1:30",
    "0x10",
    "__proto__",
]
JUNK = [
    None,
    True,
    False,
    0,
    -1,
    1,
    10**30,
    -(10**30),
    1.5,
    1e308,
    -0.0,
    "",
    "a",
    "../../etc/passwd",
    "\x00",
    "\ud800",
    "x" * 3000,
    "2026-13-45",
    "application/json",
    "http://[",
    "{a}",
    "#/components/x",
    [],
    {},
    [[]],
    [None],
    {"a": {}},
    {"": None},
    {"$ref": "#/"},
    {"$ref": "#/paths"},
    ["a"] * 50,
]


@st.composite
def edited_text(draw, originals):
    """A valid text with up to six edits: something cut out, put in, doubled or exchanged."""
    text = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(0, 6))):
        at, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        end = min(end, at + 30)
        kind = draw(st.integers(0, 3))
        scrap = draw(st.sampled_from(SCRAPS)) if kind != 3 else draw(st.text(max_size=5))
        text = text[:at] + (scrap if kind else "") + text[end if kind < 2 else at :]
    return text


@st.composite
def edited_value(draw, originals):
    """A valid JSON value in which up to four places hold something else, or are gone."""
    value = copy.deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 4))):
        holder, key = None, None
        here = value
        for _ in range(draw(st.integers(1, 12))):
            if not isinstance(here, dict | list) or not here:
                break
            keys = list(here) if isinstance(here, dict) else range(len(here))
            holder, key = here, draw(st.sampled_from(list(keys)))
            here = holder[key]
        if holder is None:
            value = copy.deepcopy(draw(st.sampled_from(JUNK)))
        elif draw(st.integers(0, 3)) == 0:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    return value


@st.composite
def edited_bytes(draw, originals):
    """Valid bytes with up to eight edits."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            del content[at : at + draw(st.integers(1, 40))]
        elif kind == 1:
            content[at:at] = draw(st.binary(max_size=8))
        elif kind == 2 and content:
            content[at] = draw(st.integers(0, 255))
        else:
            content[at:at] = content[at : at + 40]
    return bytes(content)
