"""Labels as keys: what makes two ways to write a term the same term.

A key is the label's words, case folded, hyphens and underscores read as spaces,
possessives and English plurals taken off, ``*``, ``+`` and ``#`` spelled out. It depends
on the label alone, so it never changes with the corpus.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from waygraph.calendar_names import is_day_name

if TYPE_CHECKING:
    from waygraph.model import Document

# accents may stand as characters of their own, as in file names on some systems
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*|[.'’][^\W_]+)*[*+#]*")
_TITLE_BREAK = re.compile(r"\s+[-–—|]+\s+|\s*[–—|:]\s+|\s*,\s+(?=day\b)", re.I)
# A page may be about two things at once, or about one seen as another.
_JOINING = re.compile(
    r"(?<=\s)(?:and|or|as|between|vs\.?|versus|into|onto|over|under|the|an?)(?=\s)", re.I
)
_OUTER = " ,;:!?\"'“”‘’()[]{}<>|/\\–—-"
_SPELLED = {"*": "star", "+": "plus", "#": "sharp"}
_NO_PLURAL = ("ss", "us", "is", "ous", "ics", "ias", "aas", "ws", "yes", "ays")
_KEPT = frozenset(
    """
    alias always atlas aws bayes bias canvas chaos class cors css dns gas gauss gps has https ios
    its js keras kubernetes lens less news os pandas perhaps sas series species stokes this was
    """.split()
)
# how Logseq writes the "/" of a page's name into that of its file
_NAMESPACE = re.compile(r"(?:___|%2f)[^/]*\Z", re.I)
_DIGITS = "0123456789"
LONGEST = 8

# Words that carry grammar rather than meaning. A label that holds one (past its first
# word, and but for PREPOSITIONS) is a clause, not a term.
PREPOSITIONS = frozenset(
    """
    of in for on by with to from
    """.split()
)
FUNCTION_WORDS = frozenset(
    """
    a an the this that these those it its he she they them their i me my we us our you your
    is are was were be been being am do does did has have had will would can could should
    may might must not no and or but if so as than then when while where why how what which
    who whom whose there here about into onto over under up down out off all any each every
    some more most such just only very also too yet again once because until before after
    during between through against both few other own same
    """.split()
)
# Nouns of discourse: they name parts of a text or of talk, not things to learn.
GENERIC = frozenset(
    """
    thing way lot time people day one kind part example note bit case point fact idea
    question answer problem reason result year week month hour minute today tomorrow
    yesterday morning evening night place person man woman stuff something anything
    everything nothing someone anyone everyone number amount piece side end start beginning
    step page section chapter article post link list item title heading summary introduction
    intro conclusion overview detail reference resource reading content table figure see goal
    exercise todo word name term sense lesson course book paper author reader world life
    work matter rest set use order form type sort manner line hand eye head back front top
    bottom half couple pair next last first second third other another more much many few
    little good bad new old big small right wrong same different various certain several own
    readme index home license licence contributing changelog unknown key prerequisite
    background appendix note-to-self click image picture photo screenshot wikipedia version
    update mistake moment trouble sentence paragraph feature area
    """.split()
)
# Words for media, parts of texts, dates, courtesy: phrases of these alone are talk, unless the
# note's structure says otherwise.
CHATTER = frozenset(
    """
    video lecture lecturer slide tutorial blog blogpost email mail website webpage site channel
    podcast playlist newsletter subscription download pdf subsection pg pgs pp ch sec fig eq et al
    etc i.e e.g vs edition vol volume chapter lesson podcast talk workshop webinar slideshow
    transcript footnote bibliography citation sidebar screencast tweet account signup
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday weekday weekend am pm date schedule
    thank thanks hello hi hey please sorry welcome regards cheers congratulations folk folks guy
    friend everybody nobody somebody gratitude luck fun
    lecture-note textbook instructor teacher student professor beginner newbie reason opinion
    """.split()
)


class Word(NamedTuple):
    """A word of a text: its key and its offsets."""

    key: str
    start: int
    end: int


@lru_cache(maxsize=200_000)
def word_key(word: str) -> str:
    """The key of one word as written."""
    folded = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    stem = folded.rstrip("*+#")
    tail = "".join(f" {_SPELLED[c]}" for c in folded[len(stem) :])
    stem = stem.removesuffix("'s").removesuffix("'")
    # GPUs, APIs, but not NASA's: a plural s behind capitals
    plural = len(word) > 2 and word.endswith("s") and word[:-1].isupper() and word[-2].isalnum()
    return singular(stem[:-1] if plural else stem) + tail


def singular(word: str) -> str:
    """The singular of an English noun in lower case, by its ending; other words stay."""
    if len(word) < 4 or not word.endswith("s") or word in _KEPT or word.endswith(_NO_PLURAL):
        return word
    if "." in word[-3:]:  # node.js
        return word
    if word in ("matrices", "indices", "vertices"):
        return word[:-4] + ("ex" if word in ("indices", "vertices") else "ix")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[Word]:
    """The words of ``text[start:end]`` in order."""
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        yield Word(word_key(match.group()), match.start(), match.end())


@lru_cache(maxsize=50_000)
def key(label: str) -> str:
    """The key of a label; empty if it holds no word."""
    return " ".join(word.key for word in words(label))


def slug(label: str) -> str:
    """A concept's name in its IRI: the label's words as written, case folded, joined by hyphens."""
    parts: list[str] = []
    for match in _WORD.finditer(unicodedata.normalize("NFKC", label)):
        folded = match.group().casefold().replace("’", "'")
        stem = folded.rstrip("*+#")
        parts += [stem.replace("'", ""), *(_SPELLED[c] for c in folded[len(stem) :])]
    return "-".join(filter(None, parts))


@lru_cache(maxsize=50_000)
def is_term(label: str, longest: int = 5) -> bool:
    """Whether a label can name a thing to learn, by its words alone.

    It has 1 to ``longest`` words, a letter, no function word and not generic words alone, and is
    no day's name.
    """
    found = [match.group().casefold() for match in _WORD.finditer(label)]
    if not 1 <= len(found) <= longest or FUNCTION_WORDS.intersection(found):
        return False
    if found[0] in PREPOSITIONS or found[-1] in PREPOSITIONS:
        return False
    if all(word.isdigit() or singular(word.rstrip(_DIGITS)) in GENERIC for word in found):
        return False
    if re.search(r"\bday\s*\d|://|\bwww\.|\.\*", label, re.I) or not any(map(str.isalpha, label)):
        return False
    if is_day_name(label):
        return False
    balanced = all(label.count(one) == label.count(two) for one, two in ("()", "[]", "{}"))
    return balanced and (len(found) > 1 or len(found[0]) > 1 or found[0] in ("c", "r"))


@lru_cache(maxsize=50_000)
def tidy(label: str) -> str:
    """A label for display: one line, no leading article, no outer punctuation."""
    whole = " ".join(label.split())
    label = whole.strip(_OUTER)
    if label.endswith(".") and label.count(".") == 1:
        label = label[:-1].rstrip(_OUTER)
    for opening, closing in ("()", "[]", "{}"):  # the bracket of "Mercury (planet)" stays
        if label.count(opening) == label.count(closing) + 1 and f"{label}{closing}" in whole:
            label += closing
            break
    return re.sub(r"^(?:an?|the)\s+(?=\w)", "", label, flags=re.I)


def title_concept(title: str, page: bool) -> str:
    """The label of what a title names, or empty: a day's title is no concept, a page's is."""
    parts = [tidy(part) for part in _TITLE_BREAK.split(title)]
    parts = [part for part in parts if part and not re.search(r"\bday\s*\d", part, re.I)]
    label = tidy(title)
    if page and is_term(_JOINING.sub(" ", label), longest=8):
        return label
    return parts[0] if len(parts) == 1 and is_term(parts[0]) else ""


def page_name(name: str) -> str:
    """What a page is called without its namespace; ``A/B testing`` and ``TCP/IP`` have none."""
    before, _, last = name.rpartition("/")
    return name if before.isupper() and len(before) < 5 else last


def topic(document: Document) -> tuple[str, bool]:
    """The label of what a document is about, or empty, and whether it is a page about it.

    A dated note whose author gives its topic other names is kept for that topic too. A drawing or
    a template is about nothing.
    """
    if document.is_form:
        return "", False
    title = document.title
    if "/" in title and _NAMESPACE.search(document.address):
        title = page_name(title)
    label = title_concept(title, document.page)
    return label, document.page or bool(label and document.aliases)
