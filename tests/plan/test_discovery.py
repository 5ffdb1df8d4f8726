"""Discovery imports journey files, and API users bring gevent along: each case runs in a process of its own."""

import json
import subprocess
import sys
import textwrap

import pytest

from simulator.plan.journey_file import secrets_named_in

PROBE = """
import json, sys
from pathlib import Path
from simulator.engine.patch import patch
patch()
from simulator.errors import SimulatorError
from simulator.plan.journey_file import secrets_named_in
from simulator.plan.discovery import load_cast
try:
    cast = load_cast([Path(word) for word in sys.argv[2:]], tuple(json.loads(sys.argv[1])))
except SimulatorError as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error), "detail": error.detail}))
else:
    print(json.dumps({user.name: {
        "kind": user.kind, "weight": user.weight, "fixed_count": user.fixed_count,
        "journeys": {j.name: [j.weight, sorted(j.tags), list(j.steps), j.steps_known] for j in user.journeys},
    } for user in cast.users}))
"""

SHOP = """
from simulator import ApiUser, BrowserUser, journey, tag, task

class Base(ApiUser):
    abstract = True

    @journey(tags={"shared"})
    def look(self):
        with self.step("look around"):
            self.client.get("/")

class Shopper(Base):
    weight = 9

    @journey(weight=3, tags={"checkout"})
    def buy(self):
        with self.step("find"):
            pass
        with self.step("pay"):
            pass

    @task(2)
    @tag("old")
    def habit(self):
        for name in ("a", "b"):
            with self.step(f"computed {name}"):
                pass

    def helper(self):
        pass

class Visitor(BrowserUser):
    fixed_count = 2

    @journey
    def browse(self, page):
        page.goto("/")
"""


@pytest.fixture
def load(tmp_path):
    def load(files, *paths, tags=()):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(text))
        words = [sys.executable, "-c", PROBE, json.dumps(tags), *(paths or ["."])]
        ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return load


def test_user_classes_and_their_journeys_are_found(load):
    cast = load({"shop.py": SHOP})

    assert list(cast) == ["Shopper", "Visitor"]
    assert cast["Shopper"]["journeys"] == {
        "look": [1, ["shared"], ["look around"], True],
        "buy": [3, ["checkout"], ["find", "pay"], True],
        "habit": [2, ["old"], [], False],
    }
    assert (cast["Visitor"]["kind"], cast["Visitor"]["fixed_count"]) == ("browser", 2)


def test_tags_choose_journeys_and_users_without_any_are_left_out(load):
    assert {name: list(user["journeys"]) for name, user in load({"shop.py": SHOP}, tags=["checkout"]).items()} == {
        "Shopper": ["buy"]
    }


def test_an_unknown_tag_names_those_that_exist(load):
    found = load({"shop.py": SHOP}, tags=["nope"])

    assert found["error"] == "UsageError"
    assert "tags there are: checkout, old, shared" in found["message"]


def test_every_broken_file_is_named_with_the_authors_traceback(load):
    found = load({"a.py": "import missing_module\n", "b.py": "def f():\n    raise KeyError('b')\nf()\n", "c.py": SHOP})

    assert found["error"] == "BringUpError"
    assert "a.py cannot be imported: ModuleNotFoundError" in found["message"]
    assert "b.py cannot be imported: KeyError" in found["message"]
    assert "raise KeyError('b')" in found["detail"]
    assert "journey_file" not in found["detail"]


def test_a_syntax_error_shows_its_line(load):
    found = load({"a.py": "class Broken(:\n"})

    assert "a.py cannot be imported: SyntaxError" in found["message"]
    assert "class Broken(:" in found["detail"]


def test_two_classes_of_one_name_are_refused(load):
    found = load({"a.py": SHOP, "b.py": SHOP})

    assert found["error"] == "UsageError"
    assert "two user classes are called Shopper: in a.py and in b.py" in found["message"]


def test_private_files_and_tests_are_passed_over(load):
    files = {"_draft.py": "1/0", "conftest.py": "1/0", "test_x.py": "1/0", ".hidden/x.py": "1/0", "deep/shop.py": SHOP}

    assert "Shopper" in load(files)


def test_journey_files_may_import_what_lies_beside_them(load):
    files = {
        "pages.py": "SEARCH = 'search'\n",
        "shop.py": SHOP.replace("from simulator", "import pages\nfrom simulator", 1),
    }

    assert "Shopper" in load(files)


@pytest.mark.parametrize(
    ("files", "words", "expected"),
    [
        ({"note.txt": "x"}, ["note.txt"], "not a Python file"),
        ({}, ["nowhere"], "does not exist"),
        ({"folder/readme.md": "x"}, ["folder"], "there is no journey file"),
        ({"empty.py": "x = 1"}, ["empty.py"], "there is no user class"),
        ({"idle.py": "from simulator import ApiUser\nclass Idle(ApiUser): pass\n"}, ["idle.py"], "has a journey"),
    ],
)
def test_nothing_to_run_is_an_error_that_says_why(load, files, words, expected):
    assert expected in load(files, *words)["message"]


def test_locust_users_are_found_with_their_tasks(load):
    cast = load({"locustfile.py": """
        from locust import HttpUser, task

        class Old(HttpUser):
            @task(3)
            def look(self): pass

            @task
            def buy(self): pass
    """})  # fmt: skip

    assert cast["Old"]["kind"] == "locust"
    assert {name: found[0] for name, found in cast["Old"]["journeys"].items()} == {"look": 3, "buy": 1}


@pytest.mark.parametrize("word", ["team/**/*_shop.py", "team.shops", "team.shops.big_shop"])
def test_patterns_packages_and_modules_stand_for_their_files(load, word):
    files = {"team/__init__.py": "", "team/shops/__init__.py": "", "team/shops/big_shop.py": SHOP, "team/other.py": ""}

    assert list(load(files, word)) == ["Shopper", "Visitor"]


def test_contracts_are_found_beside_journeys_and_make_no_load(load):
    search = {"description": "search", "request": {"method": "GET", "path": "/x"}, "response": {"status": 200}}
    contract = {
        "consumer": {"name": "web"}, "provider": {"name": "shop"}, "interactions": [search],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }  # fmt: skip
    rows = '{"consumer": 1}'
    files = {"shop.py": SHOP, "contracts/web-shop.json": json.dumps(contract), "contracts/data.json": rows}

    cast = load(files)

    assert cast["web-shop"] == {
        "kind": "contract", "weight": 1, "fixed_count": None, "journeys": {"contract": [1, [], ["search"], True]},
    }  # fmt: skip
    assert sorted(cast) == ["Shopper", "Visitor", "web-shop"]


def test_a_contract_with_mistakes_is_named_with_its_place(load):
    found = load({"web.json": '{"consumer": {"name": "web"}, "provider": {"name": "shop"}, "interactions": [{}]}'})

    assert found["error"] == "BringUpError"
    assert "web.json:1" in found["message"]


def test_tests_that_use_a_browser_are_found_in_folders_and_others_are_passed_over(load):
    files = {
        "test_shop.py": "def test_opens(page):\n    page.goto('/')\n",
        "test_plain.py": "def test_sums():\n    assert 1 + 1 == 2\n",
        "conftest.py": "import pytest\n@pytest.fixture\ndef catalogue_page(page):\n    return page\n",
        "deep/test_own_fixture.py": "def test_reads(catalogue_page):\n    pass\n",
        "shop.py": SHOP,
    }

    assert {name: list(user["journeys"]) for name, user in load(files).items() if name.startswith("Test")} == {
        "TestShop": ["test_opens"], "TestOwnFixture": ["test_reads"],
    }  # fmt: skip


def test_a_test_file_that_cannot_be_collected_is_one_entry_among_others(load):
    found = load(
        {"test_broken.py": "import missing\ndef test_x(page): pass\n", "test_good.py": "def test_y(page): pass\n"}
    )

    assert found["message"] == "the tests of test_broken.py cannot be collected"
    assert "No module named 'missing'" in found["detail"]


def test_variables_that_a_file_reads_as_secrets_are_known_from_its_text(tmp_path):
    (tmp_path / "a.py").write_text(
        'import simulator\nfrom simulator import secret\nA = secret("ONE")\nB = simulator.secret("TWO")\n'
    )

    assert secrets_named_in(tmp_path / "a.py") == {"ONE", "TWO"}
