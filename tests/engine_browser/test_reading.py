import json

from playwright._impl.transport import PipeTransport

from simulator.engine.browser.reading import loads, read_quickly


def test_half_of_a_surrogate_pair_is_read_as_it_was_said():
    said = json.dumps({"value": "\ud83d half"}).encode()
    assert loads(said) == {"value": "\ud83d half"}
    assert loads(b'{"value": "\xe2\x80\x9clamp\xe2\x80\x9d"}') == {"value": "“lamp”"}


def test_the_playwright_that_is_here_reads_so(monkeypatch):
    before = PipeTransport.deserialize_message
    monkeypatch.setattr(PipeTransport, "deserialize_message", before)  # puts it back afterwards
    read_quickly()
    assert PipeTransport.deserialize_message is not before
    assert PipeTransport.deserialize_message(None, b'{"id": 1}') == {"id": 1}
