"""Content-Encoding: gzip, deflate, brotli, zstd; never more than the client may keep is unpacked."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable

from simulator.journey.http.problem import ProtocolProblem, TooLarge


def gunzip(body: bytes, most_bytes: int) -> bytes:
    """One or more gzip members, one after the other."""
    out = b""
    while body:
        unpacker = zlib.decompressobj(31)
        out += unpacker.decompress(body, most_bytes + 1 - len(out))
        _limit(out, most_bytes)
        if not unpacker.eof:
            raise ProtocolProblem("the gzip body ends too early")
        body = unpacker.unused_data.lstrip(b"\0")
    return out


def inflate(body: bytes, most_bytes: int) -> bytes:
    """Deflate, with the zlib wrapper that the standard asks for or without, as some servers send it."""
    try:
        return _inflate(body, most_bytes, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(body, most_bytes, -zlib.MAX_WBITS)


def unbrotli(body: bytes, most_bytes: int) -> bytes:
    """Brotli."""
    import brotli  # type: ignore[import-untyped]

    unpacker = brotli.Decompressor()
    out: bytes = unpacker.process(body, output_buffer_limit=most_bytes + 1)
    while len(out) <= most_bytes and not unpacker.is_finished():
        more = unpacker.process(b"", output_buffer_limit=most_bytes + 1 - len(out))
        if not more:
            raise ProtocolProblem("the brotli body ends too early")
        out += more
    _limit(out, most_bytes)
    return out


def unzstd(body: bytes, most_bytes: int) -> bytes:
    """Zstandard: Python brings it from 3.14 on, a package before."""
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdDecompressor

        unpacker = ZstdDecompressor()
        out: bytes = unpacker.decompress(body, most_bytes + 1)
        _limit(out, most_bytes)
        ended: bool = unpacker.eof
    else:
        import zstandard

        with zstandard.ZstdDecompressor().stream_reader(body) as reader:
            out = reader.read(most_bytes + 1)
        _limit(out, most_bytes)
        whole = zstandard.ZstdDecompressor().decompressobj()
        whole.decompress(body)  # the reader does not tell an end from a break
        ended = whole.eof
    if not ended:
        raise ProtocolProblem("the zstd body ends too early")
    return out


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": inflate,
    "br": unbrotli,
    "zstd": unzstd,
}
ACCEPTED = ", ".join(coding for coding in DECODERS if not coding.startswith("x-"))
"""What a request says it accepts."""


def decode(body: bytes, codings: str, most_bytes: int) -> bytes:
    """A body without its content codings; unknown ones are left as they are.

    Raises:
        ProtocolProblem: the body is not what the coding promises.
        TooLarge: it is larger than `most_bytes` once unpacked.
    """
    for coding in reversed([part.strip().lower() for part in codings.split(",")]):
        decoder = DECODERS.get(coding)
        if decoder is None or not body:
            continue
        try:
            body = decoder(body, most_bytes)
        except TooLarge:
            raise
        except Exception as error:
            raise ProtocolProblem(f"the body is no {coding}: {error}") from error
    return body


def _inflate(body: bytes, most_bytes: int, window: int) -> bytes:
    out = zlib.decompressobj(window).decompress(body, most_bytes + 1)
    _limit(out, most_bytes)
    return out


def _limit(out: bytes, most_bytes: int) -> None:
    if len(out) > most_bytes:
        raise TooLarge(f"the body is larger than {most_bytes} bytes")
