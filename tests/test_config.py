"""The workspace: where it is found, what is set in it, what a file is called from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from waygraph.app.trusting import trust
from waygraph.config import (
    FOLDER,
    FORMAT,
    Settings,
    Workspace,
    default_graph,
    find_workspace,
    make_workspace,
    ontology,
)
from waygraph.errors import MissingWorkspace, SettingsError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A corpus root with an empty workspace."""
    folder = tmp_path / "corpus"
    (folder / FOLDER).mkdir(parents=True)
    return folder


def settings_of(root: Path, text: str | bytes) -> Settings:
    data = text.encode() if isinstance(text, str) else text
    (root / FOLDER / "settings.toml").write_bytes(data)
    return find_workspace(root).settings


# --- finding ----------------------------------------------------------------------------


def test_the_nearest_workspace_upward_is_found(root: Path) -> None:
    deep = root / "a" / "b"
    deep.mkdir(parents=True)
    assert find_workspace(start=deep).folder == root / FOLDER
    assert find_workspace(start=root).folder == root / FOLDER
    assert find_workspace(start=root / FOLDER).folder == root / FOLDER
    (root / "a" / FOLDER).mkdir()
    assert find_workspace(start=deep).folder == root / "a" / FOLDER
    assert find_workspace(start=deep).root == root / "a"


def test_the_search_begins_in_the_current_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a").mkdir()
    monkeypatch.chdir(root / "a")
    assert find_workspace().folder == root / FOLDER
    assert find_workspace(start=Path("..")).folder == root / FOLDER


def test_no_workspace_anywhere(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / FOLDER).write_text("a file is no workspace", encoding="utf-8")
    with pytest.raises(MissingWorkspace) as caught:
        find_workspace(start=tmp_path / "a")
    assert caught.value.message == f"no workspace at {tmp_path / 'a'} or in any folder above it"
    assert "waygraph ingest PATH" in caught.value.hint


def test_a_named_workspace_is_the_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = root.parent / "other"
    (other / FOLDER).mkdir(parents=True)
    monkeypatch.chdir(root)
    for named in (other, other / FOLDER, Path("../other"), Path("../other") / FOLDER):
        assert find_workspace(named).folder == other / FOLDER
    # what is named is not searched for upward
    (other / "deep").mkdir()
    with pytest.raises(MissingWorkspace, match="deep"):
        find_workspace(other / "deep")


# --- making -----------------------------------------------------------------------------


def test_a_workspace_is_made_where_there_is_none(tmp_path: Path) -> None:
    made = make_workspace(start=tmp_path)
    assert made == Workspace(tmp_path / FOLDER, Settings())
    assert (made.folder / "format").read_text(encoding="utf-8") == f"{FORMAT}\n"
    assert (made.folder / ".gitignore").read_text(encoding="utf-8") == "*\n"
    (tmp_path / "a").mkdir()
    assert make_workspace(start=tmp_path / "a") == made
    assert not (tmp_path / "a" / FOLDER).exists()


def test_a_workspace_is_made_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert make_workspace().folder == tmp_path / FOLDER


def test_a_named_workspace_is_made_where_it_is_named(root: Path) -> None:
    made = make_workspace(root / "new" / "place", start=root)
    assert made.folder == root / "new" / "place" / FOLDER
    assert make_workspace(root / "more" / FOLDER).folder == root / "more" / FOLDER


def test_a_workspace_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        make_workspace(tmp_path / "file")
    assert caught.value.message.startswith(f"cannot make a workspace at {tmp_path / 'file'}")
    assert "--workspace" in caught.value.hint


# --- addresses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("a.md", "a.md"),
        ("notes/sub/a b.md", "notes/sub/a b.md"),
        ("notes/../a.md", "a.md"),
        ("./notes//a.md", "notes/a.md"),
        ("../other/a.md", "../other/a.md"),
        ("../../a.md", "../../a.md"),
        ("../corpus/a.md", "a.md"),
        (".", "."),
    ],
)
def test_an_address_is_relative_to_the_root(
    root: Path, monkeypatch: pytest.MonkeyPatch, path: str, address: str
) -> None:
    workspace = find_workspace(root)
    assert workspace.address(root / path) == address
    monkeypatch.chdir(root)
    assert workspace.address(Path(path)) == address


def test_an_address_does_not_follow_links(root: Path) -> None:
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    assert find_workspace(root).address(root / "link" / "a.md") == "link/a.md"
    # and the workspace keeps the name by which it was found
    (root.parent / "alias").symlink_to("corpus")
    alias = find_workspace(start=root.parent / "alias")
    assert alias.root == root.parent / "alias"
    assert alias.address(root.parent / "alias" / "a.md") == "a.md"


def test_an_address_is_the_same_in_another_place(tmp_path: Path) -> None:
    found = set()
    for place in ("one", "two/three"):
        workspace = make_workspace(tmp_path / place)
        found.add(workspace.address(workspace.root / "notes" / "a.md"))
    assert found == {"notes/a.md"}


# --- settings ---------------------------------------------------------------------------


def test_settings(root: Path) -> None:
    assert find_workspace(root).settings == Settings()
    assert settings_of(root, "") == Settings()
    text = 'wikilinks = "label-first"\nsite = "https://example.org:8000/a"'
    found = settings_of(root, text)
    assert (found.wikilinks, found.site) == ("label-first", "https://example.org:8000/a")
    text = '\nbase = "https://example.org/notes/"\ngraph = "my graph.toml"\nwords_per_minute = 1\n'
    assert settings_of(root, text) == Settings("https://example.org/notes/", "my graph.toml", 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base = \n", "(at line 1"),
        ("\n\nbase == 1", "(at line 3"),
        (b"base = '\xff'", "can't decode byte 0xff"),
        ("bases = 'x'", "unknown setting 'bases'"),
        ("[base]\nx = 1", "is not of type str"),
        ("words_per_minute = '200'", "words_per_minute = '200' is not of type int"),
        ("words_per_minute = 200.0", "words_per_minute = 200.0 is not of type int"),
        ("words_per_minute = true", "words_per_minute = True is not of type int"),
        ("words_per_minute = 0", "words_per_minute must be at least 1"),
        ("words_per_minute = -1", "words_per_minute must be at least 1"),
        ("wikilinks = 'both'", "wikilinks = 'both' is none of auto, target-first, label-first"),
        *(
            (f"site = '{site}'", f"site = {site!r} is not an http(s) address")
            for site in ["example.org", "https://example.org/?a", "https://", "ftp://example.org",
                         "https://example.org:70000", "https://[x"]
        ),
        ("graph = 1", "graph = 1 is not of type str"),
        *(
            (f"base = '{base}'", f"base = {base!r} is not an")
            for base in ["", "/", "example.org/", "https://example.org", "https://example.org/a b/",
                         "https://example.org/<x>/", "https://example.org/a", "notes/",
                         "//example.org/", "https:///"]
        ),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit(root: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of(root, text)
    assert caught.value.message.startswith(f"{root / FOLDER / 'settings.toml'}: ")
    assert message in caught.value.message


def test_an_unknown_setting_is_answered_with_the_known(root: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of(root, "speed = 1")
    assert (
        caught.value.hint
        == "known: base, graph, words_per_minute, wikilinks, site, gazetteer, background, store, "
        "plan_steps, relations"
    )


# --- formats ----------------------------------------------------------------------------


def test_a_format_of_a_newer_version(root: Path) -> None:
    (root / FOLDER / "format").write_text(f"{FORMAT + 1}\n", encoding="utf-8")
    for open_ in (find_workspace, make_workspace):
        with pytest.raises(SettingsError) as caught:
            open_(root)
        assert caught.value.message == (
            f"{root / FOLDER} has format {FORMAT + 1}; this waygraph reads format {FORMAT}"
        )
        assert "--workspace" in caught.value.hint
    assert (root / FOLDER / "format").read_text(encoding="utf-8") == f"{FORMAT + 1}\n"


def test_a_format_as_it_is_written(root: Path) -> None:
    (root / FOLDER / "format").write_text(f" {FORMAT}\r\n", encoding="utf-8")
    assert find_workspace(root).folder == root / FOLDER


# --- files that come with it ------------------------------------------------------------


def test_files_that_come_with_waygraph() -> None:
    for path in (default_graph(), ontology("waygraph.ttl"), ontology("shapes.ttl")):
        assert path.is_file(), path
        assert path.stat().st_size > 0


# --- a server as the store --------------------------------------------------------------


@pytest.mark.parametrize(
    "store",
    [
        "http://localhost:7878",
        "https://x.org/a/sparql https://x.org/a/update",
        "https://x.org/a/sparql https://x.org/a/update https://x.org/a/data",
    ],
)
def test_a_store_may_be_a_server(tmp_path: Path, store: str) -> None:
    folder = make_workspace(tmp_path).folder
    (folder / "settings.toml").write_text(f'store = "{store}"\n')
    trust(folder)
    assert find_workspace(tmp_path).settings.store == store
    assert find_workspace(tmp_path, store="http://other").settings.store == "http://other"


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("localhost:7878", "no http"),
        ("http://a http://b http://c http://d", "no http"),
        ("file:///etc", "no http"),
        ("http://ann:s3cret@localhost", "holds a user or password"),
    ],
)
def test_a_store_is_an_address_without_a_password(tmp_path: Path, store: str, message: str) -> None:
    folder = make_workspace(tmp_path).folder
    (folder / "settings.toml").write_text(f'store = "{store}"\n')
    with pytest.raises(SettingsError, match=message) as caught:
        find_workspace(tmp_path)
    assert "s3cret" not in str(caught.value)
