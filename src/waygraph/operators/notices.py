"""Notices: what of the notes could not be used, for the report."""

from __future__ import annotations

from collections.abc import Sequence

from waygraph.compute.operator import operator
from waygraph.model import Candidates, Failure, Notices
from waygraph.order import MetInOrder
from waygraph.properties import NO_PROPERTY_RELATIONS, PropertyRelations


@operator(version="3")
def notices(
    candidates: Sequence[Candidates],
    sequence: MetInOrder,
    property_relations: PropertyRelations = NO_PROPERTY_RELATIONS,
) -> Notices:
    """Every document's warning, by address, and each property whose name says no known relation,
    where it stands first; then what says one order and what another."""
    ordered = sorted(candidates, key=lambda one: one.address)
    told = [Failure(one.address, one.warning) for one in ordered if one.warning]
    unknown: dict[str, Failure] = {}
    for one in ordered:
        for name, line in one.properties:
            if not property_relations.relation(name) and name not in unknown:
                said = f"the property {name!r} is taken as related; [relations] in settings.toml"
                unknown[name] = Failure(one.address, f"{said} can say what it means", line)
    return Notices((*told, *unknown.values(), *sequence.warnings))
