"""What an answer is: a page, a step to another page, or something that only looks like one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from waygraph.read.web.charset import decoded
from waygraph.read.web.reply import Reply
from waygraph.read.web.tokens import BadPage
from waygraph.read.web.urls import BadAddress, joined
from waygraph.read.web.visible import Visible, read_visible

# A page with more than this many visible letters is taken at its word.
_TINY = 1_500
# Nor is a larger file looked into: walls and stubs are small.
_LARGEST = 400_000
_TEXT = re.compile(
    r"text/(?!css|javascript|ecmascript|calendar|vcard|event-stream).*|.*\+json|"
    r"application/(xhtml\+xml|xml|json|pdf|x-pdf|octet-stream|markdown)"
)
_LFS = b"version https://git-lfs.github.com/spec/"
_ABSENT = re.compile(
    r"\b404\b|\b(page|site|file|document|content|article|url|resource|requested url)\b.{0,30}"
    r"\b(not|n't|cannot|can't|could not|no longer)\b.{0,15}\b(found|exist|available)|not found\b|"
    r"seite (wurde )?nicht gefunden|page (non trouvée|introuvable)|página no encontrada|"
    r"pagina non trovata",
    re.I,
)
_WALL = re.compile(
    # "Login - Site" and "Sign in to Site" are walls, "Login shells" is a page about them
    r"^\W*((please|you (must|need to|have to)) )?((sign|log)[ -]?(in|on)|anmelden|se connecter|"
    r"connexion|iniciar sesión|einloggen)( (to|with|or|here|page|required)\b|\W*$| ?[|·•:–—-] )|"
    r"\b(authentication|login) required\b|^\W*access denied\b|^\W*just a moment\b|"
    r"^\W*attention required\b|\bverify(ing)? (that )?you( are|'re) (a )?human\b|"
    r"\bare you (a )?(human|robot)\b|^\W*(complete|solve) (the|a|this) captcha\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``location`` if the answer leads to another page, ``reason`` if it is of no use.

    With both empty it is a page.
    """

    location: str = ""
    reason: str = ""


def judge(reply: Reply) -> Verdict:
    """Say what an answer is."""
    if 300 <= reply.status < 400 and reply.header("location"):
        return _step(reply.url, reply.header("location"), "redirects")
    if reason := _useless(reply):
        return Verdict(reason=reason)
    if _is_html(reply) and len(reply.body) <= _LARGEST:
        source = decoded(reply.body, reply.header("content-type")).text
        try:
            return _judge_html(reply.url, read_visible(source))
        except BadPage as error:
            return Verdict(reason=error.message)
    return Verdict()


def _useless(reply: Reply) -> str:
    """Why an answer is of no use whatever its text says."""
    if not 200 <= reply.status < 300:
        return reply.said
    if reply.media_type and not _TEXT.fullmatch(reply.media_type):
        return f"is {reply.media_type[:60]}, nothing to read"
    if not reply.body.strip():
        return "the page is empty"
    if reply.body.startswith(_LFS):
        return "is a Git LFS pointer: the file itself is kept elsewhere"
    return ""


def _is_html(reply: Reply) -> bool:
    if reply.media_type in ("text/html", "application/xhtml+xml"):
        return True
    return not reply.media_type and b"<html" in reply.body[:1000].lower()


def _step(base: str, target: str, how: str) -> Verdict:
    try:
        return Verdict(location=joined(base, target))
    except BadAddress as error:
        return Verdict(reason=f"{how} to {target[:100]!r}: {error.reason}")


def _judge_html(url: str, page: Visible) -> Verdict:
    letters = sum(1 for c in page.text if not c.isspace())
    if letters > _TINY:
        return Verdict()
    if page.refresh:
        step = _step(page.base or url, page.refresh, "refreshes")
        # a page that reloads itself is no stub
        if step.location != url:
            return step
    return Verdict(reason=_apology(page) or _silence(page, letters))


def _apology(page: Visible) -> str:
    """Why a small page that came with a status of success is still not what was asked for."""
    said = (page.title, *(heading.text for heading in page.headings))
    names = [" ".join(name[:500].split()) for name in said if name.strip()]
    for pattern, reason in (
        (_ABSENT, "the page says that it is not there"),
        (_WALL, "the page is behind a wall"),
    ):
        for name in names:
            if pattern.search(name):
                return f"{reason}: {name[:100]!r}"
    return "the page is behind a wall: it asks for a password" if page.asks_password else ""


def _silence(page: Visible, letters: int) -> str:
    if letters:
        return ""
    return "the page shows no text" + ("; it needs JavaScript" if page.scripted else "")
