"""What months, weekdays and weeks are called, and which names are nothing but a day's.

Daily notes are called by their day in whatever form and language their owner's tool has; such a
name is no name of a thing to learn.
"""

from __future__ import annotations

import re
from functools import lru_cache

ENGLISH_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
# German, French, Spanish, Italian, Portuguese, Dutch: full names, then short ones.
_MONTHS = """
januar jänner janvier enero gennaio janeiro januari / jän janv ene gen jan
februar feber février fevrier febrero febbraio fevereiro februari / febr févr fevr fév fev feb
märz maerz mars marzo março marco maart / mär mrz mrt mar
april avril abril aprile / avr abr apr
mai mayo maggio maio mei / mag may
juni juin junio giugno junho / giu jun
juli juillet julio luglio julho / juil lug jul
august août aout agosto augustus / ago aug
september septembre septiembre settembre setembro / sept set sep
oktober octobre octubre ottobre outubro / okt ott out oct
november novembre noviembre novembro / nov
dezember décembre decembre diciembre dicembre dezembro december / dez déc dic dec
"""
_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche
lunes martes miércoles miercoles jueves viernes sábado sabado domingo
lunedì lunedi martedì martedi mercoledì mercoledi giovedì giovedi venerdì venerdi sabato domenica
segunda-feira terça-feira quarta-feira quinta-feira sexta-feira
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
"""
_SHORT_WEEKDAYS = """
mon tue tues wed thu thur thurs fri sat sun mo di mi do fr sa so lun mar mer mié jeu jue ven vie
sam sáb sab dim dom gio seg ter qua qui sex segunda terça terca quarta quinta sexta
ma wo vr za zo
"""


def _numbered() -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(_MONTHS.strip().splitlines(), 1):
        found |= dict.fromkeys(line.replace("/", " ").split(), number)
    return found


# The number of each month by its name in another language than English.
MONTHS = _numbered()
# "12 out of 2020" is no day in October
MONTH = rf"(?:{'|'.join(sorted(map(re.escape, MONTHS), key=len, reverse=True))})\b(?!\sof\b)\.?"
JOINS = r"[\s_.,-]+(?:(?:de|del|di|do|van|den|the|of)[\s_]+)*"
ORDINAL = r"\d{1,2}(?:st|nd|rd|th|er|re|e|º|ª|°)?"
_WEEKDAY = rf"(?:{'|'.join(map(re.escape, _WEEKDAYS.split()))})"
_ANY_WEEKDAY = (
    rf"(?:{_WEEKDAY}|(?:{'|'.join(map(re.escape, _SHORT_WEEKDAYS.split()))})(?![^\W\d_])\.?)"
)
ANY_MONTH = rf"(?:{ENGLISH_MONTH}|{MONTH})"
# A week: 2024-W12, W12 2024, week 12 of 2024, KW 12/2024
WEEK = (
    r"(?<![^\W_])(?P<week_year>\d{4})[\s_-]*(?:w|kw|week[\s_-]*|woche[\s_-]*|semaine[\s_-]*)"
    r"[\s_-]*(?P<week>\d{1,2})(?:-(?P<weekday>[1-7]))?(?![^\W_])"
    r"|(?<![^\W_])(?:week|w|kw|woche|semaine|semana|settimana)[\s_-]*(?P<week2>\d{1,2})"
    r"(?:\s*[,/_-]?\s*(?:of\s+|de\s+)?)(?P<week_year2>\d{4})(?![^\W_])"
)
_LEADING = (
    rf"(?:(?:der|den|le|el|il|the|on)[\s_]+)?(?:{_ANY_WEEKDAY}[\s_.,-]+(?:(?:the|den|le|o)\s+)?)?"
)
_TIME = r"(?:[T\s_,-]+\d{1,2}[:.h-]?\d{2}(?:[:.-]?\d{2})?(?:[.,]\d+)?(?:Z|\s*[ap]m)?)?"
_NUMBERS = r"(?:\d{1,4}[-/._\s]+\d{1,2}[-/._\s]+\d{1,4}|\d{8}(?:\d{4}(?:\d\d)?)?)"
_DAY_NAME = re.compile(
    rf"{_LEADING}(?:"
    rf"{_NUMBERS}"
    # a day and a month, which in another language than English needs the year: "Mars 3"
    rf"|{ORDINAL}{JOINS}{ENGLISH_MONTH}|{ENGLISH_MONTH}{JOINS}{ORDINAL}"
    rf"|{ORDINAL}{JOINS}{ANY_MONTH}{JOINS}\d{{4}}|{ANY_MONTH}{JOINS}{ORDINAL}{JOINS}\d{{4}}"
    rf"|\d{{4}}{JOINS}{ANY_MONTH}{JOINS}{ORDINAL}"
    # a month; "Mars 2020" went to Mars
    rf"|(?!mars\b){ANY_MONTH}{JOINS}\d{{4}}|\d{{4}}{JOINS}(?!mars\b){ANY_MONTH}"
    rf"|{WEEK.replace('?P<', '?P<name_')}|(?:\d{{4}}[\s_-]*q[1-4]|q[1-4][\s_-]*\d{{4}})"
    rf")(?:[\s_.,-]+\(?{_ANY_WEEKDAY}\)?)?{_TIME}"
    # with the weekday the year may be missing in any language
    rf"|{_ANY_WEEKDAY}[\s_.,-]+(?:{ORDINAL}{JOINS}{ANY_MONTH}|{ANY_MONTH}{JOINS}{ORDINAL})"
    rf"|{_WEEKDAY}(?:[\s_.,-]+{ORDINAL})?",
    re.I,
)


@lru_cache(maxsize=50_000)
def is_day_name(name: str) -> bool:
    """Whether a name is nothing but that of a day, a week, a month or a quarter of a year."""
    bare = " ".join(name.split()).strip(" .,:;()[]")
    return len(bare) <= 60 and bool(_DAY_NAME.fullmatch(bare))
