"""The client of API users: requests as authors know them from `requests` and Locust, each a measured operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from pathlib import Path
from time import monotonic
from typing import Any

from simulator.journey.http.answer import Answer
from simulator.journey.http.body import Body, encode_body, encode_params
from simulator.journey.http.caught import CaughtResponse
from simulator.journey.http.cookies import Cookies
from simulator.journey.http.decoding import ACCEPTED, decode
from simulator.journey.http.graphql import call_name, errors_in
from simulator.journey.http.headers import Headers, authorization, parse_head
from simulator.journey.http.plan import Plan, join, origin_of, plan_request, split
from simulator.journey.http.problem import HttpProblem, ProtocolProblem, TooManyRedirects
from simulator.journey.http.redirect import MOST_REDIRECTS, REDIRECTS, redirected
from simulator.journey.http.response import Response, Watch
from simulator.journey.http.trace_context import TraceContext
from simulator.journey.http.tunnel import Certificate
from simulator.journey.http.verbs import Verbs
from simulator.journey.http.wire import PRIOR_KNOWLEDGE, Wire
from simulator.journey.operation import Operation
from simulator.journey.storage_state import storage_state, write_state
from simulator.journey.track import Track

TIMEOUT_S = 60.0
MOST_BODY_BYTES = 10_000_000
MOST_PLANS = 512

Tell = Callable[[Plan, Response, Operation, Exception | None, Any], None]
"""Tells listeners of a request: plan, response, operation, why it failed or `None`, and the author's context."""


class HttpClient(Verbs):
    """The HTTP client of one user: keeps its connections and cookies.

    Args:
        base_url: where paths belong; empty text when every address is given whole.
        track: the user's.
        wire: the user's connections.
        tell: tells listeners of a request.
        listeners: those there are at present.
        silent: how many of them need not hear of it.

    Attributes:
        headers: sent with every request; may be changed at any time.
        cookies: the user's cookies.
        timeout_s: the longest that a request may take in all, unless it says otherwise.
        most_body_bytes: an answer with a larger body, decoded, is a failure.
        watching: makes what notes how the author reads an answer; `None` while nobody wants to know.
        tracing: gives each request a W3C `traceparent`; `None` for none.
    """

    def __init__(
        self,
        base_url: str,
        track: Track,
        wire: Wire,
        tell: Tell = lambda *what: None,
        listeners: Sized = (),
        silent: int = 0,
    ) -> None:
        self.base_url = base_url
        self.timeout_s = TIMEOUT_S
        self.most_body_bytes = MOST_BODY_BYTES
        self.cookies = Cookies()
        self.watching: Callable[[], Watch] | None = None
        self.tracing: TraceContext | None = None
        self._track = track
        self._wire = wire
        self._tell, self._listeners, self._silent = tell, listeners, silent
        self._plans: dict[Any, Plan] = {}
        self._gets: dict[str, Plan] = {}
        self._base = origin_of(split(base_url)) if base_url else None
        fields = {"User-Agent": "simulator", "Accept": "*/*", "Accept-Encoding": ACCEPTED, "Connection": "keep-alive"}
        self.headers = Headers(fields.items(), self._forget_plans)

    @property
    def verify(self) -> bool | str:
        """Whether certificates must be good; a path names the authorities to trust."""
        return self._wire.verify

    @verify.setter
    def verify(self, verify: bool | str) -> None:
        self._wire.verify = verify
        self._wire.close()

    @property
    def cert(self) -> Certificate:
        """The client's own certificate: a file that holds it with its key, or a file for each; `None` for none."""
        return self._wire.certificate

    @cert.setter
    def cert(self, certificate: Certificate) -> None:
        self._wire.certificate = certificate
        self._wire.close()

    @property
    def traceparent(self) -> bool:
        """Whether each request carries a W3C `traceparent`."""
        return self.tracing is not None

    @traceparent.setter
    def traceparent(self, on: bool) -> None:
        self.tracing = TraceContext() if on else None

    @property
    def proxies(self) -> Mapping[str, str] | None:
        """Scheme (or `all`) → address of a proxy; `None` for what the environment says, empty for none."""
        return self._wire.proxies

    @proxies.setter
    def proxies(self, proxies: Mapping[str, str] | None) -> None:
        self._wire.proxies = proxies
        self._wire.close()

    @property
    def http2(self) -> bool | str:
        """HTTP/2: `True` over TLS where the server agrees; "prior knowledge" for plain connections too."""
        return self._wire.http2

    @http2.setter
    def http2(self, http2: bool | str) -> None:
        if http2 not in (True, False, PRIOR_KNOWLEDGE):
            raise ValueError(f"http2 is True, False or {PRIOR_KNOWLEDGE!r}, not {http2!r}")
        self._wire.http2 = http2
        self._wire.close()

    @property
    def allowed_hosts(self) -> Sequence[str] | None:
        """What may be asked besides this machine, redirects included; `None` for wherever they lead."""
        return self._wire.allowed_hosts

    @allowed_hosts.setter
    def allowed_hosts(self, hosts: Sequence[str] | None) -> None:
        self._wire.allowed_hosts = hosts
        self._wire.close()

    def get(self, url: str, params: Any = None, **options: Any) -> Any:
        """Send a GET request; see `request`."""
        if params or options:
            return self.request("GET", url, params=params, **options)
        plan = self._gets.get(url) or self._get_plan(url)
        request = self._request(plan, None) if self.cookies.used else plan.whole
        return self._measured(plan, request, None, self.timeout_s, True, None)[0]

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        files: Any = None,
        headers: Mapping[str, str | None] | None = None,
        cookies: Mapping[str, str] | None = None,
        auth: tuple[str, str] | str | None = None,
        name: str | None = None,
        timeout: float | tuple[float, float] | None = None,
        allow_redirects: bool = True,
        catch_response: bool = False,
        context: Any = None,
    ) -> Any:
        """Send a request and measure it as one operation, redirects included.

        Args:
            method: such as GET.
            url: a path behind the user's host, or a whole address.
            params: for the query string.
            data: bytes, text, a file or an iterator (sent as they are read), or a mapping for a form.
            json: sent as JSON; a GraphQL call is named after its operation and fails with its `errors`.
            files: sent as multipart.
            headers: besides the client's own; `None` as a value leaves one out.
            cookies: besides the user's own.
            auth: (user, password) for basic, a text for bearer authentication.
            name: what the operation is called instead of its path.
            timeout: the longest it may take in all, in seconds; of a pair, the sum.
            allow_redirects: follow them.
            catch_response: let the author's `with` block judge the answer.
            context: handed to Locust's `request` event.

        Returns:
            A `Response`, or with `catch_response` a `CaughtResponse`. When no answer came its status is 0; either way
            a bad one fails the step it is in.

        Raises:
            ValueError: the request cannot be sent as it is.
            JourneyEnd: an earlier operation outside of any step failed.
        """
        if auth is not None:
            headers = {**(headers or {}), "Authorization": authorization(auth)}
        if params:
            encoded = encode_params(params)
            url = f"{url}{'&' if '?' in url else '?'}{encoded}" if encoded else url
        graphql = None if json is None else call_name(url, json)
        plan = self._plan(method.upper(), url, name or graphql, headers)
        body = None if data is None and json is None and files is None else encode_body(json, data, files)
        request = self._request(plan, body, headers, cookies)
        limit_s = self.timeout_s if timeout is None else sum(timeout) if isinstance(timeout, tuple) else timeout
        response, operation = self._measured(
            plan, request, body, limit_s, allow_redirects, headers, catch_response or graphql is not None, context
        )
        if graphql is not None and not catch_response:
            self._settle(plan, response, operation, errors_in(response.content), context)
        if catch_response:
            if self.watching is not None:
                response.watch = self.watching()  # the author reads before it is settled
            return CaughtResponse(
                response, lambda said: self._settle(plan, response, operation, said, context), operation.cut_off
            )
        return response

    def storage_state(self, path: str | Path | None = None) -> dict[str, Any]:
        """The user's cookies, as Playwright hands them from one context to another and `BrowserUser` takes them.

        Args:
            path: a file to keep it in as well.
        """
        state = storage_state(self.cookies)
        if path is not None:
            write_state(state, path)
        return state

    def close(self) -> None:
        """Hang up; the next request connects anew."""
        self._wire.close()

    def _get_plan(self, url: str) -> Plan:
        plan = self._gets[url] = self._plan("GET", url, None, None)
        return plan

    def _forget_plans(self) -> None:
        self._plans.clear()
        self._gets.clear()

    def _plan(self, method: str, url: str, name: str | None, headers: Mapping[str, str | None] | None) -> Plan:
        key = (method, url, name) if headers is None else (method, url, name, *headers.items())
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._forget_plans()
            fields = _merged(self.headers, headers)
            plan = self._plans[key] = plan_request(method, join(self.base_url, url), fields, name, self._base)
        return plan

    def _request(
        self,
        plan: Plan,
        body: Body | None,
        headers: Mapping[str, str | None] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> bytes:
        """All bytes to send."""
        if body is None and not cookies and not self.cookies.used:
            return plan.whole
        head = plan.head
        if self.cookies.used or cookies:
            line = _cookie_line(self.cookies.line(plan.url), cookies or {})
            head = head + line if b"\r\nCookie:" not in head else head
        if body is None:
            return head + plan.whole[len(plan.head) :]
        content_type = body.content_type
        if content_type and not (headers and any(field.lower() == "content-type" for field in headers)):
            head = b"%bContent-Type: %b\r\n" % (head, content_type.encode())
        return b"%b%b\r\n%b" % (head, body.framing(), body.content)

    def _measured(
        self,
        plan: Plan,
        request: bytes,
        body: Body | None,
        limit_s: float,
        follow: bool,
        headers: Mapping[str, str | None] | None,
        caught: bool = False,
        context: Any = None,
    ) -> tuple[Response, Operation]:
        """Send a request as one operation; what comes is settled at once unless the author will judge it."""
        operation = self._track.operation(plan.name, "http")
        deadline_s = operation.started_s + limit_s
        if self.tracing is not None:
            request = self.tracing.marked(request, plan.head)
        try:
            parts = None if body is None else body.to_send()
            answer = self._wire.exchange(plan, request, operation.started_s, deadline_s, self.most_body_bytes, parts)
            status, head, content, plain, _ = answer
            if plain:
                response = Response(status, head, content, plan.url, request)
            else:
                response = self._followed(plan, request, body, answer, deadline_s, follow, headers)
        except (OSError, HttpProblem) as error:
            response = Response.missing(error, plan.url, request)
        except BaseException:
            operation.cut_off()
            raise
        if caught:
            response.elapsed_s = monotonic() - operation.started_s
        else:
            self._settle(plan, response, operation, None, context)
        return response, operation

    def _followed(
        self,
        plan: Plan,
        request: bytes,
        body: Body | None,
        answer: Answer,
        deadline_s: float,
        follow: bool,
        headers: Mapping[str, str | None] | None,
    ) -> Response:
        """The response of an answer that is not plain, at the end of all redirects."""
        history: list[Response] = []
        while True:
            response = self._received(plan, request, answer)
            location = response.headers.get("location")
            if not follow or response.status_code not in REDIRECTS or not location:
                break
            if len(history) >= MOST_REDIRECTS:
                raise TooManyRedirects(f"more than {MOST_REDIRECTS} redirects")
            history.append(response)
            method, url = redirected(plan.method, plan.url, response.status_code, location)
            body = body if method == plan.method else None
            if body is not None and body.parts is not None:
                raise ProtocolProblem("redirected with a body that was sent as it came, and is gone")
            plan = self._next_plan(plan, method, url, headers)
            request = self._request(plan, body, headers)
            if self.tracing is not None:
                request = self.tracing.marked(request, plan.head)
            answer = self._wire.exchange(plan, request, monotonic(), deadline_s, self.most_body_bytes)
        response.history = history
        return response

    def _received(self, plan: Plan, request: bytes, answer: Answer) -> Response:
        status, head, body, _, _ = answer
        headers = parse_head(head)
        content = decode(body, headers.get("content-encoding", ""), self.most_body_bytes)
        response = Response(status, head, content, plan.url, request)
        response.size_bytes = len(body)
        if "set-cookie" in headers:
            response.cookies = self.cookies.take(plan.url, headers)
        return response

    def _next_plan(self, plan: Plan, method: str, url: str, headers: Mapping[str, str | None] | None) -> Plan:
        """The request that follows a redirect; credentials stay with the host they were meant for."""
        try:
            there = origin_of(split(url))
        except ValueError as error:
            raise ProtocolProblem(f"redirected to what is no address: {url!r}") from error
        fields = dict(_merged(self.headers, headers))
        if there.host != plan.origin.host:
            fields = {field: value for field, value in fields.items() if field.lower() != "authorization"}
        return plan_request(method, url, fields, None, self._base)

    def _settle(self, plan: Plan, response: Response, operation: Operation, said: str | None, context: Any) -> None:
        """Write down how it went, and tell who listens."""
        good = not said if said is not None else 0 < response.status_code < 400
        failure: Exception | None = None
        if good:
            operation.succeed(response.size_bytes, response.evidence)
        else:
            error_class = response.error_class() if not response.ok else "check"
            message = said or f"{plan.name}: {response.complaint()}"
            operation.fail(error_class, message, response.size_bytes, response.evidence)
            failure = response.error or HttpProblem(message)
        response.elapsed_s = response.elapsed_s or operation.service_s
        if len(self._listeners) > self._silent:
            self._tell(plan, response, operation, failure, context)


def _merged(session: Mapping[str, str], own: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """The client's header fields with the request's own in their place."""
    if not own:
        return dict(session)
    replaced = {name.lower() for name in own}
    return {**{name: value for name, value in session.items() if name.lower() not in replaced}, **own}


def _cookie_line(kept: str, own: Mapping[str, str]) -> bytes:
    pairs = [kept] if kept else []
    pairs += [f"{name}={value}" for name, value in own.items()]
    return f"Cookie: {'; '.join(pairs)}\r\n".encode("latin-1") if pairs else b""
