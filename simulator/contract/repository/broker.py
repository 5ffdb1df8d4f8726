"""A Pact Broker, spoken to over its HTTP interface: from its index on, by the links that it gives."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from simulator.contract.interaction import Contract
from simulator.contract.pact.read import parse_pact
from simulator.contract.pact.write import write_pact
from simulator.contract.repository.repository import Kept, Selection
from simulator.errors import BringUpError, UsageError

WITHIN_S = 20.0
_TOKEN, _USER, _PASSWORD = "PACT_BROKER_TOKEN", "PACT_BROKER_USERNAME", "PACT_BROKER_PASSWORD"


class Broker:
    """A Pact Broker.

    Args:
        url: its index.
        environ: where credentials come from.
    """

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        self._url = url
        self._authorization = _authorization(environ)

    def publish(self, contract: Contract, version: str, tags: Sequence[str] = (), branch: str = "") -> str:
        """See `Repository`."""
        asked: dict[str, Any] = {
            "pacticipantName": contract.consumer, "pacticipantVersionNumber": version, "tags": list(tags),
            "contracts": [{
                "consumerName": contract.consumer, "providerName": contract.provider, "specification": "pact",
                "contentType": "application/json", "content": b64encode(write_pact(contract)).decode(),
            }],
        }  # fmt: skip
        told = self._ask("POST", self._link("pb:publish-contracts"), asked | ({"branch": branch} if branch else {}))
        links = told.get("_links") or {}
        contracts = links.get("pb:contracts") or []
        return str(contracts[0]["href"] if contracts else self._url)

    def fetch(self, selection: Selection) -> list[Kept]:
        """See `Repository`."""
        address = self._link("pb:provider-pacts-for-verification").replace(
            "{provider}", quote(selection.provider, safe="")
        )
        told = self._ask("POST", address, {"consumerVersionSelectors": [_selector(selection)]})
        found = []
        for pact in (told.get("_embedded") or {}).get("pacts", ()):
            kept = self._kept(str(pact["_links"]["self"]["href"]))
            if selection.consumer in (None, kept.contract.consumer) and selection.version in (None, kept.version):
                found.append(kept)
        return found

    def record(self, kept: Kept, provider_version: str, success: bool) -> None:
        """See `Repository`."""
        if not kept.results_to:
            raise BringUpError(f"the broker does not say where results of {kept.contract.name} go")
        self._ask(
            "POST",
            kept.results_to,
            {
                "success": success,
                "providerApplicationVersion": provider_version,
                "verifiedBy": {"implementation": "simulator"},
            },
        )

    def _kept(self, address: str) -> Kept:
        plain = self._ask("GET", address)
        links = plain.get("_links") or {}
        results = (links.get("pb:publish-verification-results") or {}).get("href", "")
        version = str((links.get("pb:consumer-version") or {}).get("name", ""))
        return Kept(parse_pact(json.dumps(plain).encode(), address), version, (), address, str(results))

    def _link(self, name: str) -> str:
        links = self._ask("GET", self._url).get("_links") or {}
        if name not in links:
            raise BringUpError(f"{self._url} is no Pact Broker that can do this: it has no link {name!r}")
        return str(links[name]["href"])

    def _ask(self, method: str, address: str, body: object = None) -> dict[str, Any]:
        headers = {"Accept": "application/hal+json, application/json"}
        headers |= {"Authorization": self._authorization} if self._authorization else {}
        content = None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(address, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:
                told = json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise self._refused(error, method, address) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise BringUpError(f"the broker at {self._url} cannot be asked: {error}") from error
        return dict(told)

    def _refused(self, error: urllib.error.HTTPError, method: str, address: str) -> BringUpError | UsageError:
        said = error.read()[:2000].decode("utf-8", "replace")
        if error.code in (401, 403):
            hint = f"set {_TOKEN}, or {_USER} and {_PASSWORD}"
            return UsageError(f"the broker at {self._url} does not let us in ({error.code})", hint=hint)
        if error.code == 409:
            return UsageError("the broker keeps another contract under this version", hint=_notices(said) or None)
        return BringUpError(f"the broker answered {method} {address} with {error.code}", detail=said or None)


def _selector(selection: Selection) -> dict[str, Any]:
    chosen: dict[str, Any] = {"consumer": selection.consumer} if selection.consumer else {}
    if selection.tag:
        return chosen | {"tag": selection.tag, "latest": True}
    return chosen | ({"branch": selection.branch} if selection.branch else {"latest": True})


def _notices(said: str) -> str:
    try:
        notices = json.loads(said).get("notices") or []
    except (ValueError, AttributeError):
        return ""
    return "; ".join(str(notice.get("text", "")).strip() for notice in notices if isinstance(notice, dict))


def _authorization(environ: Mapping[str, str]) -> str:
    if environ.get(_TOKEN):
        return f"Bearer {environ[_TOKEN]}"
    if environ.get(_USER):
        return "Basic " + b64encode(f"{environ[_USER]}:{environ.get(_PASSWORD, '')}".encode()).decode()
    return ""
