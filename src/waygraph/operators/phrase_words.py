"""Small English words in and beside noun phrases, that tell a term from talk."""

from __future__ import annotations

# Adjectives that say what someone thinks of a thing, or which one is meant: no part of its name.
POINTING = frozenset(
    """
    able actual available awesome bad basic best better big bigger certain clever cool correct
    current different difficult early earlier easy entire existing extra fancy favorite favourite
    final following former fun further good great hard helpful important interesting large larger
    last later latest latter little main major many modern more most much necessary new newish
    newer next nice obvious old older only original other own particular personal poor popular
    possible present previous proper quick recent relevant right same serious several similar
    simple single small smaller specific such sure typical upcoming useful usual various whole
    wonderful worse worst worth wrong
    """.split()
)
NAMING = frozenset({"called", "named"})
NO_HEAD = frozenset("stuff thing way lot bit people folk guy".split())
PARTITIVE = frozenset("sort kind lot bunch couple plenty ton spite sake behalf bit".split())
# Small words beside a phrase that say how it is used: "called X", "using X", "the X", "X is".
BESIDE = frozenset(
    """
    a an the this that these those my your our its their no any some each every all more
    in on at for of to from by as into via with without like than using use used uses called
    named and or is are was be has have can will which who we you it not when if
    """.split()
)
