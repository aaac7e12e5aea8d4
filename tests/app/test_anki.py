"""Decks as Anki's own library takes them: imported, studied, changed, imported again, checked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.decks import DeckId
from anki.notes import Note
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.search.test_compile import build, iri
from waygraph.answer import LearningPath, Named, Quote, Reading, Step
from waygraph.app.anki import deck
from waygraph.config import Workspace, make_workspace
from waygraph.model import ConceptRow, View

Said = Mapping[str, str]  # label -> definition
Log = dict[str, int]
ROPES = {"rope walk": "A rope walk is a lane.", "hawser": "A hawser is a thick rope."}


class Desk:
    """A workspace that makes decks, and a person's collection in Anki."""

    def __init__(self, folder: Path) -> None:
        self.place: Workspace = make_workspace(folder / "notes")
        self._folder = folder
        self._made = 0
        self.anki = Collection(str(folder / "collection.anki2"))

    def deck(
        self,
        said: Said,
        reason: str = "because",
        aliases: Mapping[str, tuple[str, ...]] | None = None,
        steps: Sequence[str] = (),
        place: Workspace | None = None,
    ) -> bytes:
        """A deck of these concepts in this order, the last the goal; or of ``steps`` of them."""
        self._made += 1
        rows = [ConceptRow(iri(n), n, (aliases or {}).get(n, ()), d) for n, d in said.items()]
        view = View(sorted(rows, key=lambda row: row.iri), [], [], [])
        graph = build(self._folder / f"graph-{self._made}", view)
        named = [Named(iri(name), name) for name in steps or said]
        after: list[Named | None] = [None, *named]
        taken = [
            Step(
                concept, "requires", Quote(reason, reason, "day-1.md", 0, 9, 3),
                Reading("day-1.md", "Ropes", 1.0), 0.1, to=before,
            )
            for concept, before in zip(named, after, strict=False)
        ]  # fmt: skip
        path = LearningPath(named[0], named[-1], 0.1, True, 1.0, 1, tuple(taken))
        return deck(place or self.place, graph, path)

    def take(self, data: bytes) -> Log:
        """Import a deck as Anki does by default: how many notes were new, updated …"""
        file = self._folder / "deck.apkg"
        file.write_bytes(data)
        asked = ImportAnkiPackageRequest(package_path=str(file), options=ImportAnkiPackageOptions())
        log = self.anki.import_anki_package(asked).log
        kinds = ("new", "updated", "duplicate", "conflicting")
        return {kind: len(found) for kind in kinds if (found := getattr(log, kind))}

    def notes(self) -> dict[str, Note]:
        """The notes of the collection by what their fields show first."""
        found = map(self.anki.get_note, self.anki.find_notes(""))
        return {unescape(note.fields[0]): note for note in found}

    def study(self, count: int) -> list[str]:
        """What the first new cards of the deck ask, each answered well."""
        [mine] = [d.id for d in self.anki.decks.all_names_and_ids() if "waygraph" in d.name]
        self.anki.decks.select(DeckId(mine))
        asked = []
        for _ in range(count):
            card = self.anki.sched.getCard()
            assert card is not None
            asked.append(unescape(card.note().fields[0]))
            self.anki.sched.answerCard(card, 4)
        return asked

    def check(self) -> None:
        """Let Anki check its database: it finds nothing to mend."""
        told, fine = self.anki.fix_integrity()
        assert fine
        assert "fixed" not in told.casefold(), told
        assert told.count("\n") == 0, told


@contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    made = Desk(folder)
    yield made
    made.anki.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as made:
        yield made


def test_a_deck_is_studied_in_the_order_of_the_plan_and_checked(desk: Desk) -> None:
    before = int(time.time())
    names = ["rope", "rope walk", "hawser", "mooring"]
    assert desk.take(desk.deck({name: f"A {name}." for name in names})) == {"new": 4}
    desk.check()
    for note in desk.notes().values():
        assert note.id >= before * 1000
        assert before <= note.mod <= time.time() + 1
        assert all(card.id >= before * 1000 for card in note.cards())
    assert desk.study(4) == names
    desk.check()


def test_the_same_plan_is_the_same_bytes_and_imports_as_nothing_new(desk: Desk) -> None:
    first = desk.deck(ROPES)
    assert desk.deck(ROPES) == first
    assert desk.take(first) == {"new": 2}
    hawser = desk.notes()["hawser"]
    hawser["Why"] = "as I say"
    desk.anki.update_note(hawser)
    assert desk.take(desk.deck(ROPES)) == {"duplicate": 2}
    assert desk.notes()["hawser"]["Why"] == "as I say"
    desk.check()


def test_a_changed_plan_updates_what_changed_and_keeps_what_was_studied(desk: Desk) -> None:
    desk.take(desk.deck(ROPES))
    desk.study(1)
    before = desk.notes()
    changed = {**ROPES, "hawser": "A hawser moors a ship.", "mooring": ""}
    assert desk.take(desk.deck(changed)) == {"new": 1, "updated": 1, "duplicate": 1}
    after = desk.notes()
    assert "moors a ship" in after["hawser"]["Definition"]
    assert after["hawser"].mod > before["hawser"].mod
    assert after["rope walk"].mod == before["rope walk"].mod
    assert {n: after[n].id for n in before} == {n: note.id for n, note in before.items()}
    assert [card.reps for card in after["rope walk"].cards()] == [1]
    # changed back it updates too
    assert desk.take(desk.deck(ROPES)) == {"updated": 1, "duplicate": 1}
    assert "thick rope" in desk.notes()["hawser"]["Definition"]
    desk.check()


def test_a_change_is_later_than_the_one_before_whatever_the_clock(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.take(desk.deck(ROPES))
    monkeypatch.setattr(time, "time_ns", lambda: 1_600_000_000_000_000_000)
    assert desk.take(desk.deck(ROPES, "another reason")) == {"updated": 2}


def test_a_step_that_left_the_plan_stays_as_it_is(desk: Desk) -> None:
    desk.take(desk.deck(ROPES))
    assert desk.take(desk.deck(ROPES, steps=["hawser"])) == {"updated": 1}
    assert set(desk.notes()) == {"rope walk", "hawser"}
    desk.check()


def test_a_renamed_step_is_the_same_card(desk: Desk) -> None:
    desk.take(desk.deck(ROPES))
    number = desk.notes()["hawser"].id
    renamed = {"rope walk": ROPES["rope walk"], "mooring rope": ROPES["hawser"]}
    log = desk.take(desk.deck(renamed, aliases={"mooring rope": ("hawser",)}))
    assert log == {"updated": 1, "duplicate": 1}
    assert desk.notes()["mooring rope"].id == number
    # what takes the old name is another card
    again = {**renamed, "hawser": "A hawser is a man."}
    assert desk.take(desk.deck(again, aliases={"mooring rope": ("hawser",)}))["new"] == 1
    assert len(desk.notes()) == 3
    desk.check()


MARKUP = (
    "[sound:x.mp3] [latex]x^2[/latex] [$]y[/$] [$$]z[/$$] [anki:tts lang=en]speak[/anki:tts] "
    "{{c1::cloze::hint}} {{Definition}} <b>bold</b> <img src=x.png> <script>alert(1)</script> "
    r"\(a\) \[b\] & &amp; \"q\" 'p' %% --> <!-- no"
)


def test_fields_are_text_whatever_they_hold(desk: Desk) -> None:
    desk.take(desk.deck({"rope": MARKUP, MARKUP[:60]: ""}, MARKUP))
    [card] = desk.notes()["rope"].cards()
    assert card.answer_av_tags() == card.question_av_tags() == []
    shown = card.answer()
    assert unescape(shown).count(MARKUP) == 2  # defined so, and quoted
    for tag in ("<b>", "<img", "<script", "[sound", "[latex", "[$", "[anki", "{{", "<!--"):
        assert tag not in shown
    assert shown.count("tex2jax_ignore") == 1  # formulas are typeset in the page, unless told
    assert desk.anki.media.check().missing == []
    desk.check()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(max_size=60))
def test_any_text_is_shown_as_it_is(desk: Desk, said: str) -> None:
    desk.take(desk.deck({"rope": said}, said))
    fields = desk.notes()["rope"].fields
    assert len(fields) == 5
    # what is no text stands as the sign for that; Anki composes letters
    import unicodedata

    from waygraph.app.anki import _CONTROL

    kept = unicodedata.normalize("NFC", _CONTROL.sub("\ufffd", said))
    text = unescape(fields[1].removeprefix('<p dir="auto">').removesuffix("</p>"))
    assert text == kept
    desk.check()


def test_empty_and_endless_quotes_and_names_of_decks(desk: Desk) -> None:
    names = ["سفينة", "船:::a::b", 'the "long" one ' + "x" * 3000]
    assert desk.take(desk.deck(dict.fromkeys(names, "word " * 10_000), "")) == {"new": 3}
    for note in desk.notes().values():
        assert "<q>" not in note["Why"]
        assert len(note["Definition"]) < 1200
    [made] = [d.name for d in desk.anki.decks.all_names_and_ids() if "waygraph" in d.name]
    assert "::" not in made
    desk.check()


def test_a_deck_of_thousands_of_cards(desk: Desk) -> None:
    said = {f"rope {number}": f"Rope {number} is long." for number in range(1500)}
    assert desk.take(desk.deck(said)) == {"new": 1500}
    said["rope 7"] = "Rope 7 broke."
    assert desk.take(desk.deck(said)) == {"updated": 1, "duplicate": 1499}
    desk.check()


def test_where_nothing_can_be_written_there_is_a_deck_all_the_same(
    desk: Desk, tmp_path: Path
) -> None:
    first = desk.deck(ROPES)
    kept = (desk.place.folder / "cards.sqlite").read_bytes()
    folder = tmp_path / "no" / ".waygraph"
    (folder / "cards.sqlite").mkdir(parents=True)  # no file can be there
    elsewhere = Workspace(folder, desk.place.settings)
    assert desk.take(desk.deck(ROPES, place=elsewhere)) == {"new": 2}
    assert desk.take(first) == {"duplicate": 2}
    assert (desk.place.folder / "cards.sqlite").read_bytes() == kept
