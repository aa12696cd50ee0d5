"""Text in the encodings that a byte order mark names; without a mark it is UTF-8."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(content: bytes) -> str:
    """The codec of some bytes. It keeps the mark as a first character, so both ways are exact."""
    return next((codec for mark, codec in _MARKS if content.startswith(mark)), "utf-8")


def text_of(content: bytes) -> str:
    """Some bytes as text, without the mark. Raises UnicodeDecodeError."""
    return content.decode(encoding_of(content)).removeprefix("\ufeff")
