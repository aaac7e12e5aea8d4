"""Bytes to text: which charset a page is in, by what it says and by what it is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)
_IN_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]+)", re.I)
_IN_XML = re.compile(rb"\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)", re.I)
_HEAD = 4_096
_SAMPLE = 65_536
# What pages call ISO 8859-1 and ASCII is Windows-1252, as browsers know.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
# Python knows these as text; no page is in them, and some hide markup.
_NEVER = frozenset(
    "utf-7 unicode-escape raw-unicode-escape punycode idna mbcs oem undefined".split()
)
_WIDER = ("utf-16", "utf-32")
_WIDE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the charset it was in, and a warning if that was a guess against the page's word.

    A byte-order mark stays in the text as its first character.
    """

    text: str
    charset: str
    warning: str = ""


def decoded(data: bytes, content_type: str = "") -> Decoded:
    """Decode a page: byte-order mark, then header, then meta, then what fits.

    A charset that does not fit the bytes is passed over. Bytes that are UTF-8, and not
    ASCII, are UTF-8 even where a single-byte charset is declared: text of another charset
    is hardly ever UTF-8 by chance, and servers' defaults are often wrong. Only if nothing
    fits are characters replaced, with a warning.
    """
    for mark, charset in _BOMS:
        if data.startswith(mark):
            return _replaced(data, charset) if _fit(data, charset) is None else _sure(data, charset)
    declared = tuple(dict.fromkeys(_declared(data, content_type)))
    is_utf8 = _WIDE.search(data) is not None and _fit(data, "utf-8") is not None
    for charset in declared:
        # nearly all bytes are UTF-16 of something, but only markup in UTF-16 holds NULs
        text = _fit(data, charset) if b"\0" in data or not charset.startswith(_WIDER) else None
        if text is None:
            continue
        if is_utf8 and charset != "utf-8" and len(text) == len(data):
            return Decoded(
                data.decode("utf-8"), "utf-8", f"is declared as {charset} but is in UTF-8"
            )
        return Decoded(text, charset)
    if (text := _fit(data, "utf-8")) is not None:
        said = f"is declared as {declared[0]} but is in UTF-8" if declared else ""
        return Decoded(text, "utf-8", said)
    guessed = _guessed(data)
    if guessed and (text := _fit(data, guessed)) is not None:
        said = f"is not in {declared[0]} as it declares" if declared else "names no charset"
        return Decoded(text, guessed, f"{said} and is taken for {guessed}")
    return _replaced(data, declared[0] if declared else "utf-8")


def _sure(data: bytes, charset: str) -> Decoded:
    return Decoded(data.decode(charset), charset)


def _replaced(data: bytes, charset: str) -> Decoded:
    text = data.decode(charset, "replace")
    warning = f"is in no charset we know: {text.count(chr(0xFFFD)):,} characters are replaced"
    return Decoded(text, charset, warning)


def _fit(data: bytes, charset: str) -> str | None:
    """The text, if the bytes are wholly sound in the charset."""
    try:
        return data.decode(charset)
    except ValueError:
        return None


def _declared(data: bytes, content_type: str) -> Iterator[str]:
    header = _IN_HEADER.search(content_type)
    if header and (charset := _known(header.group(1))):
        yield charset
    for pattern in (_IN_META, _IN_XML):
        found = pattern.search(data[:_HEAD])
        if found and (charset := _known(found.group(1).decode("ascii", "ignore"))):
            # a meta that could be read as ASCII does not stand in UTF-16
            yield "utf-8" if charset.startswith("utf-16") else charset


def _known(name: str) -> str:
    """Python's name of a charset, empty if there is none or no page can be in it."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_text = getattr(info, "_is_text_encoding", True)
    return (
        ""
        if not is_text or info.name.replace("_", "-") in _NEVER
        else _MEANT.get(info.name, info.name)
    )


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return _known(best.encoding) if best is not None else ""
