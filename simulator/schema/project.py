"""The schema of `simulator.yaml`."""

from __future__ import annotations

from simulator.plan import browser, profile, project, promises, suite
from simulator.schema.shape import (
    ANY,
    DURATION,
    FLAG,
    NUMBER,
    RATE,
    RATE_OR_RAMP,
    SHARE,
    SIZE,
    TEXT,
    WHOLE,
    Schema,
    choice,
    document,
    listed,
    mapping,
    named,
    one_or_more,
    written,
)


def project_schema() -> Schema:
    """Of the whole file."""
    keys = {
        "environments": named(_environment()),
        "profiles": named(_profile()),
        "journeys": one_or_more(TEXT),
        "environment": TEXT,
        "profile": TEXT,
        "build": TEXT,
        "suites": named({"anyOf": [listed(TEXT), _suite()]}),
        "data": TEXT,
        "allowed_hosts": one_or_more(TEXT),
        "secrets": one_or_more(TEXT),
        "contracts": _promises(),
    }
    return document("simulator.yaml", mapping(project.PROJECT_KEYS, keys))


def _promises() -> Schema:
    shapes = {"states": TEXT, "secrets": named(TEXT), "headers": named(TEXT), "messages": TEXT}
    return mapping(promises.KEYS, {**shapes, "examples": WHOLE, "timeout": DURATION})


def _environment() -> Schema:
    return mapping(
        project.ENVIRONMENT_KEYS,
        {
            "services": named(_service()),
            "host": TEXT,
            "before": one_or_more(TEXT),
            "after": one_or_more(TEXT),
            "databases": named({"anyOf": [TEXT, _database()]}),
            "queues": named({"anyOf": [TEXT, _queue()]}),
            "data": TEXT,
        },
        required=("host",),
    )


def _database() -> Schema:
    return mapping(project.DATABASE_KEYS, {"url": TEXT, "pool": WHOLE, "timeout": DURATION}, required=("url",))


def _queue() -> Schema:
    kinds = choice(project.QUEUE_KINDS)
    return mapping(
        project.QUEUE_KEYS,
        {"url": TEXT, "name": TEXT, "kind": kinds, "exchange": TEXT, "correlation": TEXT},
        required=("url",),
    )


def _service() -> Schema:
    ready = mapping(project.READY_KEYS, {"http": TEXT, "log": TEXT, "command": TEXT, "within": DURATION})
    shapes = dict.fromkeys(project.KINDS, TEXT)
    more = {"ready": ready, "needs": one_or_more(TEXT), "env": named(TEXT), "cwd": TEXT}
    metrics = mapping(project.METRICS_KEYS, {"path": TEXT, "keep": one_or_more(TEXT)}, required=("path",))
    more["metrics"] = {"anyOf": [TEXT, metrics]}
    return mapping(project.SERVICE_KEYS, shapes | more)


def _profile() -> Schema:
    return mapping(
        profile.PROFILE_KEYS,
        {
            **_load(),
            "warm_up": DURATION,
            "phases": listed(_phase()),
            "thresholds": one_or_more(TEXT),
            "environment": TEXT,
            "tags": one_or_more(TEXT),
            "max_users": WHOLE,
            "stop_within": DURATION,
            "seed": WHOLE,
            "traceparent": FLAG,
            "validity": _validity(),
            "contracts": {"anyOf": [one_or_more(TEXT), _contracts()]},
            "browser": {"anyOf": [choice((*browser.ENGINES, browser.OWN)), _browser()]},
        },
    )


def _validity() -> Schema:
    return mapping(profile.VALIDITY_KEYS, {"loop_lag": DURATION, "browser_wait": SHARE, "browser_deaths": WHOLE})


def _load() -> dict[str, Schema]:
    return {
        "users": {"anyOf": [WHOLE, named(WHOLE)]},
        "rate": {"anyOf": [RATE_OR_RAMP, named(RATE_OR_RAMP)]},
        "duration": DURATION,
        "spawn_rate": RATE,
        "arrivals": choice(("even", "poisson")),
    }


def _phase() -> Schema:
    more = {"name": TEXT, "measured": FLAG, "faults": named(one_or_more(TEXT))}
    return mapping(profile.PHASE_KEYS, {**_load(), **more}, required=("name", "duration"))


def _contracts() -> Schema:
    shapes = {"files": one_or_more(TEXT), "share": SHARE, "budget": SHARE}
    return mapping(("files", "share", "budget"), shapes, required=("files",))


def _suite() -> Schema:
    return mapping(
        suite.SUITE_KEYS,
        {
            "suites": one_or_more(TEXT),
            "select": TEXT,
            "profile": TEXT,
            "environment": TEXT,
            "thresholds": one_or_more(TEXT),
            "once": FLAG,
            "slots": WHOLE,
            "retries": WHOLE,
        },
    )


def _browser() -> Schema:
    speed = written(r"[\d.]+\s*(kbit/s|Mbit/s)", "1.5 Mbit/s")
    network = mapping(("latency", "down", "up"), {"latency": DURATION, "down": speed, "up": speed})
    proxy = mapping(("server", "bypass"), {"server": TEXT, "bypass": TEXT}, required=("server",))
    return mapping(
        browser.KEYS,
        {
            **dict.fromkeys(("headed", "devtools", "own", "ignore_https_errors", "requests", "vitals"), FLAG),
            **dict.fromkeys(("url", "device", "locale", "timezone"), TEXT),
            **dict.fromkeys(("permissions", "block", "first_parties"), one_or_more(TEXT)),
            **dict.fromkeys(("headers", "routes"), named(TEXT)),
            **dict.fromkeys(("slow_mo", "timeout", "journey_timeout"), DURATION),
            "engine": choice(browser.ENGINES),
            "channel": choice(browser.CHANNELS),
            "context": choice(browser.CONTEXTS),
            "cache": choice(browser.CACHES),
            "viewport": written(r"\d{2,5}\s*[x×]\s*\d{2,5}", "1280x720"),
            "color_scheme": choice(("light", "dark")),
            "network": {"anyOf": [choice(browser.NETWORKS), network]},
            "cpu_slowdown": NUMBER,
            "block_types": one_or_more(choice(browser.RESOURCE_TYPES)),
            "third_parties": choice(browser.THIRD_PARTIES),
            "credentials": mapping(("user", "password"), {"user": TEXT, "password": TEXT}, ("user", "password")),
            "proxy": {"anyOf": [TEXT, proxy]},
            "storage_state": ANY,
            "trace": choice(browser.TRACES),
            "recycle": mapping(("journeys", "memory"), {"journeys": WHOLE, "memory": SIZE}),
        },
    )
