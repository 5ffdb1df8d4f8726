import urllib.error
import urllib.request

import pytest

from simulator.errors import BringUpError
from simulator.virtual import virtual_service


def fetched(url):
    return urllib.request.urlopen(url, timeout=5).read()


def test_a_virtual_service_in_a_test(write):
    with virtual_service(
        write("stubs: [{name: a, request: {path: /a}, answer: {body: hi}}, {name: b, request: {path: /b}}]")
    ) as it:
        assert fetched(f"{it.url}/a?x=1") == b"hi"
        with it.behaving("error"), pytest.raises(urllib.error.HTTPError, match="503"):
            fetched(f"{it.url}/a")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetched(f"{it.url}/c")

        it.verify("GET", "/a", times=2)
        assert [entry["target"] for entry in it.requests(path="/a")] == ["/a?x=1", "/a"]
        assert [entry["target"] for entry in it.unmatched()] == ["/c"]
        assert it.unused() == ["b"]
        with pytest.raises(AssertionError, match="(?s)came 0 times, not at least once; came:\n  GET /a"):
            it.verify("POST", "/a")
        it.reset()
        assert it.requests() == []
        url = it.url

    with pytest.raises(urllib.error.URLError):
        fetched(url)


def test_a_file_with_mistakes_is_named(write):
    with pytest.raises(BringUpError) as caught, virtual_service(write("stubs: [{answre: {}}]")):
        pass
    assert "did you mean 'answer'?" in caught.value.detail
