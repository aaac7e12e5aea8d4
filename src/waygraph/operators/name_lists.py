"""What people and places are called, from libraries that keep such lists."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_FIRST = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary")
# Languages that write names in Latin letters: the lists of others would cost time for nothing.
_LANGUAGES = frozenset(
    "cs da de en es et fi fr ga hr hu id it lt lv nl no pl pt ro sk sl sv sw tr vi zu".split()
)
_LAST = ("last_names", "last_names_male", "last_names_female")


@cache
def given_names() -> frozenset[str]:
    """First names of many languages in Latin letters, case folded. Source: Faker's lists."""
    return _names(_FIRST)


@cache
def family_names() -> frozenset[str]:
    """Family names of many languages in Latin letters, case folded. Source: Faker's lists."""
    return _names(_LAST)


def _names(lists: tuple[str, ...]) -> frozenset[str]:
    import faker.providers.person as people

    found: set[str] = set()
    for module in iter_modules(people.__path__):
        if module.name.partition("_")[0] not in _LANGUAGES:
            continue
        provider = import_module(f"{people.__name__}.{module.name}").Provider
        for name in lists:
            listed = getattr(provider, name, ())
            if isinstance(listed, (tuple, list, dict)):
                found.update(one.casefold() for one in listed if isinstance(one, str))
    return frozenset(one for one in found if len(one) > 1 and _WORD.fullmatch(one))


@cache
def countries(language: str) -> frozenset[str]:
    """Countries and parts of the world as a language calls them. Source: CLDR, by Babel."""
    from babel import Locale

    territories: dict[str, str] = dict(Locale(language).territories)
    return frozenset(name for name in territories.values() if len(name) > 3)
