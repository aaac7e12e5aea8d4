"""Sentences by punctuation alone, without a language model."""

import re
from collections.abc import Sequence
from typing import Any

from waygraph.compute.operator import operator
from waygraph.model import Document, Parse, Span


def load_pattern(marks: str) -> re.Pattern[str]:
    """Load what the operator needs: here a pattern, elsewhere a model."""
    return re.compile(rf"\S[^{re.escape(marks)}\n]*[{re.escape(marks)}]?")


@operator(version="1", setup=load_pattern)
def split(documents: Sequence[Document], *, marks: str = ".!?", loaded: Any) -> list[Parse]:
    """The sentences of every block of prose; no noun phrases."""
    return [
        Parse(
            tuple(
                Span(*match.span())
                for block in document.blocks
                if not block.boilerplate
                for match in loaded.finditer(document.text, block.span.start, block.span.end)
            ),
        )
        for document in documents
    ]
