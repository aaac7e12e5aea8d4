"""Where a workspace is and how it is set up."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path

from waygraph import files
from waygraph.errors import MissingWorkspace, SettingsError
from waygraph.trust_file import require_trust

FOLDER = ".waygraph"
CACHE = "cache.sqlite"
DECISIONS = "waygraph.decisions"
SETTINGS = "settings.toml"
FORMAT = 1
# Settings are a few lines.
_MOST = 1_000_000
DIALECTS = ("auto", "target-first", "label-first")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set in ``.waygraph/settings.toml``.

    Attributes:
        base: http(s) IRI, ending in "/", under which concepts, documents and claims are named.
        graph: the compute graph's file, relative to the corpus root; empty for the default.
        words_per_minute: reading speed behind every estimate of minutes.
        wikilinks: where a wikilink's label stands: "target-first" (``[[page|label]]``),
            "label-first", or "auto": as the corpus has it.
        site: http(s) address at which the corpus is published; empty if it is not, or if
            ``_config.yml``, ``CNAME`` or its own links tell.
        gazetteer: a SKOS file or a list of terms, relative to the corpus root; what it names
            is a concept wherever a note names it. Empty for none.
        background: large lists of terms, relative to the corpus root: titles of an encyclopedia,
            nouns of a dictionary. That a term stands there is evidence, and decides nothing.
        store: http(s) address of a SPARQL 1.1 server that holds the datagraph (of its query
            and its update operation and, if it has one, its Graph Store Protocol, separated
            by spaces, if they are not ``query``, ``update`` and ``store`` under one); empty
            for a store in the workspace. No user or password: they come from the environment
            or ~/.netrc.
        plan_steps: so many steps has a plan at most, unless more are asked for.
        relations: (name, relation) of properties that hold links, sorted by name: what the
            table ``[relations]`` adds to ``properties.KNOWN_PROPERTIES``.
    """

    base: str = "https://w3id.org/waygraph/local/"
    graph: str = ""
    words_per_minute: int = 200
    wikilinks: str = "auto"
    site: str = ""
    gazetteer: str = ""
    background: tuple[str, ...] = ()
    store: str = ""
    plan_steps: int = 10
    relations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace's folder (``.waygraph``), its corpus root and its settings.

    ``copied`` is the workspace that this one is a copy of, if it is: what is trusted there is
    trusted here.
    """

    folder: Path
    settings: Settings
    copied: Path | None = None

    @property
    def root(self) -> Path:
        """The corpus root: the folder that holds the workspace."""
        return self.folder.parent

    def address(self, path: Path) -> str:
        """The address of a file: its POSIX-style path relative to the corpus root."""
        relative = os.path.relpath(os.path.abspath(path), self.root)
        return Path(relative).as_posix()


def find_workspace(
    named: Path | None = None, start: Path | None = None, store: str | None = None
) -> Workspace:
    """Open the workspace ``named``, or else the nearest one from ``start`` upward.

    ``named`` may be the ``.waygraph`` folder or the folder that holds it. ``store`` takes the
    place of the setting of that name.

    Raises:
        MissingWorkspace: there is none.
        SettingsError: its settings do not fit.
    """
    return _open(find_folder(named, start), store)


def find_folder(named: Path | None = None, start: Path | None = None) -> Path:
    """The folder of a workspace, see ``find_workspace``; nothing in it is read.

    Raises:
        MissingWorkspace: there is none.
        SettingsError: it is a link, or another user's and not named.
    """
    if named is not None:
        folder = _named(named)
        if not folder.is_dir():
            raise MissingWorkspace(str(folder))
        return _real(folder)
    here = Path(os.path.abspath(start or Path.cwd()))
    for place in (here, *here.parents):
        folder = place / FOLDER
        if folder.is_dir():
            if hasattr(os, "geteuid") and folder.stat().st_uid != os.geteuid():
                raise SettingsError(
                    f"{folder} belongs to another user, whose settings would hold for your notes",
                    f"if you mean it: --workspace {place}; else make your own: --workspace {here}",
                )
            return _real(folder)
    raise MissingWorkspace(str(here))


def _real(folder: Path) -> Path:
    if folder.is_symlink():
        raise SettingsError(
            f"{folder} is a symbolic link: what is kept there would be written elsewhere",
            "name the folder that it leads to: --workspace FOLDER",
        )
    for path in _all_in(folder):
        if path.is_symlink():
            raise SettingsError(
                f"{path} is a symbolic link: what is kept there would be written elsewhere",
                "remove it; waygraph makes none there",
            )
    return folder


def _all_in(folder: Path) -> Iterator[Path]:
    for path, folders, names in os.walk(folder):
        yield from (Path(path, name) for name in (*folders, *names))


def make_private(folder: Path) -> None:
    """Let nobody but the user read a workspace of the user's: it holds what notes say."""
    with suppress(OSError):  # where nothing may be changed, or somebody tidies up meanwhile
        folder.chmod(0o700)
        for path in _all_in(folder):
            with suppress(FileNotFoundError):
                path.chmod(0o700 if path.is_dir() else files.PRIVATE)


def make_workspace(
    named: Path | None = None, start: Path | None = None, store: str | None = None
) -> Workspace:
    """Like ``find_workspace``, but make one (in ``start``, by default here) where none is."""
    try:
        return find_workspace(named, start, store)
    except MissingWorkspace:
        folder = _named(named) if named else Path(os.path.abspath(start or Path.cwd())) / FOLDER
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        files.replace(folder / "format", [f"{FORMAT}\n".encode()], files.PRIVATE)
        files.replace(folder / ".gitignore", [b"*\n"], files.PRIVATE)
    except OSError as error:
        raise SettingsError(
            f"cannot make a workspace at {folder}: {error.strerror}",
            "name another place with --workspace FOLDER",
        ) from None
    return _open(folder, store)


def default_graph() -> Path:
    """The compute graph that comes with waygraph."""
    return _shipped("pipeline.toml", "data")


def data_file(name: str) -> Path:
    """A file of ``data/`` that comes with waygraph, such as ``termhood.toml``."""
    return _shipped(name, "data")


def ontology(name: str) -> Path:
    """A file of ``ontologies/``, such as ``waygraph.ttl``."""
    return _shipped(name, "ontologies")


def _shipped(name: str, folder: str) -> Path:
    """A data file: inside the installed package, or in the checkout it runs from."""
    from importlib.resources import files

    inside = Path(str(files("waygraph"))) / folder / name
    return inside if inside.exists() else Path(__file__).parents[2] / folder / name


def _named(named: Path) -> Path:
    absolute = Path(os.path.abspath(named))
    return absolute if absolute.name == FOLDER else absolute / FOLDER


def _open(folder: Path, store: str | None) -> Workspace:
    version = (_text(folder / "format") or str(FORMAT)).strip()
    if version != str(FORMAT):
        raise SettingsError(
            f"{folder} has format {version}; this waygraph reads format {FORMAT}",
            "use the waygraph that made it, or name another workspace with --workspace FOLDER",
        )
    settings = read_settings(folder)
    if store is not None:
        settings = with_store(settings, store, "--store")
    else:
        require_trust(folder, folder / SETTINGS, claims(settings))
    return Workspace(folder, settings)


def claims(settings: Settings) -> list[str]:
    """Which of the settings can send something away, as they are written."""
    return [f'store = "{settings.store}"'] if settings.store else []


def read_settings(folder: Path) -> Settings:
    """The settings of a workspace.

    Raises:
        SettingsError: they do not fit.
    """
    path = folder / SETTINGS
    text = _text(path)
    if text is None:
        return Settings()
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}", "mend the file or remove it") from None
    relations = _relations(path, values.pop("relations", {}))
    background = _names(path, "background", values.pop("background", []))
    known = {field.name: type(getattr(Settings(), field.name)) for field in fields(Settings)}
    for name, value in values.items():
        if name not in known:
            raise SettingsError(f"{path}: unknown setting {name!r}", f"known: {', '.join(known)}")
        if type(value) is not known[name]:
            raise SettingsError(f"{path}: {name} = {value!r} is not of type {known[name].__name__}")
    settings = Settings(**values, background=background, relations=relations)
    if not re.fullmatch(
        r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/(?!\.\.?/)[A-Za-z0-9._~-]+)*/", settings.base
    ):
        raise SettingsError(f"{path}: base = {settings.base!r} is not an http(s) IRI ending in '/'")
    if settings.words_per_minute < 1:
        raise SettingsError(f"{path}: words_per_minute must be at least 1")
    if settings.plan_steps < 2:
        raise SettingsError(f"{path}: plan_steps must be at least 2")
    if settings.wikilinks not in DIALECTS:
        known_ones = ", ".join(DIALECTS)
        raise SettingsError(f"{path}: wikilinks = {settings.wikilinks!r} is none of {known_ones}")
    if settings.site and not _is_web_address(settings.site):
        raise SettingsError(f"{path}: site = {settings.site!r} is not an http(s) address")
    for name in ("graph", "gazetteer"):
        _check_inside(folder.parent, getattr(settings, name), f"{path}: {name}")
    for named in settings.background:
        _check_inside(folder.parent, named, f"{path}: background")
    return with_store(settings, settings.store, str(path)) if settings.store else settings


def _text(path: Path) -> str | None:
    """What a small file of the workspace says; None if there is none."""
    try:
        return files.read(path, _MOST).decode("utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", "mend the file or remove it") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: {error}", "mend the file or remove it") from None


def _check_inside(root: Path, named: str, where: str) -> None:
    """See that a file named by the settings lies among the notes."""
    real = Path(os.path.realpath(root / named))
    if Path(named).is_absolute() or not real.is_relative_to(os.path.realpath(root)):
        raise SettingsError(
            f"{where} = {named!r} lies outside {root}", "copy the file beside the notes"
        )


def _names(path: Path, name: str, listed: object) -> tuple[str, ...]:
    if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
        raise SettingsError(
            f"{path}: {name} = {listed!r} is no list of files", f'{name} = ["FILE"]'
        )
    return tuple(listed)


def _relations(path: Path, table: object) -> tuple[tuple[str, str], ...]:
    """The table ``[relations]``: names of properties, and what each says.

    Raises:
        SettingsError: it is no table of names and known relations.
    """
    from waygraph.properties import RELATIONS, property_name

    hint = f"relations: {', '.join(sorted(RELATIONS))}"
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: relations = {table!r} is no table", "write [relations]")
    for name, relation in table.items():
        if not isinstance(relation, str) or relation not in RELATIONS:
            raise SettingsError(f"{path}: [relations] {name} = {relation!r} is no relation", hint)
    return tuple(sorted((property_name(name), said) for name, said in table.items()))


def with_store(settings: Settings, store: str, where: str) -> Settings:
    """Settings with another store; ``where`` says where it is named.

    Raises:
        SettingsError: it is no address of a server, or holds a password.
    """
    from urllib.parse import urlsplit

    addresses = store.split(" ") if store else []
    if any("@" in urlsplit(address).netloc for address in addresses):
        raise SettingsError(
            f"{where}: store holds a user or password",
            "set WAYGRAPH_STORE_USER and WAYGRAPH_STORE_PASSWORD, or use ~/.netrc",
        )
    if len(addresses) > 3 or not all(map(_is_web_address, addresses)):
        raise SettingsError(
            f"{where}: store = {store!r} is no http(s) address, nor two or three of them",
            "such as http://localhost:7878; leave it out for a store in the workspace",
        )
    return replace(settings, store=store)


def _is_web_address(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        # its port is a number a port can have
        whole = urlsplit(text).port != 0
    except ValueError:
        return False
    return whole and bool(re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[^\s?#]*)?", text))
