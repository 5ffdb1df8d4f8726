"""Things that only our client does, tried under gevent: `python probe.py PORT TLS_PORT CERTIFICATE`, prints JSON."""

from __future__ import annotations

import json
import sys

from gevent.monkey import patch_all

patch_all()

import gevent  # noqa: E402

from simulator.journey.http.client import HttpClient  # noqa: E402
from simulator.journey.http.deadline import Sweeper  # noqa: E402
from simulator.journey.http.dial import Resolver  # noqa: E402
from simulator.journey.http.wire import Wire  # noqa: E402
from simulator.journey.track import Track  # noqa: E402
from simulator.record.recorder import Recorder  # noqa: E402

PORT, TLS_PORT, CERTIFICATE = sys.argv[1:]
HERE, THERE = f"http://127.0.0.1:{PORT}", f"https://localhost:{TLS_PORT}"
FOUND: dict[str, object] = {}


def client(base: str = HERE, verify: bool | str = True) -> HttpClient:
    recorder = Recorder()
    made = HttpClient(base, Track(recorder, "User"), Wire(Resolver(), Sweeper()))
    made.recorder = recorder
    made.verify = verify
    return made


def cells(made: HttpClient) -> list[list]:
    window = made.recorder.fold(0)
    return [[k.name, c.ok.count, c.failed.count, c.cut_off] for k, c in window.cells.items() if k.level == "operation"]


def connections_are_kept() -> None:
    user = client()
    before = int(user.get("/connections").text)
    for _ in range(20):
        user.get("/json")
    FOUND["kept"] = int(user.get("/connections").text) - before


def dead_connections_are_replaced() -> None:
    user = client()
    FOUND["replaced"] = [user.get("/close-after").status_code for _ in range(20)]


def tls() -> None:
    FOUND["tls_refused"] = client(THERE).get("/json").error_class()
    FOUND["tls_wrong_name"] = client(THERE.replace("localhost", "127.0.0.1"), CERTIFICATE).get("/json").error_class()
    FOUND["tls_trusted"] = [client(THERE, CERTIFICATE).get("/json").status_code]
    user = client(THERE, verify=False)
    FOUND["tls_large"] = [
        len(user.get("/large").content),
        len(user.post("/echo", data=b"x" * 3_000_000).text) > 3_000_000,
    ]
    before = int(user.get("/connections").text)
    FOUND["tls_chunked"] = [user.get("/chunked").text, user.get("/dripped").text, user.get("/until-close").text]
    FOUND["tls_kept"] = int(user.get("/connections").text) - before
    FOUND["tls_timeout"] = user.get("/silent", timeout=0.2).error_class()
    FOUND["plain_to_tls"] = client(THERE.replace("https", "http")).get("/json").error is not None


def limits() -> None:
    user = client()
    user.most_body_bytes = 500
    paths = ["/large", "/gzip", "/chunked-one-byte", "/json"]
    FOUND["limits"] = [user.get(path).error_class() for path in paths]


def large_uploads() -> None:
    body = b"y" * 5_000_000
    FOUND["upload"] = len(client().post("/echo", data=body).json()["body"])


def session_headers_change() -> None:
    user = client()
    seen = []
    for token in ("one", "two"):
        user.headers["Authorization"] = token
        seen.append(dict(user.get("/echo").json()["headers"])["Authorization"])
    del user.headers["Authorization"]
    seen.append("Authorization" in dict(user.get("/echo").json()["headers"]))
    FOUND["session_headers"] = seen


def caught() -> None:
    user = client()
    with user.get("/404", name="/none", catch_response=True) as answer:
        answer.success()
    with user.get("/json", catch_response=True) as answer:
        answer.failure("not what I want")
    with user.get("/500", name="/broken", catch_response=True):
        pass
    try:
        with user.get("/utf8", catch_response=True) as answer:
            answer.json()
    except ValueError:
        pass
    user._track.count_trouble()
    window = user.recorder.fold(0)
    FOUND["caught"] = {k.name: [c.ok.count, c.failed.count] for k, c in window.cells.items() if k.level == "operation"}
    FOUND["caught_why"] = [[f.key.error_class, f.message] for f in window.failures.values()]


def killed() -> None:
    user = client()
    greenlet = gevent.spawn(user.get, "/silent")
    gevent.sleep(0.2)
    greenlet.kill()
    FOUND["killed"] = cells(user)


def many_at_once() -> None:
    users = [client() for _ in range(50)]
    greenlets = [gevent.spawn(user.get, f"/echo/{at}") for at, user in enumerate(users)]
    gevent.joinall(greenlets)
    FOUND["many"] = [g.value.json()["target"] for g in greenlets] == [f"/echo/{at}" for at in range(50)]


def wrong_use() -> None:
    def raises(*args, **options) -> str:
        try:
            client(options.pop("base", HERE)).get(*args, **options)
        except ValueError as error:
            return str(error)
        return "nothing"

    FOUND["wrong"] = [
        raises("/x", base=""), raises("ftp://x/y"), raises("/x", headers={"X": "a\r\nb"}),
    ]  # fmt: skip
    FOUND["dns"] = client("http://nobody.invalid").get("/").error_class()


def elapsed_and_raising() -> None:
    answer = client().get("/500")
    try:
        answer.raise_for_status()
    except Exception as error:
        FOUND["raised"] = [type(error).__name__, str(error).partition(" for ")[0]]
    FOUND["elapsed"] = answer.elapsed.total_seconds() > 0


for probe in (
    connections_are_kept, dead_connections_are_replaced, tls, limits, large_uploads, session_headers_change, caught,
    killed, many_at_once, wrong_use, elapsed_and_raising,
):  # fmt: skip
    probe()
print(json.dumps(FOUND))
