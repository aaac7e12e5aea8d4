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
