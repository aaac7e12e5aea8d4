"""MDX: Markdown with imports, JSX tags and expressions in braces, none of which is prose."""

from __future__ import annotations

import re

from waygraph.model import Document
from waygraph.read.build import Builder, finish
from waygraph.read.front_matter import read_front_matter
from waygraph.read.markdown import read_body
from waygraph.read.text import decode

# Braces in braces, four deep; what is longer or deeper stays as it is written.
_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,999}+\}){0,999}+\}){0,999}+\}){0,9999}+\}"
_ATTRIBUTES = re.compile(rf"(?P<valued>=)?(?P<braces>{_BRACES})|\"[^\"]*\"|'[^']*'")
_PART = re.compile(
    rf"""
    (?P<kept>
        ^[ \t>*+-]*(?P<fence>`{{3,}}|~{{3,}})[^\n]*$(?s:.*?)(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)
        | (?P<ticks>`+)(?!`)(?s:.{{0,2000}}?)(?<!`)(?P=ticks)(?!`)
        | \$\$(?s:.{{0,5000}}?)\$\$ | \$(?=\S)[^$\n]{{1,500}}(?<=\S)\$
        | \\.
    )
    | (?P<module>
        ^import[ \t]+(?:[\w*\s{{}},$]{{1,999}}\sfrom\s+)?(?:"[^"\n]*"|'[^'\n]*')[ \t]*;?[ \t]*$
        | ^export[ \t]+(?:(?:const|let|var|default|function|class|async|type|interface)\b|[{{*])
          (?:[^\n]+(?:\n|\Z))+
        | ^[ \t]*<>[ \t]*$
    )
    | (?P<tag></?(?=[A-Za-z>])
        (?:[^<>{{}}"']|"[^"]{{0,9999}}"|'[^']{{0,9999}}'|{_BRACES}){{0,999}}+>)
    | (?P<braced>{_BRACES})
    """,
    re.M | re.X,
)
_SEEN, _LINE = re.compile(r"[^\r\n]"), re.compile(r"[^\r\n]+")


def read_mdx(address: str, data: bytes) -> Document:
    """Read one note in MDX; see ``read_markdown``.

    Raises:
        ReadError: the bytes are no text (names the line of the first bad byte).
    """
    source = decode(address, data)
    front = read_front_matter(source)
    builder = Builder()
    builder.fields(source, front)
    read_body(builder, source[: front.end] + plain_markdown(source[front.end :]), front.end)
    return finish(address, data, source, builder, front)


def plain_markdown(text: str) -> str:
    """MDX as Markdown of the same length: what is no prose is blank, tags are as in HTML."""
    return _PART.sub(_plain, text)


def _plain(match: re.Match[str]) -> str:
    found = match.group()
    match match.lastgroup:
        case "kept" | "fence" | "ticks":
            return found
        case "module":
            return _blank(found)
        case "tag" if found not in ("<>", "</>"):
            return _ATTRIBUTES.sub(_attribute, found)
        case _ if len(found) > 2:
            return _LINE.sub(_unseen, found)
        case _:
            return found


def _unseen(match: re.Match[str]) -> str:
    """What is as long as a line of the match and shown by no reader of Markdown.

    Blanks would be, and at the beginning of a line would make the rest of it code.
    """
    size = len(match.group())
    if size >= 7:
        return f"<!--{' ' * (size - 7)}-->"
    return f"</{'x' * (size - 3)}>" if size > 3 else "<x>" if size == 3 else " " * size


def _attribute(match: re.Match[str]) -> str:
    braces = match["braces"]
    if braces is None:
        return match.group()
    return f'="{_blank(braces[1:-1])}"' if match["valued"] else _blank(braces)


def _blank(text: str) -> str:
    return _SEEN.sub(" ", text)
