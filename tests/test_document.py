from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.document import MOST_BYTES, parse_document, read_document
from simulator.errors import FileError
from simulator.node import Node, Problems


def parse(text: str, **environ: str) -> tuple[Node, Problems]:
    problems = Problems()
    return parse_document(text, "f.yaml", environ=environ, problems=problems), problems


def found(problems: Problems) -> list[str]:
    return [str(problem) for problem in problems.found]


@pytest.mark.fault(22, "`no`, `1:30`, `0123`, `1e3`", "stay text until somebody asks for a number")
def test_scalars_stay_text():
    node, problems = parse("[no, 1:30, 0123, 1e3, 12:30:45, 0x10, yes, 2020-01-01, .5]")
    assert [item.text() for item in node.items()] == [
        "no", "1:30", "0123", "1e3", "12:30:45", "0x10", "yes", "2020-01-01", ".5",
    ]  # fmt: skip
    assert not problems


def test_every_value_knows_its_place():
    node, _ = parse("a: 1\nb:\n  - x\n  - {c: 'y'}\n")
    b = node.mapping()["b"]
    assert [(item.line, item.column) for item in b.items()] == [(3, 5), (4, 5)]
    c = b.items()[1].mapping()["c"]
    assert (c.line, c.column, c.text()) == (4, 9, "y")


def test_typed_accessors_parse_base_units():
    node, problems = parse("{d: 1m 30s, r: 300/m, s: 10 MB, p: 1%, n: -2.5, i: 7, b: true, e: null}")
    m = node.mapping()
    assert m["d"].duration() == 90
    assert m["r"].rate() == 5
    assert m["s"].size() == 10_000_000
    assert m["p"].share() == 0.01
    assert m["n"].number() == -2.5
    assert m["i"].integer() == 7
    assert m["b"].boolean() is True
    assert node.get("e") is None
    assert node.get("missing") is None
    assert not problems


@pytest.mark.fault(21, "mistakes in YAML", "all found at once, with their places")
def test_all_mistakes_are_found_at_once_with_their_places():
    node, problems = parse("users: many\nduratoin: 3s\nrate: 3\nmeasured: yes\nusers: 4\n")
    m = node.mapping(known=("users", "duration", "rate", "measured"), required=("duration", "max"))
    m["users"].integer()
    m["rate"].rate()
    m["measured"].boolean()
    with pytest.raises(FileError) as raised:
        problems.raise_if_any()
    assert str(raised.value).splitlines() == [
        "f.yaml:1:1: 'max' is missing",
        "f.yaml:1:8: 'many' is not a whole number; write it like 3",
        "f.yaml:2:1: unknown key 'duratoin' (did you mean 'duration'?)",
        "f.yaml:3:7: '3' is not a rate; write it like 20/s or 300/m",
        "f.yaml:4:11: 'yes' is neither true nor false",
        "f.yaml:5:1: the key 'users' is here twice (first in line 1)",
    ]


def test_the_wrong_kind_of_value_is_a_mistake_and_reading_goes_on():
    node, problems = parse("[1, [2], {a: 1}]")
    assert node.mapping() == {}
    assert node.items()[1].text("-") == "-"
    assert node.items()[0].items() == ()
    assert found(problems) == [
        "f.yaml:1:1: expected a mapping (lines of `key: value`), found a list",
        "f.yaml:1:5: expected text, found a list",
        "f.yaml:1:2: expected a list (lines that begin with `- `), found text",
    ]


def test_variables_are_put_in_when_they_are_read():
    text = "{a: 'http://${HOST}:${PORT:-80}', b: '$${HOST}', c: '${UNSET}', d: '${EMPTY:-x}', e: '${NOT_READ}'}"
    node, problems = parse(text, HOST="shop", EMPTY="")
    m = node.mapping()
    assert m["a"].text() == "http://shop:80"
    assert m["b"].text() == "${HOST}"
    assert m["d"].text() == "x"
    assert not problems
    assert m["c"].integer(default=3) == 3
    assert found(problems) == [
        "f.yaml:1:53: the environment variable UNSET is not set (set it, or write ${UNSET:-default})"
    ]


def test_a_place_inside_a_scalar_is_exact_also_in_quotes():
    node, problems = parse("- abc def\n- 'abc def'\n- >\n  abc\n  def\n- \"a\\tb c\"\n")
    for item in node.items():
        item.problem("here", at=4)
    assert [(p.line, p.column) for p in problems.found] == [(1, 7), (2, 8), (3, 3), (6, 3)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2\nb: 3\n", "f.yaml:2:2: this is not YAML"),
        ("a:\n\tb: 1\n", "YAML is indented with spaces, not with tabs"),
        ("a: !!python/object/apply:os.system [ls]", "f.yaml:1:4: the tag 'tag:yaml.org,2002:python/object"),
        ("a: !x 1", "the tag '!x' is not allowed"),
        ("a: *nowhere", "f.yaml:1:4: the alias *nowhere has no anchor before it"),
        ("a: &a [*a]", "f.yaml:1:8: the alias *a contains itself"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins here (one document a file)"),
        ("a: \x00", "f.yaml:1:4: the character U+0000 is not allowed in YAML"),
        ("a: \ud800", "the character U+D800 is not allowed"),
        ("? [a]\n: 1", "f.yaml:1:3: a key must be text, found a list"),
        ("[" * 3000, "f.yaml:1:51: nested more than 50 levels deep"),
        ("a: &a 1\nb: [" + "*a, " * 201 + "]", "more than 200 aliases"),
        ("[" + "1, " * 100_001 + "]", "more than 100,000 values"),
    ],
)  # fmt: skip
@pytest.mark.fault(21, "what is no YAML, has tags, or keys twice", "one problem with its place")
def test_what_cannot_be_read_is_one_problem_with_its_place(text, message):
    node, problems = parse(text)
    assert len(problems.found) == 1
    assert message in str(problems.found[0])
    assert node.kind in ("nothing", "mapping")


@pytest.mark.fault(23, "a bomb of aliases", "refused while it is read: limits on depth, values and aliases")
def test_a_bomb_of_aliases_is_refused_before_anybody_walks_it():
    lines = ["a0: &a0 [" + ", ".join(["x"] * 10) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 10)]
    _, problems = parse("\n".join(lines))
    assert "counting what aliases repeat" in str(problems.found[0])


def test_quoted_nothing_is_text_with_either_parser(monkeypatch):
    for loader in (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        monkeypatch.setattr("simulator.document._LOADER", loader)
        node, problems = parse("['', '~', 'null', '1', ~, null]")
        assert [item.kind for item in node.items()] == ["text"] * 4 + ["nothing"] * 2
        assert node.items()[3].column == 19
        assert not problems


def test_merge_keys_fill_in_what_is_not_there():
    node, problems = parse("base: &base {a: 1, b: 2}\nmine: {<<: *base, b: 3}\n")
    mine = node.mapping()["mine"]
    assert {key: value.text() for key, value in mine.mapping().items()} == {"a": "1", "b": "3"}
    assert not problems


def test_files_that_cannot_be_read_are_problems(tmp_path: Path):
    (tmp_path / "big.yaml").write_bytes(b"#" * (MOST_BYTES + 1))
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")
    problems = Problems()
    for name in ("none.yaml", "big.yaml", "latin.yaml", "."):
        assert read_document(tmp_path / name, environ={}, problems=problems).kind == "nothing"
    ends = [str(problem).removeprefix(str(tmp_path)) for problem in problems.found]
    assert ends == [
        "/none.yaml: cannot be read: No such file or directory",
        "/big.yaml: is larger than 1 MB",
        "/latin.yaml:2:7: is not UTF-8 text",
        ": cannot be read: Is a directory",
    ]
    with pytest.raises(FileError):
        read_document(tmp_path / "none.yaml", environ={})


def test_an_empty_file_is_nothing():
    node, problems = parse("# only a comment\n")
    assert node.kind == "nothing"
    assert not problems


@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}'\"#&*!|> \n\t,?%$0")), max_size=60))
def test_any_text_is_read_or_refused_but_never_crashes(text):
    node, problems = parse(text)
    assert isinstance(node.plain(), str | list | dict | None)
    for problem in problems.found:
        assert problem.message


PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="$"), max_size=8)
KEYS = st.text("abc", min_size=1, max_size=3)


@given(st.recursive(PRINTABLE, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=3), max_leaves=12))
def test_what_yaml_writes_is_read_back(value):
    node, problems = parse(yaml.safe_dump(value, default_style='"'))
    assert not problems
    assert node.plain() == value
