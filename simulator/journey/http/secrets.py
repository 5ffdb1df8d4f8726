"""Takes secrets out of what is kept as evidence."""

from __future__ import annotations

import re

MASK = "***"
_WORDS = (
    r"pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|signature"
)
_HEADER = re.compile(
    rf"(?im)^((?:proxy-)?authorization|cookie|set-cookie|[\w-]*(?:{_WORDS}|session|auth)[\w-]*)(:[ \t]*)[^\r\n]*"
)
_QUERY = re.compile(rf"(?i)([?&;](?:[\w.-]*(?:{_WORDS})[\w.-]*|code|sig|auth|key)=)[^&\s#\"'<>]*")
_USER = re.compile(r"(://[^/\s:@]*):[^/\s@]*@")
_JSON = re.compile(
    rf'(?i)("(?:[^"\\]*(?:{_WORDS})[^"\\]*|pin|cvc|cvv|authorization)"\s*:\s*)("(?:\\.|[^"\\])*"?|[^\s,}}\]"{{\[]+)'
)
_FORM = re.compile(rf"(?i)((?:^|&)[^=&\s]*(?:{_WORDS})[^=&\s]*=)[^&\s]*")


def mask_head(head: str) -> str:
    """A message's head with the values of secret headers, and secrets in its address, masked."""
    first, line_break, rest = head.partition("\r\n")
    return mask_address(first) + line_break + mask_address(_HEADER.sub(rf"\1\2{MASK}", rest))


def mask_address(text: str) -> str:
    """A text with the secrets of any addresses in it masked."""
    return _USER.sub(rf"\1:{MASK}@", _QUERY.sub(rf"\1{MASK}", text))


def mask_body(body: str) -> str:
    """A body with secret fields of JSON or of a form masked."""
    return _FORM.sub(rf"\1{MASK}", _JSON.sub(rf'\1"{MASK}"', body))
