"""The methods of HTTP as methods of a client, as `requests` has them."""

from __future__ import annotations

from typing import Any


class Verbs:
    """A client that can send any request, and so has a word for each kind."""

    def request(self, *words: Any, **options: Any) -> Any:
        """Send a request: method, address, and the options that each client says it has."""
        raise NotImplementedError

    def get(self, url: str, params: Any = None, **options: Any) -> Any:
        """Send a GET request; see `request`."""
        return self.request("GET", url, params=params, **options)

    def options(self, url: str, **options: Any) -> Any:
        """Send an OPTIONS request; see `request`."""
        return self.request("OPTIONS", url, **options)

    def head(self, url: str, **options: Any) -> Any:
        """Send a HEAD request, without following redirects unless asked to; see `request`."""
        options.setdefault("allow_redirects", False)
        return self.request("HEAD", url, **options)

    def post(self, url: str, data: Any = None, json: Any = None, **options: Any) -> Any:
        """Send a POST request; see `request`."""
        return self.request("POST", url, data=data, json=json, **options)

    def put(self, url: str, data: Any = None, **options: Any) -> Any:
        """Send a PUT request; see `request`."""
        return self.request("PUT", url, data=data, **options)

    def patch(self, url: str, data: Any = None, **options: Any) -> Any:
        """Send a PATCH request; see `request`."""
        return self.request("PATCH", url, data=data, **options)

    def delete(self, url: str, **options: Any) -> Any:
        """Send a DELETE request; see `request`."""
        return self.request("DELETE", url, **options)
