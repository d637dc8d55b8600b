"""The site builds without a warning, is complete, and works offline and from files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from attrs import frozen
from support.browsers import a_browser, find_axe
from support.pages import ROOT

import apple_music_ratings
import apple_music_ratings_mock as mock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Each contract, and the pages that describe it.
CONTRACTS = {
    ROOT / "openapi.yaml": "reference/contract/*.html",
    ROOT / "overlays/apple_music_ratings_mock/serving/admin-openapi.yaml": (
        "reference/admin-api.html"
    ),
}
# Parts of the text that end right of the screen and are not inside a scrolling frame.
_STICKING_OUT = """() => {
  const isFramed = (part) =>
    part !== null && part.tagName !== "ARTICLE" &&
    (["auto", "scroll"].includes(getComputedStyle(part).overflowX) || isFramed(part.parentElement));
  return [...document.querySelectorAll("article *")]
    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1 && !isFramed(part))
    .map((part) => `${part.tagName} ${part.textContent.slice(0, 60)}`);
}"""
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# What a browser loads when it shows a page.
LOADED = {
    ("audio", "src"),
    ("embed", "src"),
    ("iframe", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("video", "src"),
}


@frozen
class Build:
    """A build of the site: its folder, and what Sphinx printed."""

    folder: Path
    exit_code: int
    warnings: str


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The site, built as `make docs` builds it, once for all workers of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "site-build"
    folder.mkdir(exist_ok=True)
    result = folder / "result.json"
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not result.exists():
            exit_code, warnings = _build(folder)
            result.write_text(json.dumps([exit_code, warnings]))
    return Build(folder / "site", *json.loads(result.read_text()))


def _build(folder: Path) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603  # our own script
        [ROOT / "scripts" / "docs", Path(sys.executable).parent, folder],
        cwd=ROOT,
        # The modules it imports are not what the tests cover.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def site(build: Build) -> Path:
    """The folder of its pages."""
    return build.folder


class PageContent(HTMLParser):
    """The content of a page of the site.

    Args:
        path: The file of the page.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.evidence: list[str] = []
        self.codes: list[str] = []
        self.text = ""
        self._is_code = False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record anchors, links and loaded files."""
        if tag == "code":
            self._is_code = True
            self.codes.append("")
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if (tag, name) in LOADED and value:
                self.loaded.append(value)
            if (tag, name) == ("a", "href") and value:
                self.links.append(value)
            if name == "class" and value and value.startswith("evidence "):
                self.evidence.append(value.removeprefix("evidence "))

    def handle_endtag(self, tag: str) -> None:
        """Record the end of code."""
        self._is_code = self._is_code and tag != "code"

    def handle_data(self, data: str) -> None:
        """Record text."""
        self.text += data
        if self._is_code:
            self.codes[-1] += data


@cache
def read(path: Path) -> PageContent:
    """Read a page of the site, once for all tests."""
    return PageContent(path)


def marks(part: object) -> Iterator[tuple[str, str]]:
    """Yield each grade of evidence in a contract with its source."""
    if isinstance(part, dict):
        if "x-evidence" in part:
            yield part["x-evidence"], part["x-source"]
        for inner in part.values():
            yield from marks(inner)
    if isinstance(part, list):
        for inner in part:
            yield from marks(inner)


def normalized(text: str) -> str:
    """Return a text with single spaces and without Markdown's backticks."""
    return " ".join(text.replace("`", "").split())


def test_site_builds_without_a_warning(build: Build) -> None:
    """A broken link, a page in no list and an unknown language of a block are warnings."""
    assert build.warnings == ""
    assert build.exit_code == 0


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    """Fonts, scripts, styles and pictures are part of the site."""
    pages = list(site.rglob("*.html"))
    foreign = [
        f"{path.relative_to(site)}: {address}"
        for path in pages
        for address in read(path).loaded
        if re.match(r"(\w+:)?//", address)
    ]
    styles = [
        f"{path.relative_to(site)}: {found}"
        for path in site.rglob("*.css")
        for found in re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)]*", path.read_text())
    ]

    assert len(pages) > 20
    assert foreign == []
    assert styles == []


def test_every_link_within_the_site_works(site: Path) -> None:
    """Its page exists, and so does its anchor."""
    pages = {path.resolve(): read(path) for path in site.rglob("*.html")}
    pages.pop(site / "404.html")
    broken = []
    for path, page in pages.items():
        for link in page.links:
            file, _, place = link.partition("#")
            if re.match(r"\w+:", link):
                continue
            target = (path.parent / unescape(file)).resolve() if file else path
            if not target.exists() or (
                place and target in pages and place not in pages[target].ids
            ):
                broken.append(f"{path.relative_to(site)}: {link}")

    assert broken == []


def test_pictures_of_the_pages_exist(site: Path) -> None:
    """Including those in raw HTML, which Sphinx does not check."""
    missing = [
        f"{path.relative_to(site)}: {address}"
        for path in site.rglob("*.html")
        for address in read(path).loaded
        if not address.startswith("data:")
        and not (path.parent / address.partition("?")[0].partition("#")[0]).exists()
    ]

    assert missing == []


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    """Each has an anchor of its own."""
    pages = (site / "reference" / "python").glob("*.html")
    described = {id.rpartition(".")[2] for path in pages for id in read(path).ids}
    names = {*apple_music_ratings.__all__, *mock.__all__} - {"__version__"}

    assert names - described == set()


def test_code_in_docstrings_is_shown_unchanged(site: Path) -> None:
    """Names, dots, and patterns with a backslash."""
    shown = {code for path in (site / "reference").rglob("*.html") for code in read(path).codes}
    written = {
        code
        for name in apple_music_ratings.__all__
        for code in _CODE.findall(getattr(apple_music_ratings, name).__doc__)
    }

    assert ".." in written
    assert written - shown == set()


def test_every_operation_is_on_a_page_of_its_contract(site: Path) -> None:
    """With its operationId as anchor, its path and its method."""
    missing = []
    for contract, pattern in CONTRACTS.items():
        pages = [read(path) for path in site.glob(pattern)]
        for path, item in yaml.safe_load(contract.read_text("utf-8"))["paths"].items():
            for method, operation in item.items():
                if method == "parameters":
                    continue
                request = f"{method.upper()} {path}"
                if not any(
                    operation["operationId"] in page.ids and request in page.text for page in pages
                ):
                    missing.append(operation["operationId"])

    assert missing == []


def test_all_evidence_is_shown_with_its_source(site: Path) -> None:
    """As often as the contract has it."""
    pages = [read(path) for path in site.glob(CONTRACTS[ROOT / "openapi.yaml"])]
    text = normalized(" ".join(page.text for page in pages))
    found = list(marks(yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))))

    assert len(found) > 80
    assert sorted(each for page in pages for each in page.evidence) == sorted(
        evidence for evidence, _ in found
    )
    assert [source for _, source in found if normalized(source) not in text] == []


def test_every_variable_is_on_the_configuration_page() -> None:
    """Every variable of our own that a package reads."""
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text("utf-8")
    read = {
        name
        for path in (ROOT / "overlays").rglob("*.py")
        for name in re.findall(r"APPLE_MUSIC_[A-Z_]+[A-Z]", path.read_text("utf-8"))
    }

    assert "APPLE_MUSIC_USER_TOKEN" in read
    assert {name for name in read if f"`{name}`" not in page} == set()


def test_pages_show_the_version(site: Path) -> None:
    """In the title and in the sidebar."""
    page = (site / "index.html").read_text("utf-8")

    assert page.count(f"apple-music-ratings {apple_music_ratings.__version__}") >= 2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with a_browser() as running:
        yield running


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An offline browser tab; console messages and requests to other hosts fail the test."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    messages: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda sent: requests.append(sent.url))
    yield page
    context.close()
    assert messages == []
    assert [address for address in requests if not address.startswith(("file:", "data:"))] == []


def test_search_from_a_file_finds_numbers_words_and_operations(tab: Page, site: Path) -> None:
    """The first hit leads to the section, and its excerpt contains the query."""
    first = {
        "429": "errors-and-codes.html#http-429-too-many-requests",
        "403": "errors-and-codes.html#http-403-forbidden",
        "404": "errors-and-codes.html#http-404-not-found",
        "40015": "errors-and-codes.html#code-40015-no-subscription",
        "rate limit": "rate-limits.html",
        "setLibrarySongRating": "contract/library-songs.html#setLibrarySongRating",
        "docker": "docker.html",
        "powershell": "windows.html",
        "clear dislikes": "clear-all-dislikes.html",
    }
    missing = []
    for query, address in first.items():
        tab.goto((site / "search.html").as_uri() + f"?q={query}")
        hit = tab.locator("#search-results li").first
        link = str(hit.locator("a").get_attribute("href"))
        if address not in link or hit.locator("mark").count() == 0:
            missing.append(f"{query}: {link}")

    assert missing == []

    tab.goto((site / "search.html").as_uri() + "?q=429")
    tab.locator("#search-results a").first.click()

    assert tab.url.endswith("#http-429-too-many-requests")


def test_box_filters_the_operations_of_the_contract(tab: Page, site: Path) -> None:
    """Only operations that contain every word stay visible."""
    tab.goto((site / "reference" / "contract.html").as_uri())
    rows = tab.locator("tr.operation:visible")
    total = rows.count()
    tab.get_by_label("Find an operation").fill("library-songs put")

    assert rows.count() == 1
    assert "setLibrarySongRating" in str(rows.text_content())
    assert tab.locator(".finder output").text_content() == f"1 of {total} operations"

    tab.get_by_label("Find an operation").fill("")

    assert rows.count() == total


def test_link_to_a_filtered_operation_clears_the_filter(tab: Page, site: Path) -> None:
    """The operation that a link names is shown."""
    tab.goto((site / "reference" / "admin-api.html").as_uri())
    tab.get_by_label("Find an operation").fill("clock")
    hidden = str(tab.locator("section.operation[hidden]").first.get_attribute("id"))
    tab.evaluate(f"location.hash = '#{hidden}'")
    tab.locator(f"#{hidden}:visible").wait_for()

    assert tab.get_by_label("Find an operation").input_value() == ""


def test_nothing_extends_beyond_the_screen(tab: Page, site: Path) -> None:
    """On a phone and on a desktop; long lines and wide tables scroll inside a frame."""
    outside = []
    for path in site.rglob("*.html"):
        tab.goto(path.as_uri(), wait_until="domcontentloaded")
        for width in (390, 1380):
            tab.set_viewport_size({"width": width, "height": 900})
            found = tab.evaluate(_STICKING_OUT)
            outside += [f"{path.relative_to(site)} at {width}: {each}" for each in found]

    assert outside == []


def test_pictures_follow_the_color_theme(tab: Page, site: Path) -> None:
    """A dark page has dark pictures, also if the system is light."""
    tab.emulate_media(color_scheme="light")
    tab.goto((site / "reference" / "mock.html").as_uri())
    picture = tab.locator("picture img").first
    before = picture.evaluate("image => image.currentSrc")
    tab.evaluate("document.body.dataset.theme = 'dark'")
    tab.wait_for_function(
        "document.querySelector('picture img').currentSrc.includes('dark')", timeout=30_000
    )

    assert "light" in before


# One of each kind.
_KINDS_OF_PAGES = (
    "index.html",
    "reference/contract/library-songs.html",
    "reference/mock.html",
    "search.html?q=429",
    "tutorial.html",
    "404.html",
)


def test_pages_are_accessible(tab: Page, site: Path) -> None:
    """Light and dark; axe finds nothing."""
    axe = find_axe().read_text("utf-8")
    found = []
    for name in _KINDS_OF_PAGES:
        tab.goto(f"{site.as_uri()}/{name}", wait_until="domcontentloaded")
        tab.evaluate(axe)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            # Only colors depend on the scheme.
            only = "undefined" if scheme == "light" else "['color-contrast']"
            options = f"{{runOnly: {only}, preload: false, resultTypes: ['violations']}}"
            found += [
                f"{name}, {scheme}: {each['id']}: {each['nodes'][0]['html']}"
                for each in tab.evaluate(f"axe.run({options})")["violations"]
            ]

    assert found == []


def test_names_in_code_do_not_look_like_links(tab: Page, site: Path) -> None:
    """The dark style of code underlines modules."""
    lines = {}
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        tab.goto((site / "tutorial.html").as_uri(), wait_until="domcontentloaded")
        lines[scheme] = tab.evaluate(
            "[...new Set([...document.querySelectorAll('.highlight .nn')]"
            ".map((name) => getComputedStyle(name).textDecorationLine))]"
        )

    assert lines == {"light": ["none"], "dark": ["none"]}


def test_missing_page_leads_back_to_the_site(tab: Page, site: Path) -> None:
    """A host shows 404.html for any address; its links find the start of the site."""
    tab.goto((site / "404.html").as_uri())
    tab.get_by_role("link", name="Start page").click()

    assert tab.url == (site / "index.html").as_uri()
