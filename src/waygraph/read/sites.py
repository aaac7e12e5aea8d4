"""Sites: folders of notes that are published, and the files that say where."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import SplitResult, urlsplit

import yaml

from waygraph import files
from waygraph.model import Failure
from waygraph.read.front_matter import load_yaml
from waygraph.read.names import is_web

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Site:
    """A folder of notes and where it is published.

    ``root`` is the folder's address, empty for the corpus root; ``url`` is absolute
    (``https://e.org/base``) or a path (``/base``), without a slash at its end.
    """

    root: str
    url: str

    @property
    def host(self) -> str:
        """The host without ``www.``, empty where only the path is known."""
        return host_of(urlsplit(self.url))

    @property
    def base(self) -> str:
        """The path below which all pages lie, without a slash at its end."""
        return urlsplit(self.url).path.rstrip("/")


def host_of(parts: SplitResult) -> str:
    """Host and port of an address; ``www.`` and the default ports do not count."""
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return (parts.hostname or "").removeprefix("www.") + port


def configured_sites(root: Path, addresses: Iterable[str]) -> Iterator[Site | Failure]:
    """The sites that ``_config.yml`` (``url``, ``baseurl``) and ``CNAME`` declare.

    They are looked for in every folder of ``root`` that holds one of ``addresses``, however
    deep. A file that cannot be read gives a failure.
    """
    folders = {"."} | {
        str(folder)
        for address in addresses
        if not is_web(address) and not address.startswith("../")
        for folder in PurePosixPath(address).parents
    }
    for folder in sorted(folders):
        here = "" if folder == "." else folder
        for name, read in (("_config.yml", _jekyll), ("CNAME", _cname)):
            path = root / folder / name
            try:
                if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
                    text = files.read_inside(root, path, _LARGEST).decode("utf-8-sig")
                    url = read(text).rstrip("/")
                    if url:
                        host_of(urlsplit(url))
                        yield Site(here, url)
            except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
                reason = " ".join(str(error).split()) or "cannot be read"
                yield Failure(posixpath.join(here, name), f"tells no address of a site: {reason}")


def _jekyll(text: str) -> str:
    fields = load_yaml(text)
    if not isinstance(fields, dict):
        return ""
    url = next(iter(texts_of(fields, "url")), "").strip()
    base = next(iter(texts_of(fields, "baseurl")), "").strip().strip("/")
    return (url if "://" in url else "").rstrip("/") + (f"/{base}" if base else "")


def _cname(text: str) -> str:
    host = text.strip().partition("\n")[0].strip()
    return f"https://{host}" if re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) else ""


def split(url: str) -> SplitResult | None:
    """An address taken apart, or None if it is none."""
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port >= 0 else None
    except ValueError:
        return None


def texts_of(fields: Mapping[str, Any], *names: str) -> list[str]:
    """The texts in these fields, each a text or a list of them."""
    values = [fields.get(name) for name in names]
    parts = [p for v in values for p in (v if isinstance(v, list) else [v])]
    return [part for part in parts if isinstance(part, str)]
