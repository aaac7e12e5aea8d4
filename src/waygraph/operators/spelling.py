"""Spelling: when two keys are one name written in two ways, and when they must not be.

All is decided by the keys alone. A form is a key rewritten so that ways to write one name
become equal; two keys with one form are found by looking it up, never by comparing all pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from rapidfuzz.distance import OSA

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega",
}  # fmt: skip
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th"})
_ENDINGS = tuple(
    (re.compile(pattern), american)
    for pattern, american in (
        (r"(?<=\w{3})is(e[drs]?|ing|ation|able|er)$", r"iz\1"),
        (r"(?<=\w{3})ys(e[dr]?|ing)$", r"yz\1"),
        (r"(?<=\w{3})logue$", "log"),
        (r"(?<=\w{3}[aeiou])ll(ed|ing|er)$", r"l\1"),
        (r"(?<=\w{3})isational$", "izational"),
        (r"\b(an|h|p)ae", r"\1e"),
    )
)
_OUR = re.compile(
    r"^(arm|behavi|col|endeav|fav|flav|harb|hon|hum|lab|neighb|od|parl|rig|rum|sav|splend|tum|"
    r"val|vap|vig)our"
)
_AMERICAN = {
    "aluminium": "aluminum", "analogue": "analog", "anaesthesia": "anesthesia",
    "artefact": "artifact", "calibre": "caliber", "catalogue": "catalog", "centre": "center",
    "chilli": "chili", "cosy": "cozy", "defence": "defense",
    "dialogue": "dialog", "disc": "disk",  "encyclopaedia": "encyclopedia",
    "enrolment": "enrollment", "fibre": "fiber", "foetus": "fetus", "fulfil": "fulfill",
    "grey": "gray", "jewellery": "jewelry", "judgement": "judgment", 
    "leukaemia": "leukemia", "licence": "license", "litre": "liter", "lustre": "luster",
    "manoeuvre": "maneuver", "mediaeval": "medieval", "metre": "meter", "mould": "mold",
    "moult": "molt", "offence": "offense", "oestrogen": "estrogen", "omelette": "omelet",
    "palaeontology": "paleontology", "plough": "plow", "practise": "practice",
    "pretence": "pretense", "programme": "program", "pyjama": "pajama", "sceptic": "skeptic",
    "scepticism": "skepticism", "sombre": "somber", "speciality": "specialty",
    "spectre": "specter", "sulphate": "sulfate", "sulphide": "sulfide",
    "sulphur": "sulfur", "sulphuric": "sulfuric", "theatre": "theater", "tranquillity":
    "tranquility", "tyre": "tire", "whisky": "whiskey", "yoghurt": "yogurt",
}  # fmt: skip
_SINGULAR = {
    "addenda": "addendum", "algae": "alga", "alumni": "alumnus", "analyse": "analysis",
    "antennae": "antenna", "antithese": "antithesis", "appendice": "appendix",
    "automata": "automaton", "ax": "axis", "bacilli": "bacillus", "bacteria": "bacterium",
    "cacti": "cactus", "calculi": "calculus", "children": "child",
    "corpora": "corpus", "crise": "crisis", "criteria": "criterion", "curricula": "curriculum",
    "diagnose": "diagnosis", "errata": "erratum",
    "feet": "foot", "foci": "focus", "formulae": "formula", "fungi": "fungus",
    "ganglia": "ganglion", "geese": "goose", "genera": "genus", 
    "hypothese": "hypothesis", "knive": "knife", "larvae": "larva", 
    "lemmata": "lemma", "loave": "loaf", "loci": "locus", "maxima": "maximum",
    "memoranda": "memorandum", "mice": "mouse",
    "minima": "minimum", "mitochondria": "mitochondrion", "moduli": "modulus", "nebulae": "nebula",
    "nuclei": "nucleus", "optima": "optimum", "ova": "ovum", "oxen": "ox",
    "parenthese": "parenthesis", "phenomena": "phenomenon", "polyhedra": "polyhedron",
    "prognose": "prognosis", "quanta": "quantum", "radii": "radius", "schemata": "schema",
    "shelve": "shelf", "spectra": "spectrum", "stimuli": "stimulus", "strata": "stratum",
    "synopse": "synopsis", "synthese": "synthesis", "teeth": "tooth", "tetrahedra": "tetrahedron",
    "tori": "torus", "vertebrae": "vertebra", "wive": "wife",
    "wolve": "wolf",
}  # fmt: skip

_OPPOSITES = frozenset(
    frozenset(pair.split("/"))
    for pair in """
    minimum/maximum min/max minimal/maximal minimize/maximize minimization/maximization
    minimise/maximise minimisation/maximisation infimum/supremum lower/upper low/high
    left/right forward/backward before/after prior/posterior input/output in/out
    encoder/decoder encode/decode encoding/decoding encryption/decryption
    compression/decompression source/target source/sink client/server read/write
    push/pull push/pop enqueue/dequeue ascending/descending ascent/descent increase/decrease
    internal/external interior/exterior inner/outer inbound/outbound ingress/egress
    import/export upload/download positive/negative true/false convex/concave
    convergent/divergent convergence/divergence discrete/continuous odd/even
    major/minor sharp/flat hot/cold wet/dry acid/base acid/alkaline cation/anion
    anode/cathode oxidation/reduction reactant/product endothermic/exothermic
    sine/cosine tangent/cotangent secant/cosecant row/column vertical/horizontal
    local/global public/private static/dynamic strong/weak hard/soft light/dark
    serial/parallel single/double binary/ternary unary/binary bipartite/tripartite
    precision/recall sensitivity/specificity numerator/denominator multiplication/division
    addition/subtraction integral/derivative integration/differentiation
    singular/plural active/passive consonant/vowel prefix/suffix synonym/antonym
    subject/object first/second first/last breadth/depth top/bottom bottom/up up/down
    sender/receiver producer/consumer parent/child ancestor/descendant predecessor/successor
    predator/prey annual/perennial evergreen/deciduous annual/biennial treble/bass
    soprano/alto adagio/allegro bake/fry male/female north/south east/west
    absorption/adsorption mitosis/meiosis artery/vein dominant/recessive
    symmetric/asymmetric reversible/irreversible linear/nonlinear
    frequentist/bayesian generative/discriminative offline/online
    """.split()
)
_NEGATIONS = ("un", "non", "in", "im", "ir", "il", "dis", "de", "anti", "a", "co", "counter")
_KINDS = (
    ("super", "sub"), ("over", "under"), ("hyper", "hypo"), ("inter", "intra"), ("pre", "post"),
    ("macro", "micro"), ("homo", "hetero"), ("homeo", "homo"), ("endo", "exo"), ("mono", "poly"),
    ("mono", "di"), ("uni", "bi"), ("bi", "tri"), ("uni", "multi"), ("epi", "mono"),
    ("semi", "full"), ("kilo", "mega"), ("mega", "giga"), ("milli", "micro"), ("iso", "aniso"),
    ("co", "contra"), ("ab", "ad"), ("em", "im"), ("e", "i"), ("ex", "in"), ("ex", "im"),
    ("di", "tri"), ("ortho", "para"), ("meta", "para"),
)  # fmt: skip
# Ends that make another word of a stem: sulfate and sulfite, ethane and ethene.
_ENDS = (
    ("ate", "ite"), ("ate", "ide"), ("ite", "ide"), ("ane", "ene"), ("ene", "yne"),
    ("er", "ee"), ("al", "ar"), ("ous", "ic"), ("ary", "ery"), ("ive", "ion"), ("ic", "id"),
    ("ed", "er"), ("an", "al"), ("ism", "ist"),
)  # fmt: skip
_UNLIKE = frozenset(
    frozenset(pair.split("/"))
    for pair in """
    casual/causal martial/marital nuclear/unclear planning/planing scraping/scrapping
    canvass/canvas latter/later desert/dessert conversation/conservation tortuous/torturous
    discreet/discrete stationary/stationery complement/compliment principal/principle
    planner/planer filling/filing tapping/taping striping/stripping barred/bared
    calvary/cavalry sacred/scared reserve/reverse reserved/reversed silver/sliver
    """.split()
)
# Words that acronyms spell too: ACID and acid, MAP and map, REST and rest.
ALSO_WORDS = frozenset(
    """
    acid aid ant ape arc arm art ask bar base bat bit bus cab cap car cart case cat chip clip cod
    cold crab dart dash dog dot dry ear eat fast fat fish fit flip flow gap gas gem gin grasp gum
    ham hat hit hop ice jam kiss lace lamp lap lash lasso law lid light lime lip log mac map mask
    mat mean mesh mice mint mud neat net nut oil orb ore pact pad pain pan pat peg pen pet pin pip
    pod pop pot press rag ram rank rap rat relax rest rip risk rod rose rot sad safe salt sap sat
    save scan score sip slam slim smart snap soap solid spam spin star step sting sum swarm swift
    tag tap tar tart tip tree wand war wasp wig yarn zip
    """.split()
)
_NUMBERS = {
    name: str(value)
    for value, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
} | {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
Form = Callable[[str], str]


@lru_cache(maxsize=100_000)
def _plain(word: str) -> str:
    """Without accents; Greek letters spelled."""
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return "".join(_GREEK.get(c, c) for c in bare.translate(_LETTERS))


@lru_cache(maxsize=100_000)
def _american(word: str) -> str:
    word = _OUR.sub(lambda m: m.group()[:-2] + "r", _AMERICAN.get(word, word))
    for pattern, ending in _ENDINGS:
        word = pattern.sub(ending, word)
    return word


@lru_cache(maxsize=100_000)
def _singular(word: str) -> str:
    """Plurals that ``labels.singular`` leaves or cuts short: criteria, tomatoe, viruse."""
    word = _SINGULAR.get(word, re.sub(r"sery$", "series", word))
    if len(word) > 3 and re.search(r"(?:o|ch|sh|x|zz|us|as|is|ns|ss)e$", word):
        word = word[:-1]
    return word[:-1] if word.endswith("zz") else word


def _joined(key: str) -> str:
    """Without what stands between words, but "python 3 1" stays apart from "python 31"."""
    return re.sub(r"(?<!\d)[ .'&]+|[ .'&]+(?!\d)", "", _without_and(key))


def _without_and(key: str) -> str:
    return re.sub(r"(?<=\w) (?:and|the) (?=\w)", " ", key)


def _each(change: Form) -> Form:
    return lambda key: " ".join(change(word) for word in key.split(" "))


# Each form is made of the one before: (rule, what it rewrites).
FORMS: tuple[tuple[str, Form], ...] = (
    ("accents and symbols", _each(_plain)),
    ("irregular plural", _each(_singular)),
    ("British and American spelling", _each(_american)),
    ("spaces and hyphens", _joined),
)


def form(key: str) -> str:
    """What all ways to write the name behind ``key`` have in common."""
    for _, change in FORMS:
        key = change(key)
    return key


def same_form(one: str, two: str) -> str:
    """The rule by which two keys with one form are one name; empty if they should not be."""
    if _ends_accented(one) != _ends_accented(two):
        return ""
    for rule, change in FORMS:
        one, two = change(one), change(two)
        if one == two:
            return rule
    return ""


def _ends_accented(key: str) -> bool:
    """``résumé`` is no ``resume``, nor ``rosé`` a ``rose``."""
    return " " not in key and len(key) < 8 and _plain(key[-1]) != key[-1]


def differ(one: str, two: str) -> str:
    """Why two keys cannot be one name: different numbers, opposites, narrower; else empty."""
    a, b = one.split(), two.split()
    mine, others = _numbers(a), _numbers(b)
    if mine and others and mine != others:
        return "different numbers"
    left, right = sorted(set(a) - set(b)), sorted(set(b) - set(a))
    if len(left) == len(right) == 1 and _opposite(left[0], right[0]):
        return "opposites"
    if not left or not right:
        narrower = set(a) != set(b)
        return "narrower" if narrower else ""
    return ""


def _numbers(words: Iterable[str]) -> list[str]:
    digits = (re.findall(r"\d+", _NUMBERS.get(word, word)) for word in words)
    return sorted(number for found in digits for number in found)


def _opposite(one: str, two: str) -> bool:
    if frozenset((one, two)) in _OPPOSITES:
        return True
    short, long = sorted((one, two), key=len)
    if any(long == prefix + short for prefix in _NEGATIONS):
        return True
    for a, b in _KINDS:
        for x, y in ((a, b), (b, a)):
            if one.startswith(x) and two.startswith(y) and one[len(x) :] == two[len(y) :]:
                return True
    return False


# Where one letter makes more words than this, each of them is meant.
_MOST_ALIKE = 50


def slips(words: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Pairs of words one slip of the pen apart: (word, word, rule).

    Words that share what is left when one letter is taken out are compared (Garbe's symmetric
    deletion), unless they are many, so the time is linear in their number.
    """
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted({w for w in words if len(w) >= 7 and w.isalpha()}):
        for rest in {word, *(word[:i] + word[i + 1 :] for i in range(1, len(word)))}:
            homes[rest].append(word)
    seen: set[tuple[str, str]] = set()
    for found in homes.values():
        if len(found) > _MOST_ALIKE:
            continue
        for i, one in enumerate(found):
            for two in found[i + 1 :]:
                if (one, two) not in seen:
                    seen.add((one, two))
                    if rule := _slip(one, two):
                        yield one, two, rule


def _slip(one: str, two: str) -> str:
    if OSA.distance(one, two, score_cutoff=1) != 1 or frozenset((one, two)) in _UNLIKE:
        return ""
    if _opposite(one, two):
        return ""
    if re.sub(r"(.)\1", r"\1", one) == re.sub(r"(.)\1", r"\1", two):
        return "doubled letter"
    if len(one) == len(two) and sorted(one) == sorted(two):
        return "swapped letters"
    for a, b in _ENDS:
        for x, y in ((a, b), (b, a)):
            if one.endswith(x) and two.endswith(y):
                return ""
    return "one letter"
