"""Notices: what of the notes could not be used, for the report."""

from __future__ import annotations

from collections.abc import Sequence

from waygraph.compute.operator import operator
from waygraph.model import Candidates, Failure, Notices


@operator(version="1")
def notices(candidates: Sequence[Candidates]) -> Notices:
    """Every document's warning, by address."""
    found = ((one.address, one.warning) for one in candidates if one.warning)
    return Notices(tuple(Failure(address, warning) for address, warning in sorted(found)))
