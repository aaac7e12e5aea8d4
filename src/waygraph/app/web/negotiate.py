"""Content negotiation: which of the forms that there are a client would rather have."""

from __future__ import annotations

from collections.abc import Sequence

_MOST = 100


def choose(accept: str | None, offered: Sequence[str]) -> str | None:
    """The media type of ``offered`` that an ``Accept`` header likes best; None if none will do.

    Of equals the first of ``offered`` is taken; without a header the first of all. The most
    specific range that fits a type tells how much it is liked (RFC 9110, 12.5.1).
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [found for part in accept.split(",")[:_MOST] if (found := _range(part))]
    best, most = None, 0.0
    for kind in offered:
        liked = max(
            ((_fits(kind, wanted), quality) for wanted, quality in ranges), default=(0, 0.0),
            key=lambda pair: pair[0],
        )  # fmt: skip
        if liked[0] and liked[1] > most:
            best, most = kind, liked[1]
    return best


def _range(part: str) -> tuple[str, float] | None:
    """A media range and its quality; parameters besides ``q`` are passed over."""
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    if "/" not in kind:
        return None
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = min(1.0, max(0.0, float(value)))
            except ValueError:
                quality = 0.0
    return kind, quality


def _fits(kind: str, wanted: str) -> int:
    """How closely a range names a type: 3 itself, 2 its family, 1 anything, 0 not at all."""
    if wanted == kind:
        return 3
    if wanted == f"{kind.partition('/')[0]}/*":
        return 2
    return int(wanted == "*/*")
