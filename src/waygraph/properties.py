"""Properties that hold links: which of their names say which relation.

Vaults write typed links in front matter, as inline fields (``requires:: [[X]]``), in Org's
drawers, or as a heading or item that is nothing but a name and links. The names are those of
Breadcrumbs, Juggl, Dataview, SKOS and common usage; a workspace's ``settings.toml`` adds its
own in the table ``[relations]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# What a property may say of its note A and a link's target B.
RELATIONS = frozenset(
    """
    broader narrower partOf hasPart requires requiredBy uses usedBy related sameAs next previous
    none
    """.split()
)
# Relations that are written from B to A.
INVERSES = {
    "narrower": "broader",
    "hasPart": "partOf",
    "requiredBy": "requires",
    "usedBy": "uses",
}
_TABLE = """
broader: up, parent, parents, broader, broader than this, is a, isa, kind of, type of, subclass of,
    instance of, topic, parent topic, hypernym, category, categories, type, kind, class
narrower: down, child, children, narrower, kinds, subtopic, subtopics, hyponym
partOf: part of, partof, belongs to, is part of, chapter of, component of
hasPart: has part, haspart, parts, contains, consists of, components
requires: requires, require, required, requirement, requirements, prerequisite, prerequisites,
    prereq, prereqs, pre requisite, pre requisites, depends on, dependency, dependencies, depends,
    builds on, based on, needs, need first, needs first, needed first, assumes, background,
    read first, learn first, after understanding, relies on
requiredBy: required by, prerequisite of, prerequisite for, needed for, needed by, leads to,
    enables, unlocks, dependents, required for
uses: uses, use, applies, employs, made with
usedBy: used by, used in, applications, applied in
related: related, related to, related notes, see, see also, also, similar, similar to, same,
    sibling, siblings, friends, link, links, relates to, relevant, compare, contrast, opposite,
    jump, source, sources, reference, references
sameAs: same as, sameas, alias of, synonym, synonyms, also known as, aka, redirect, redirects to
next: next, following, followed by, then, successor, continue
previous: prev, previous, before, predecessor, preceded by, follows
none: image, images, cover, banner, icon, thumbnail, attachment, attachments, file, files, template,
    author, authors, creator, date, day, created, updated, modified, cssclass, cssclasses, status,
    project, people, person, url, website, query, filter, banner
"""


def _rows() -> dict[str, str]:
    rows: dict[str, str] = {}
    for line in re.sub(r"\n\s+", " ", _TABLE).strip().splitlines():
        relation, _, names = line.partition(":")
        rows |= dict.fromkeys((name.strip() for name in names.split(",")), relation)
    return rows


def property_name(written: str) -> str:
    """A property's name as the table has it: no markup, ``-`` and ``_`` as blanks, case folded."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[-_\s]+", " ", written.strip(" \t*_=~:"))
    name = " ".join(spaced.split()).casefold()
    return _RUN_TOGETHER.get(name, name)


KNOWN_PROPERTIES: Mapping[str, str] = _rows()
# "dependson", as "dependsOn" is where case is folded before
_RUN_TOGETHER = {
    together: name
    for name in KNOWN_PROPERTIES
    if (together := name.replace(" ", "")) not in KNOWN_PROPERTIES
}


@dataclass(frozen=True, slots=True)
class PropertyRelations:
    """The names that a workspace adds, or means otherwise: (name, relation), sorted by name."""

    added: tuple[tuple[str, str], ...] = ()

    def relation(self, name: str) -> str:
        """The relation that a property's name says, one of ``RELATIONS``; empty if unknown."""
        return dict(self.added).get(name) or KNOWN_PROPERTIES.get(name, "")


NO_PROPERTY_RELATIONS = PropertyRelations()
