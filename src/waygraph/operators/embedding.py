"""Embedding: a unit vector for every concept's label."""

from __future__ import annotations

from contextlib import closing

from waygraph.compute.operator import Tools, operator
from waygraph.model import ConceptTable, Vectors, digest_of
from waygraph.operators import encoder_process
from waygraph.operators.encoder import FLOAT, ROWS, encoder_identity


@operator(version="2", identity=encoder_identity, beside=True, ahead=encoder_process.start_encoder)
def embed(concepts: ConceptTable, *, model: str = "auto", tools: Tools) -> Vectors:
    """A unit vector per concept, of its preferred label. Strings known already are not encoded."""
    labels = [concept.label for concept in concepts.concepts]
    identity = encoder_identity(model=model)
    keys = [digest_of("vector", str(ROWS), identity, label) for label in labels]
    known = tools.recall(keys)
    fresh = sorted({(k, label) for k, label in zip(keys, labels, strict=True) if k not in known})
    done = 0
    with closing(encoder_process.encoded([label for _, label in fresh], model)) as batches:
        for places, rows in batches:
            made = {fresh[i][0]: row for i, row in zip(places, rows, strict=True)}
            tools.remember(made)
            known.update(made)
            done += len(made)
            tools.advance(done, len(fresh))
    if tools.sparing:
        encoder_process.end_encoders()
    rows_bytes = b"".join(known[k] for k in keys)
    dimensions = len(known[keys[0]]) // FLOAT if keys else 0
    slugs = tuple(concept.slug for concept in concepts.concepts)
    return Vectors(identity, dimensions, slugs, rows_bytes)
