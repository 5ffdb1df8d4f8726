"""A recording made in a real browser becomes a journey that passes against another, freshly started shop."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.convert.har import read_har
from simulator.convert.script import script_of
from simulator.convert.source import from_har
from simulator.errors import FileError

ROOT = Path(__file__).parents[2]
SECRETS = {"LOGIN_USER": "user-7", "LOGIN_PASSWORD": "another secret"}


def entry(method, url, status=200, answer=None, body=None, at=0, headers=None, location="", media="application/json"):
    fields = {"Content-Type": "application/json"} if body is not None else {}
    made = {
        "startedDateTime": f"2026-01-01T00:00:{at:06.3f}Z",
        "time": 10,
        "request": {
            "method": method,
            "url": url,
            "headers": [{"name": name, "value": value} for name, value in {**fields, **(headers or {})}.items()],
        },
        "response": {
            "status": status,
            "redirectURL": location,
            "content": {
                "mimeType": media,
                "text": answer if isinstance(answer, str) else json.dumps(answer) if answer is not None else "",
            },
        },
    }
    if body is not None:
        made["request"]["postData"] = {"text": json.dumps(body)}
    return made


def script(*entries):
    return script_of(read_har({"entries": list(entries)}), "buy", made_from="test.har")


@pytest.mark.browser
def test_a_recording_of_the_shop_passes_against_a_fresh_shop(shop, serve, browser, tmp_path):
    record(browser, shop.url, tmp_path / "member.har")
    made = from_har(tmp_path / "member.har", "member")
    (tmp_path / "member.py").write_text(made.text.replace("THINK = 1.0", "THINK = 0.0"))
    fresh = serve()
    done = rehearse(tmp_path, fresh.url)

    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(next(tmp_path.glob("reports/*/run.json")).read_text())
    names = {row["name"] for row in document["series"] if row["level"] == "operation" and row["name"]}
    assert {"POST /api/login", "POST /api/cart/items", "POST /api/orders", "GET /orders/{id}"} <= names
    assert "secret" not in re.sub(r"secret\(|import.*", "", made.text)
    assert "user-1" not in made.text
    assert set(made.secrets) == set(SECRETS)
    assert "think(" in made.text
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("reports/**/*") if file.is_file())
    assert SECRETS["LOGIN_PASSWORD"].encode() not in kept


def record(browser, url, har):
    """Somebody logs in, puts a product into the cart, pays and opens the order."""
    context = browser.new_context(base_url=url, record_har_path=har, record_har_content="embed")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("User").fill("user-1")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="lamp").wait_for()
    page.get_by_role("list", name="Products").get_by_role("link").first.click()
    with page.expect_response("**/api/cart/items"):
        page.get_by_role("button", name="Add to cart").click()
    page.goto("/checkout")
    page.wait_for_timeout(600)  # the user thinks
    page.get_by_label("Card number").fill("4242424242424242")
    page.get_by_role("button", name="Pay").click()
    page.get_by_text("Thank you").get_by_role("link").click()
    page.get_by_role("heading", name="Order").wait_for()
    context.close()


def rehearse(folder, host):
    command = [sys.executable, "-m", "simulator", "run", "member.py", "--once", "--host", host]
    env = {**os.environ, **SECRETS, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=90)


def test_what_an_answer_brought_is_taken_from_it():
    text = script(
        entry("POST", "http://shop/api/orders", 201, {"order": {"id": "a1b2c3d4e5f6"}}, {"product": 3}),
        entry("GET", "http://shop/orders/a1b2c3d4e5f6?from=a1b2c3d4e5f6", at=0.1),
    )

    assert 'json={"product": 3}' in text
    assert "f\"/orders/{order.json()['order']['id']}\"" in text
    assert 'params={"from": order.json()["order"]["id"]}' in text
    compile(text, "journey", "exec")


def test_a_short_number_is_taken_only_where_it_is_the_identifier_of_that_thing():
    text = script(
        entry("GET", "http://shop/api/products", answer=[{"id": 7, "stock": 3}]),
        entry("POST", "http://shop/api/cart", 201, body={"product_id": 7, "quantity": 3}, at=0.1),
    )

    assert '"product_id": products.json()[0]["id"], "quantity": 3' in text


def test_tokens_of_pages_are_looked_up_in_them():
    page = '<form>\n<input type="hidden" name="csrf" value="9f8e7d6c5b4a3210">\n</form>'
    text = script(
        entry("GET", "http://shop/login", answer=page, media="text/html"),
        entry("POST", "http://shop/login", body={"csrf": "9f8e7d6c5b4a3210", "user": "me", "password": "x"}, at=0.1),
    )

    found = {}
    line = next(line.strip() for line in text.splitlines() if "re.search" in line)
    exec(f"import re\n{line}", {"login": type("Answer", (), {"text": page})}, found)
    assert found["csrf"] == "9f8e7d6c5b4a3210"
    assert '{"csrf": csrf, "user": USER, "password": PASSWORD}' in text


def test_a_bearer_token_comes_from_the_login_and_without_one_from_the_environment():
    asked = {"Authorization": "Bearer abcdef0123456789"}
    alone = script(entry("GET", "http://shop/me", headers=asked))
    after = script(
        entry("POST", "http://shop/token", answer={"token": "abcdef0123456789"}, body={"password": "x"}),
        entry("GET", "http://shop/me", headers=asked, at=0.1),
    )

    assert 'headers={"Authorization": AUTHORIZATION}' in alone
    assert "f\"Bearer {token.json()['token']}\"" in after
    assert "abcdef" not in alone + after


def test_redirects_are_followed_by_the_client_and_recorded_failures_are_expected():
    text = script(
        entry("POST", "http://shop/login", 302, body={"next": "/me"}, location="/me"),
        entry("GET", "http://shop/me", at=0.1),
        entry("GET", "http://shop/gone", 404, at=0.2),
    )

    assert text.count("self.client.get(") == 1
    assert "if answer.status_code == 404:" in text


def test_other_hosts_and_assets_are_left_out_by_name():
    recording = read_har(
        {
            "entries": [
                entry("GET", "http://shop/"),
                entry("GET", "http://shop/", at=1),
                entry("GET", "http://ads/x", at=2),
                entry("GET", "http://shop/logo.png", at=3, media="image/png"),
            ]
        }
    )

    assert [call.path for call in recording.calls] == ["/", "/"]
    assert recording.left_out[0] == "1 requests to http://ads"
    assert recording.left_out[1].startswith("1 images")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"log": {"entries": [{"request": 3}]}}', '{"log": {}}'])
def test_what_is_no_recording_is_an_error_with_the_files_name(content, tmp_path):
    (tmp_path / "x.har").write_text(content)

    with pytest.raises(FileError, match="x.har"):
        from_har(tmp_path / "x.har", "x")


EVIL = [
    '"""\nimport os\n"""',
    "'''+__import__('os')+'''",
    "\\",
    '\\"+evil()+"',
    "{evil()}",
    "a\nimport os",
    "'",
    '"',
    "}{",
    "\u2028",
]


@pytest.mark.parametrize("evil", EVIL)
def test_what_a_recording_holds_stays_text(evil):
    """A recording, and the pages in it, come from strangers: nothing of them may become code."""
    hosts = f"http://shop{evil.split()[0] if evil.split() else ''}"
    token = "9f8e7d6c5b4a3210"
    text = script_of(
        read_har(
            {
                "entries": [
                    entry(
                        "GET",
                        f"http://shop/{evil}?{evil}=1",
                        answer=f'<input name="{evil}" value="{token}">{evil}{token}',
                    ),
                    entry(
                        "POST",
                        f"http://shop/{token}/{evil}",
                        201,
                        answer={evil: "a1b2c3d4e5f6a7b8"},
                        body={evil: evil, "t": token},
                    ),
                    entry(
                        evil or "GET",
                        "http://shop/a1b2c3d4e5f6a7b8",
                        headers={evil: evil, "Authorization": f"{evil} {token}"},
                    ),
                    entry("GET", f"{hosts}/x", at=1),
                ]
            }
        ),
        evil,
        made_from=evil,
    )
    tree = ast.parse(text)
    kinds = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef, ast.ClassDef)
    assert all(isinstance(node, kinds) for node in tree.body)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= {"re", "random", "time"}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert called <= {"secret", "think", "check", "between", "str"}
