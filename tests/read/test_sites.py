"""Links by URL and from the root of a site: which note is published where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.read.test_links import read, shown
from waygraph.model import Document, Failure, Target
from waygraph.read.links import Resolver, resolve_links
from waygraph.read.markdown import read_markdown
from waygraph.read.sites import Site, configured_sites


def lead(
    origin: str, text: str, others: Mapping[str, str], sites: Sequence[Site] = ()
) -> list[str]:
    """Where the links of a note lead, among notes with these texts."""
    return [shown(t) for t in resolve_links(read({origin: text, **others}), sites=sites)[0].found]


def post(**fields: str) -> str:
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in fields.items()) + "---\n# x\n"


def nowhere(path: str) -> str:
    return f"broken: no note is published at '{path}'"


BLOG = {
    "_posts/2022-10-27-First-Day.md": post(categories="100Days", date="2022-10-27 4:30"),
    "_posts/22-10-28-second day.md": post(categories="100Days", date="2022-11-02"),
    "_posts/2022-10-29-twice.md": post(),
    "_posts/2022-10-30-twice.md": post(),
    "_posts/2022-10-31-moved.md": post(permalink="/fixed/place/", slug="by-hand"),
    "_posts/2022-11-01-old.md": post(redirect_from="[/was/here, /and/there.html]"),
    "_notes/heap.md": "# Heap\n\n## Use\n",
    "_pages/terms.md": "",
    "about.md": "# About\n\n## Me\n",
    "index.md": "# Home",
    "projects/README.md": "# Projects",
    "content/guide/start.md": "",
}
SITE = [Site("", "https://www.blog.example/base")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/100days/2022/10/27/First-Day.html", "_posts/2022-10-27-First-Day.md"),
        ("/100days/2022/10/27/first-day/", "_posts/2022-10-27-First-Day.md"),
        ("/100days/2022/10/27/First-Day.html#comments", "_posts/2022-10-27-First-Day.md"),
        ("/2022/10/27/First-Day.html", "_posts/2022-10-27-First-Day.md"),
        ("/other/2022/10/27/First-Day.html", "_posts/2022-10-27-First-Day.md"),
        ("/100days/2021/01/01/First-Day.html", "_posts/2022-10-27-First-Day.md"),
        ("/100days/First-Day", "_posts/2022-10-27-First-Day.md"),
        ("/other/2021/01/01/First-Day.html", nowhere("/base/other/2021/01/01/First-Day.html")),
        ("/100days/2022/10/28/second-day.html", "_posts/22-10-28-second day.md"),
        ("/100days/2022/11/02/second%20day.html", "_posts/22-10-28-second day.md"),
        ("/2022/10/29/twice.html", "_posts/2022-10-29-twice.md"),
        ("/2022/10/30/twice.html", "_posts/2022-10-30-twice.md"),
        ("/2022/11/30/twice.html",
         "ambiguous: _posts/2022-10-29-twice.md, _posts/2022-10-30-twice.md"),
        ("/fixed/place", "_posts/2022-10-31-moved.md"),
        ("/2022/10/31/moved.html", "_posts/2022-10-31-moved.md"),
        ("/2022/10/31/by-hand.html", "_posts/2022-10-31-moved.md"),
        ("/was/here/", "_posts/2022-11-01-old.md"),
        ("/and/there.html", "_posts/2022-11-01-old.md"),
        ("/_posts/2022-11-01-old.md", "_posts/2022-11-01-old.md"),
        ("/notes/heap", "_notes/heap.md"),
        ("/notes/heap.html#use", "_notes/heap.md#Use"),
        ("/terms", "_pages/terms.md"),
        ("/about", "about.md"),
        ("/about.html?x=1#me", "about.md#Me"),
        ("/about/", "about.md"),
        ("/", "index.md"),
        ("", "index.md"),
        ("/index.html", "index.md"),
        ("/projects/", "projects/README.md"),
        ("/guide/start/", "content/guide/start.md"),
        ("/gone/", nowhere("/base/gone/")),
        ("/2022/12/24/gone.html", nowhere("/base/2022/12/24/gone.html")),
        ("/assets/picture.png", "external"),
        ("/feed.xml", "external"),
    ],
)  # fmt: skip
def test_urls_of_a_known_site(path: str, expected: str) -> None:
    text = f"[x](https://blog.example/base{path}) [x](<http://www.BLOG.example:80/base{path}>)"
    assert lead("o.md", text, BLOG, SITE) == [expected, expected]


@pytest.mark.parametrize(
    "url",
    [
        "https://blog.example/about",
        "https://blog.example/basement/about",
        "https://blog.example:8080/base/about",
        "https://other.example/base/about",
        "https://other.example/100days/2022/10/27/First-Day.html",
    ],
)
def test_urls_of_other_sites(url: str) -> None:
    assert lead("o.md", f"[x]({url})", BLOG, SITE) == ["external"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/about", "about.md"),
        ("/base/about", "about.md"),
        ("/100days/2022/10/27/First-Day.html", "_posts/2022-10-27-First-Day.md"),
        ("/base/was/here", "_posts/2022-11-01-old.md"),
        ("{{site.baseurl}}/about#me", "about.md#Me"),
        ("{{site.url}}{{site.baseurl}}/notes/heap", "_notes/heap.md"),
        ("{% post_url 2022-10-27-First-Day %}", "_posts/2022-10-27-First-Day.md"),
        ("{{ site.baseurl }}{% post_url 2022-10-29-twice %}#x", "_posts/2022-10-29-twice.md#x"),
        ("<{{ site.baseurl }}/about>", "about.md"),
        ("{{ site.baseurl }}{% link _posts/2022-10-29-twice.md %}", "_posts/2022-10-29-twice.md"),
        ("First-Day.html", "_posts/2022-10-27-First-Day.md"),
        ("../27/First-Day.html", "_posts/2022-10-27-First-Day.md"),
        ("/gone", "broken: no note is at 'gone'"),
    ],
)
def test_paths_from_the_root_of_a_site(target: str, expected: str) -> None:
    assert lead("_posts/2022-01-01-o.md", f"[x]({target})", BLOG, SITE) == [expected]


# --- inferring --------------------------------------------------------------------------

URL = "https://me.example/100days/2022/10/27/First-Day.html"


def inferred(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted((s.root, s.url) for s in Resolver(read(texts)).published.inferred)


def test_a_link_to_a_permalink_tells_the_address_of_the_site() -> None:
    assert inferred({"o.md": f"[x]({URL})", **BLOG}) == [("", "https://me.example")]
    text = f"<{URL}> https://me.example/100days/2020/01/01/second-day.html https://me.example/faq"
    assert lead("o.md", text, BLOG) == [
        "_posts/2022-10-27-First-Day.md", "_posts/22-10-28-second day.md", "external"
    ]  # fmt: skip
    gone = "https://me.example/100days/2022/10/27/First-Day-Renamed.html"
    assert lead("o.md", f"{URL} {gone}", BLOG)[1] == nowhere(
        gone.removeprefix("https://me.example")
    )


def test_a_path_before_the_categories_belongs_to_the_address() -> None:
    url = URL.replace("/100days", "/my/base/100days")
    assert inferred({"o.md": url, **BLOG}) == [("", "https://me.example/my/base")]


@pytest.mark.parametrize(
    "text",
    [
        URL.replace("/10/27", "/10/26"),
        URL.replace("/100days", ""),
        URL.replace("First-Day", "Second-Day"),
        URL.replace("https:", "ftp:"),
        "`" + URL + "`",
    ],
)
def test_less_than_a_permalink_tells_nothing(text: str) -> None:
    assert inferred({"o.md": text, **BLOG}) == []


def test_two_posts_tell_as_much_with_other_dates() -> None:
    one = URL.replace("2022", "2019")
    assert inferred({"o.md": one, **BLOG}) == []
    two = one.replace("First-Day", "second-day")
    assert inferred({"o.md": f"{one} {two}", **BLOG}) == [("", "https://me.example")]
    assert inferred({"o.md": f"{one} {one}", **BLOG}) == []


def test_a_note_about_an_article_is_not_the_article() -> None:
    note = f"---\ncategories: 100Days\n---\nSee {URL}"
    assert inferred({"_posts/2022-10-27-First-Day.md": note}) == []


def test_each_copy_of_a_site_leads_to_its_own_notes() -> None:
    copies = {f"{name}/{a}": text for name in ("old", "new") for a, text in BLOG.items()}
    both = {**copies, "new/o.md": URL}
    assert lead("old/o.md", f"{URL} [x](/about)", both) == [
        "old/_posts/2022-10-27-First-Day.md", "old/about.md"
    ]  # fmt: skip
    assert lead("new/o.md", f"{URL} [x](/about)", both)[0] == "new/_posts/2022-10-27-First-Day.md"
    # from outside both fit
    both["old/o.md"] = URL
    assert lead("o.md", URL, both) == [
        "ambiguous: new/_posts/2022-10-27-First-Day.md, old/_posts/2022-10-27-First-Day.md"
    ]


def test_a_setting_holds_for_the_sites_within() -> None:
    copies = {f"{name}/{a}": text for name in ("old", "new") for a, text in BLOG.items()}
    found = lead("old/o.md", URL, copies, [Site("", "https://me.example")])
    assert found == ["old/_posts/2022-10-27-First-Day.md"]


# --- configuration ----------------------------------------------------------------------


def sites_of(root: Path, files: Mapping[str, str | bytes], *addresses: str) -> list[Site | Failure]:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        (root / name).write_bytes(data)
    return list(configured_sites(root, addresses or ("_posts/a.md",)))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("url: https://e.org\nbaseurl: /blog\n", "https://e.org/blog"),
        ('url: "https://e.org/"\nbaseurl: ""\n', "https://e.org"),
        ("\ufefftitle: x\nurl: http://e.org\n", "http://e.org"),
        ("baseurl: blog/\n", "/blog"),
        ("title: x\n", ""),
        ("url: e.org\n", ""),
        ("url: [https://e.org]\n", ""),
        ("- a\n", ""),
        ("", ""),
    ],
)
def test_config_of_jekyll(text: str, url: str, tmp_path: Path) -> None:
    found = sites_of(tmp_path, {"_config.yml": text})
    # a list is read as its first item
    if "[" in text:
        url = "https://e.org"
    assert found == ([Site("", url)] if url else [])


def test_cname(tmp_path: Path) -> None:
    assert sites_of(tmp_path, {"CNAME": "notes.example.org\n"}) == [
        Site("", "https://notes.example.org")
    ]
    for text in ("", "a b", "https://e.org", "localhost"):
        assert sites_of(tmp_path, {"CNAME": text}) == []


def test_sites_are_looked_for_where_notes_are(tmp_path: Path) -> None:
    files = {"a/_config.yml": "url: https://a.org", "b/_config.yml": "url: https://b.org",
             "a/CNAME": "www.a.org"}  # fmt: skip
    found = sites_of(tmp_path, files, "a/_posts/x.md", "../b/y.md", "https://e.org/b/z")
    assert found == [Site("a", "https://a.org"), Site("a", "https://www.a.org")]


@pytest.mark.parametrize(
    "content", ["url: [", "url: @x", b"url: \xff", "url: http://[x", "url: http://e.org:port"]
)
def test_what_cannot_be_read_is_said(content: str | bytes, tmp_path: Path) -> None:
    (failure,) = sites_of(tmp_path, {"a/_config.yml": content}, "a/b.md")
    assert isinstance(failure, Failure)
    assert str(failure).startswith("a/_config.yml: tells no address of a site: ")
    assert "\n" not in str(failure)


def test_links_out_of_the_corpus_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("url: https://secret.org")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "_config.yml").symlink_to(tmp_path / "secret")
    assert sites_of(tmp_path / "notes", {}) == []


# --- a real site ------------------------------------------------------------------------


def bruno(shared: Path, day: str) -> list[Document]:
    folder = shared / "bruno" / day
    files = sorted(folder.rglob("*.md"))
    return [read_markdown(f.relative_to(folder).as_posix(), f.read_bytes()) for f in files]


def own_links(documents: list[Document]) -> list[tuple[str, Target]]:
    return [
        (link.target, target)
        for document, targets in zip(documents, resolve_links(documents), strict=True)
        for link, target in zip(document.links, targets.found, strict=True)
        if "brunoscience.github.io/100days" in link.target
    ]


def test_the_plan_of_100_days_links_its_first_note(shared: Path) -> None:
    ((url, target),) = own_links(bruno(shared, "2022-10-28"))
    assert (
        url == "https://brunoscience.github.io/100days/2022/10/27/Day-1-Setting-Up-The-Sandbox.html"
    )
    assert target.status == "document"
    assert target.address == "_posts/22-10-27-Day-1-Setting-Up-The-Sandbox.md"


@pytest.mark.parametrize("day", ["2022-11-24", "2023-12-19", "2024-01-08"])
def test_links_of_a_real_site_that_outlived_a_rename(day: str, shared: Path) -> None:
    """``Day-3`` became ``Day003``: the one is broken, the other found, whatever its date."""
    found = own_links(bruno(shared, day))
    print(f"\nbruno {day}: {len(found)} links by URL,",
          f"{sum(t.status == 'broken' for _, t in found)} broken")  # fmt: skip
    assert found
    for url, target in found:
        name = url.rpartition("/")[2].removesuffix(".html")
        if "-" in name:
            assert target.status == "broken"
        else:
            assert target.status == "document"
            assert target.address.endswith(f"-{name}.md")
