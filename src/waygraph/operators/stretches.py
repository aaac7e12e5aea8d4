"""Stretches of a text, to be asked of many spans whether they lie in one or touch one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from waygraph.model import Span


class Stretches:
    """Spans, in order; those that overlap count as one. A question takes their logarithm."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for span in sorted(spans):
            if self._ends and span.start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], span.end)
            else:
                self._starts.append(span.start)
                self._ends.append(span.end)

    def hold(self, span: Span) -> bool:
        """Whether a span lies in one of them."""
        i = bisect_right(self._starts, span.start) - 1
        return i >= 0 and span.end <= self._ends[i]

    def touch(self, span: Span) -> bool:
        """Whether a span has a character in common with one of them."""
        i = bisect_right(self._ends, span.start)
        return i < len(self._starts) and self._starts[i] < span.end
