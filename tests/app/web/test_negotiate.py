"""Content negotiation, by the rules of RFC 9110."""

from __future__ import annotations

import pytest

from waygraph.app.web.negotiate import choose

OFFERED = ["text/html", "text/turtle", "application/ld+json"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle", "text/turtle"),
        ("application/*", "application/ld+json"),
        ("application/ld+json;q=0.5, text/turtle;q=0.4", "application/ld+json"),
        ("text/turtle, */*;q=0.9", "text/turtle"),
        ("text/html;q=0, */*", "text/turtle"),
        ("text/*;q=0.3, text/turtle;q=0.7, */*;q=0.5", "text/turtle"),
        # the most specific range counts, not the best
        ("text/turtle;q=0.1, text/*;q=0.9, application/ld+json;q=0.2", "text/html"),
        ("text/turtle;q=0.1, text/html;q=0, application/*;q=0.2", "application/ld+json"),
        ("text/turtle; charset=utf-8; q=0.8, text/html;q=0.7", "text/turtle"),
        ("image/png", None),
        ("*/*;q=0", None),
        ("text/turtle;q=nonsense", None),
        ("nonsense", None),
        (",,;,q=1", None),
        ("text/turtle;q=7", "text/turtle"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
def test_choose(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, OFFERED) == chosen
