"""TLS over a socket that belongs to somebody else: OpenSSL works in memory, we carry the bytes."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cache

Certificate = str | tuple[str, str] | None
"""A client's certificate: a file that holds it with its key, or a file for each."""


@cache
def tls_context(verify: bool | str, certificate: Certificate = None, http2: bool = False) -> ssl.SSLContext:
    """The TLS settings of a client.

    Args:
        verify: whether certificates must be good; a path names the authorities to trust.
        certificate: the client's own.
        http2: offer HTTP/2 besides HTTP/1.1.

    Raises:
        OSError: a file is missing or holds no certificate.
    """
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    if certificate is not None:
        context.load_cert_chain(*([certificate] if isinstance(certificate, str) else certificate))
    if http2:
        context.set_alpn_protocols(["h2", "http/1.1"])
    return context


class Tunnel:
    """One TLS connection.

    Args:
        context: the settings.
        host: the name that the certificate must carry.
        send: sends all bytes of a ciphertext.
        receive: like `socket.recv` of a non-blocking socket.
        wait: blocks until there may be something to receive.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        host: str,
        send: Callable[[bytes], None],
        receive: Callable[[int], bytes],
        wait: Callable[[], object],
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._send, self._receive, self._wait = send, receive, wait

    @property
    def protocol(self) -> str | None:
        """What both sides agreed to speak, such as `h2`; `None` when nothing was said."""
        return self._tls.selected_alpn_protocol()

    def open(self) -> None:
        """Shake hands.

        Raises:
            ssl.SSLError: we do not agree, or the certificate is not good.
            ConnectionResetError: the other side hung up.
        """
        while True:
            try:
                self._tls.do_handshake()
                self._flush()
                return
            except ssl.SSLWantReadError:
                self._flush()
            except ssl.SSLError:
                self._flush()
                raise
            self._wait()
            self._fill(65536)

    def send(self, data: bytes) -> None:
        """Encrypt and send all of it."""
        self._send(self.sealed(data))

    def sealed(self, data: bytes) -> bytes:
        """What is to be sent for it, in this order among all that was sealed."""
        self._tls.write(data)
        return self._outgoing.read()

    def receive(self, most_bytes: int) -> bytes:
        """What is there, decrypted; empty at the end.

        Raises:
            BlockingIOError: nothing that makes sense by itself has come yet.
        """
        ended = not self._fill(most_bytes, hang_up_is_an_error=False)
        parts = []
        try:
            while part := self._tls.read(most_bytes):
                parts.append(part)
                if not self._incoming.pending and not self._tls.pending():
                    break  # OpenSSL would say so, too, with an exception that costs as much as the answer
        except ssl.SSLWantReadError:
            if not parts and not ended:
                raise BlockingIOError from None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        return b"".join(parts)

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._send(self._outgoing.read())

    def _fill(self, most_bytes: int, hang_up_is_an_error: bool = True) -> bool:
        try:
            data = self._receive(most_bytes)
        except BlockingIOError:
            return True
        if not data and hang_up_is_an_error:
            raise ConnectionResetError("closed by the other side while shaking hands")
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return bool(data)
