"""Which note stands at which address of a published site."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, unquote

from waygraph.model import Document
from waygraph.read.front_matter import read_front_matter
from waygraph.read.names import PUBLISHED, Names, is_web, stem, tidy, within
from waygraph.read.sites import Site, host_of, split, texts_of

_DATED = re.compile(r"(\d{4}|\d{2})-(\d{1,2})-(\d{1,2})-(.+)", re.S)
_DAY = re.compile(r"/(\d{4})/(\d{1,2})(?:/(\d{1,2}))?(?=/[^/])")
# front matter that says where a page is published; only then is it worth its parsing
_FIELDS = re.compile(r"^(?:permalink|url|slug|categor\w+|redirect_from)\b", re.M)
_HEAD = 4_000
# where generators keep their pages, beside the root
_CONTENT = ("", "content", "docs", "_pages")


@dataclass(frozen=True, slots=True)
class _Post:
    """A note that is published under a date or a name of its own."""

    address: str
    days: frozenset[tuple[int, int, int]]
    categories: frozenset[str]


class Published:
    """The notes of a corpus by where they are published.

    Besides the given sites there is one per folder that holds Jekyll's ``_posts``. Where no
    address is given, it is inferred: from a link to the permalink of one of its other notes,
    with all its categories, date and name; or, dates apart, from links to two such notes.
    """

    def __init__(self, names: Names, sites: Iterable[Site]) -> None:
        self._names = names
        self._posts: defaultdict[str, list[_Post]] = defaultdict(list)
        self._fixed: defaultdict[str, list[str]] = defaultdict(list)
        self._dated: list[tuple[str, str]] = []
        self.given = frozenset(sites)
        self.inferred: frozenset[Site] = frozenset()
        self._roots = {"", *(site.root for site in self.given)}

    def settle(self) -> None:
        """Infer the sites, when all documents are added."""
        known = {site.root for site in self.given if site.host}
        self.inferred = frozenset(
            site
            for site in self._infer()
            if not known.intersection(self._chain(f"{site.root or '.'}/x"))
        )

    def add(self, document: Document) -> None:
        """Take in where one more document is published, and its links that tell of sites."""
        address = document.address
        if is_web(address):
            return
        for link in document.links:
            if "://" in link.target and _DAY.search(link.target):
                self._dated.append((address, link.target))
        parts = address.split("/")
        for folder in ("_posts", "_drafts"):
            if folder in parts[:-1]:
                self._roots.add("/".join(parts[: parts.index(folder)]))
        fields: Mapping[str, Any] = {}
        if _FIELDS.search(document.source, 0, _HEAD):
            fields = read_front_matter(document.source).fields
        for path in (*texts_of(fields, "permalink", "url", "redirect_from"), *document.addresses):
            if path.startswith("/") and ":" not in path:
                self._fixed[_path_key(path)].append(address)
        dated = _DATED.fullmatch(tidy(stem(parts[-1])))
        slugs = {_slug(text) for text in texts_of(fields, "slug")}
        days = set()
        if dated:
            year, month, day = (int(number) for number in dated.groups()[:3])
            days.add((year + 2000 if year < 100 else year, month, day))
            slugs.add(_slug(dated[4]))
        said = (h.value for h in document.hints if h.origin == "front matter date")
        for value in (document.date, *said):
            if match := re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", value):
                days.add((int(match[1]), int(match[2]), int(match[3])))
        words = " ".join(texts_of(fields, "categories", "category")).split()
        categories = frozenset(map(_slug, words))
        for slug in slugs - {""}:
            self._posts[slug].append(_Post(address, frozenset(days), categories))

    def _infer(self) -> Iterator[Site]:
        found: defaultdict[Site, set[str]] = defaultdict(set)
        for address, target in self._dated:
            parts = split(target)
            if not parts or parts.scheme not in ("http", "https") or not parts.hostname:
                continue
            root = self._chain(address)[0]
            path = unquote(parts.path)
            segments = _segments(path)
            for post in self._posts.get(_slug(segments[-1]) if segments else "", ()):
                if post.address == address or not within(post.address, root):
                    continue
                if not post.categories <= _slugs(segments):
                    continue
                site = Site(root, f"https://{host_of(parts)}{_base(path, post)}")
                if _day(path) in post.days:
                    yield site
                elif post.categories:
                    found[site].add(post.address)
        yield from (site for site, posts in found.items() if len(posts) > 1)

    def _chain(self, address: str) -> list[str]:
        """The roots of the sites that a note lies in, the innermost first."""
        folders = (str(folder) for folder in PurePosixPath(address).parents)
        return [f for f in ("" if f == "." else f for f in folders) if f in self._roots] or [""]

    def sites_of(self, parts: SplitResult, origin: str) -> list[Site]:
        """The sites that an address of the web lies in: those of ``origin``, if any."""
        host, path = host_of(parts), unquote(parts.path)
        found = sorted(
            (s for s in self.given | self.inferred if s.host == host and _below(path, s.base)),
            key=lambda site: (-len(site.root), -len(site.base), site.root, site.url),
        )
        mine = self._chain(origin)
        return [site for site in found if site.root in mine] or found

    def by_url(self, sites: Iterable[Site], path: str, origin: str) -> list[str]:
        """The notes that stand at a path of one of the sites; several are equally good."""
        found: set[str] = set()
        mine = self._chain(origin)
        for site in sites:
            below = path.removeprefix(site.base) or "/"
            roots = [root for root in mine if root == site.root or within(root, site.root)]
            if roots:
                if own := self._first(roots, below):
                    return own
            else:
                found.update(self._at(site.root, below))
        return sorted(found)

    def by_path(self, path: str, origin: str) -> list[str]:
        """The notes that an absolute path (``/about``) leads to in the sites of ``origin``."""
        for root in self._chain(origin):
            bases = {s.base for s in self.given | self.inferred if s.root == root}
            for base in sorted(bases | {""}, key=lambda b: (-len(b), b)):
                if _below(path, base) and (found := self._at(root, path.removeprefix(base))):
                    return found
        return []

    def by_slug(self, path: str, origin: str) -> list[str]:
        """The posts of the site of ``origin`` that a page's relative path may mean."""
        for root in self._chain(origin):
            if found := self._post(root, path, strictly=False):
                return found
        return []

    def _first(self, roots: Iterable[str], path: str) -> list[str]:
        return next(filter(None, (self._at(root, path) for root in roots)), [])

    def _at(self, root: str, path: str) -> list[str]:
        found = [a for a in self._fixed.get(_path_key(path), ()) if within(a, root)]
        if found:
            return found
        bare = posixpath.normpath("/" + path).strip("/")
        first, _, rest = bare.partition("/")
        # Jekyll publishes the collection _notes as /notes
        inner = [posixpath.join(folder, bare) for folder in _CONTENT]
        inner += [f"_{first}/{rest}"] if rest else []
        for one in inner:
            if found := self._names.at(posixpath.join(root, one)):
                return found
        return self._post(root, path)

    def _post(self, root: str, path: str, strictly: bool = True) -> list[str]:
        """The posts of that name; with the day and the categories, or else one of the two."""
        segments = _segments(path)
        slug = _slug(segments[-1]) if segments else ""
        posts = [p for p in self._posts.get(slug, ()) if within(p.address, root)]
        place = [p for p in posts if p.categories <= _slugs(segments)]
        day = [p for p in posts if _day(path) in p.days]
        found = [p for p in place if p in day] or day or place or ([] if strictly else posts)
        return sorted({post.address for post in found})


def is_dated(path: str) -> bool:
    """Whether a path looks like a post's permalink: ``…/2022/10/27/title``."""
    return _DAY.search(path) is not None


def _day(path: str) -> tuple[int, int, int] | None:
    match = _DAY.search(path)
    return (int(match[1]), int(match[2]), int(match[3])) if match and match[3] else None


def _base(path: str, post: _Post) -> str:
    """What stands in a post's permalink before its categories and date."""
    before: list[str] = []
    for segment in path.split("/")[1:]:
        if _slug(segment) in post.categories or re.fullmatch(r"\d{4}", segment):
            break
        before.append(segment)
    return "".join(f"/{segment}" for segment in before)


def _below(path: str, base: str) -> bool:
    return not base or path == base or path.startswith(base + "/")


def _segments(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    return [*parts[:-1], stem(parts[-1], PUBLISHED)] if parts else []


def _slugs(segments: list[str]) -> frozenset[str]:
    return frozenset(map(_slug, segments))


def _slug(text: str) -> str:
    return re.sub(r"[\W_]+", "-", tidy(text)).strip("-").casefold()


def _path_key(path: str) -> str:
    return stem(tidy(unquote(path)).removesuffix("/index.html"), PUBLISHED).rstrip("/").casefold()
