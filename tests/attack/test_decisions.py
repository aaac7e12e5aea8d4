"""Times in decisions files: of other time zones, out of order within a second, and to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.app.decisions import append_decision, decisions_file, read_decisions, undo_last
from waygraph.config import Workspace, find_workspace
from waygraph.decisions import DecisionError, in_force, parse_comment, parse_line, read_lines

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    (tmp_path / ".waygraph").mkdir()
    return find_workspace(tmp_path)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-25T16:37:56+02:00", "2026-11-25T14:37:56Z"),
        ("2026-11-25T16:37:56.25-0330", "2026-11-25T20:07:56.25Z"),
        ("2026-12-31T23:30:00-05:45", "2027-01-01T05:15:00Z"),
        ("0001-01-02T00:00:00+14:00", "0001-01-01T10:00:00Z"),
        ("2026-11-25T16:37:56+00:00", "2026-11-25T16:37:56Z"),
        ("2026-11-25T16:37:56.000Z", "2026-11-25T16:37:56.000Z"),
    ],
)
def test_a_time_zone_is_read(written: str, read: str) -> None:
    assert parse_line(f"{written} ann know heap").when == read


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-25T16:37:56", "2026-11-25T16:37:56+2", "2026-11-25T16:37:56+25:00",
        "2026-11-25T16:37:56 +02:00", "0001-01-01T00:00:00+14:00", "2026-11-25T16:37:56CET",
        "9999-12-31T20:00:00-10:00", "2026-11-25T16:37:56+02:00:00", "٢٠٢٦-11-25T16:37:56Z",
    ],
)  # fmt: skip
def test_what_is_no_time_is_told(written: str) -> None:
    with pytest.raises(DecisionError):
        parse_line(f"{written} ann know heap")


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1970, 1, 1), datetime(2026, 5, 1)),
            st.timedeltas(timedelta(hours=-23), timedelta(hours=23)),
            st.sampled_from(["accept", "reject"]),
        ),
        min_size=1,
        unique_by=lambda row: row[0],
    )
)
def test_of_several_zones_the_latest_moment_holds(
    rows: list[tuple[datetime, timedelta, str]],
) -> None:
    lines = []
    for moment, zone, verb in rows:
        minutes = int(zone.total_seconds()) // 60
        sign, (hours, rest) = "-+"[minutes >= 0], divmod(abs(minutes), 60)
        local = (moment + timedelta(minutes=minutes)).isoformat()
        lines.append(f"{local}{sign}{hours:02}:{rest:02} ann {verb} heap")
    found, faults = read_lines("\n".join(lines), "waygraph.decisions")
    assert not faults
    assert [d.verb for d in in_force(found, NOW)] == [max(rows)[2]]


def test_within_a_second_the_later_holds() -> None:
    found, _ = read_lines(
        "2026-01-01T00:00:00.500Z ann reject heap\n2026-01-01T00:00:00Z ann accept heap\n", "f"
    )
    assert [d.verb for d in in_force(found)] == ["reject"]


def test_what_is_dated_later_than_now_wins_over_nothing_and_is_told(place: Workspace) -> None:
    year = datetime.now(UTC).year
    decisions_file(place).write_text(
        "9999-01-01T00:00:00Z eve reject heap\n"
        f"{year - 1}-01-01T00:00:00Z ann accept heap\n"
        f"{year + 2}-01-01T00:00:00+02:00 eve know tree\n"
    )
    decided = read_decisions(place)
    assert {d.statement() for d in decided.force} == {"accept heap", "know tree"}
    assert [(f.address, f.line) for f in decided.faults] == [
        ("waygraph.decisions", 1),
        ("waygraph.decisions", 3),
    ]
    assert "is still to come" in decided.faults[0].reason
    # what is decided now holds, and can be taken back
    made = append_decision(place, parse_comment("reject tree --in a.md"), "ann")
    assert made.when < f"{year + 1}"
    append_decision(place, parse_comment("undo know tree"), "ann")
    assert [d.statement() for d in read_decisions(place).force] == [
        "accept heap", "reject tree --in a.md",
    ]  # fmt: skip
    assert undo_last(place, "ann").statement() == "undo reject tree --in a.md"


def test_a_clock_that_is_hours_ahead_is_not_told(place: Workspace) -> None:
    soon = datetime.now(UTC) + timedelta(hours=20)
    decisions_file(place).write_text(
        f"{soon:%Y-%m-%dT%H:%M:%S}Z bo reject heap\n2026-01-01T00:00:00Z ann accept heap\n"
    )
    decided = read_decisions(place)
    assert not decided.faults
    assert [d.statement() for d in decided.force] == ["reject heap"]
