"""References to blocks and pages that other tools write: as markdown-it rules."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

# Logseq's reference to a block, its embeds, and the embeds that Dendron had first.
BLOCK_ID = r"\(\([0-9a-f]{8}-[0-9a-f-]{27}\)\)"
_BLOCK_LINK = re.compile(BLOCK_ID, re.I)
EMBED = re.compile(
    rf"\{{\{{embed[ \t]+(?:\[\[(?P<page>[^\[\]\n]+)\]\]|(?P<block>{BLOCK_ID}))[ \t]*\}}\}}", re.I
)
_DENDRON_EMBED = re.compile(
    r"\(\([ \t]*ref:[ \t]*\[\[(?P<page>[^\[\]\n]+)\]\](?P<place>#[^()\n]*+)?+[ \t]*+\)\)"
)
# A role of Sphinx stands before its text. But for these, that names a place, a source or
# a setting by an id, as do figures, sections, equations and citations.
_ROLE = re.compile(r":(?:[a-z][\w+.-]*:){1,2}\Z")
_ROLE_TEXT = re.compile(r"`[^`\n]+`(?!`)")
_LONGEST_ROLE = 40
_READ_ROLES = frozenset(
    "abbr code command dfn file func class meth attr mod data exc kbd math option program samp sub "
    "sup term guilabel menuselection envvar keyword".split()
)


def role(state: StateInline, silent: bool) -> bool:
    """``:numref:`fig_graph```: a role's name is no text, nor is the id that a reference holds."""
    start = state.pos
    if state.src[start - 1 : start + 1] != ":`":
        return False
    name = _ROLE.search(state.src, max(0, start - _LONGEST_ROLE), start)
    text = _ROLE_TEXT.match(state.src, start, state.posMax)
    last = state.tokens[-1] if state.tokens else None
    if name is None or text is None or silent or last is None or last.type != "text":
        return False
    length = len(name[0])
    if not last.content.endswith(name[0]):
        return False
    last.content = last.content[:-length]
    last.meta["at"] = (last.meta["at"][0], last.meta["at"][1] - length)
    if name[0][1:-1].rpartition(":")[2] in _READ_ROLES:
        return False  # what follows is read as code
    state.pos = text.end()
    return True


def reference(state: StateInline, silent: bool) -> bool:
    """Logseq's ``((id))`` of a block, which shows no text here; Dendron's ``((ref: [[n]]))``."""
    if not state.src.startswith("((", state.pos):
        return False
    if match := _DENDRON_EMBED.match(state.src, state.pos, state.posMax):
        if not silent:
            push_embed(state, match, match["page"].strip() + (match["place"] or "").rstrip())
    elif match := _BLOCK_LINK.match(state.src, state.pos, state.posMax):
        if not silent:
            push_embed(state, match, match[0], "link")
    else:
        return False
    state.pos = match.end()
    return True


def push_embed(state: StateInline, match: re.Match[str], target: str, kind: str = "embed") -> None:
    """Add what shows a page or block here, as ``kind`` of link."""
    token = state.push("wikilink", "", 0)
    token.markup = kind
    # what leads to a place in a page has no text of its own
    page = match.groupdict().get("page")
    shown = page if page and page == target else ""
    at = match.start("page") if shown else match.start()
    token.content = shown
    token.meta.update(target=target, label=(at, at + len(shown)))
