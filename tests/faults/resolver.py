"""A name server of one's own: `python resolver.py ZONE LOG`, on port 53 of 127.0.0.1, in a namespace of its own.

`ZONE` holds lines of `name address ttl`, read anew for each question; a name that is not in it does not exist, one
without an address is not answered at all. The log has a line for each question.
"""

import socket
import struct
import sys
from pathlib import Path

A = 1


def main() -> None:
    zone, log = Path(sys.argv[1]), Path(sys.argv[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, log.open("w", buffering=1) as lines:
        server.bind(("127.0.0.1", 53))
        print("ready", flush=True)
        while True:
            question, sender = server.recvfrom(512)
            name, kind = asked(question)
            lines.write(f"{name} {kind}\n")
            answer = answer_to(question, kind, dict(line.split(" ", 1) for line in zone.read_text().splitlines()), name)
            if answer:
                server.sendto(answer, sender)


def asked(question: bytes) -> tuple[str, int]:
    at, labels = 12, []
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels), struct.unpack(">H", question[at + 1 : at + 3])[0]


def answer_to(question: bytes, kind: int, known: dict[str, str], name: str) -> bytes | None:
    """An answer; `None` for silence."""
    end = question.index(b"\0", 12) + 5
    if name not in known:
        return question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:end]
    words = known[name].split()
    if not words:
        return None
    if kind != A:
        return question[:2] + b"\x81\x80" + question[4:6] + bytes(6) + question[12:end]
    record = b"\xc0\x0c" + struct.pack(">HHIH", A, 1, int(words[1]), 4) + socket.inet_aton(words[0])
    return question[:2] + b"\x81\x80" + question[4:6] + b"\0\1" + bytes(4) + question[12:end] + record


if __name__ == "__main__":
    main()
