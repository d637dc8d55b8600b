"""The site: it builds without a warning, holds everything, and needs no net."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from attrs import frozen
from support.pages import ROOT

import apple_music_ratings
import apple_music_ratings_mock as mock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OPERATIONS = 43
IS_CI = os.environ.get("CI") == "true"
CONTRACTS = {
    "contract": ROOT / "openapi.yaml",
    "admin-api": ROOT / "overlays" / "apple_music_ratings_mock" / "serving" / "admin-openapi.yaml",
}
# Parts of the text that end right of the screen, and cannot be moved into it.
_STICKING_OUT = """() => {
  const isFramed = (part) =>
    part !== null && part.tagName !== "ARTICLE" &&
    (["auto", "scroll"].includes(getComputedStyle(part).overflowX) || isFramed(part.parentElement));
  return [...document.querySelectorAll("article *")]
    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1 && !isFramed(part))
    .map((part) => `${part.tagName} ${part.textContent.slice(0, 60)}`);
}"""
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# What a browser fetches by itself when it shows a page.
FETCHED = {
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
class Built:
    """A build of the site: where it is, and what Sphinx said."""

    folder: Path
    exit_code: int
    warnings: str


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(  # noqa: S603  # our own script
        [ROOT / "scripts" / "docs", Path(sys.executable).parent, folder],
        cwd=ROOT,
        # What it imports is not what the tests cover.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return Built(folder / "site", done.returncode, done.stderr)


@pytest.fixture(scope="module")
def site(built: Built) -> Path:
    """Where its pages are."""
    return built.folder


class Read(HTMLParser):
    """What a page of the site holds.

    Args:
        path: The file of the page.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.evidence: list[str] = []
        self.codes: list[str] = []
        self.words = ""
        self._is_code = False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what leads elsewhere."""
        if tag == "code":
            self._is_code = True
            self.codes.append("")
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if (tag, name) in FETCHED and value:
                self.fetched.append(value)
            if (tag, name) == ("a", "href") and value:
                self.links.append(value)
            if name == "class" and value and value.startswith("evidence "):
                self.evidence.append(value.removeprefix("evidence "))

    def handle_endtag(self, tag: str) -> None:
        """Note where code ends."""
        self._is_code = self._is_code and tag != "code"

    def handle_data(self, data: str) -> None:
        """Note what there is to read."""
        self.words += data
        if self._is_code:
            self.codes[-1] += data


def marks(part: object) -> Iterator[tuple[str, str]]:
    """Walk through a contract, and give each mark with its source."""
    if isinstance(part, dict):
        if "x-evidence" in part:
            yield part["x-evidence"], part["x-source"]
        for inner in part.values():
            yield from marks(inner)
    if isinstance(part, list):
        for inner in part:
            yield from marks(inner)


def spaced(text: str) -> str:
    """Give a text with single spaces and without Markdown's backticks."""
    return " ".join(text.replace("`", "").split())


def test_site_is_built_without_a_warning(built: Built) -> None:
    """A link that leads nowhere, a page in no list, an example in no known language: all warn."""
    assert built.warnings == ""
    assert built.exit_code == 0


def test_no_page_loads_anything_from_the_net(site: Path) -> None:
    """Fonts, scripts, styles and pictures come with the site."""
    pages = list(site.rglob("*.html"))
    foreign = [
        f"{path.relative_to(site)}: {address}"
        for path in pages
        for address in Read(path).fetched
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


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    """The page is there, and the place on it."""
    pages = {path.resolve(): Read(path) for path in site.rglob("*.html")}
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


def test_pictures_of_the_pages_are_there(site: Path) -> None:
    """Also those in raw HTML, which Sphinx passes over."""
    missing = [
        f"{path.relative_to(site)}: {address}"
        for path in site.rglob("*.html")
        for address in Read(path).fetched
        if not address.startswith("data:")
        and not (path.parent / address.partition("?")[0].partition("#")[0]).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("module", [apple_music_ratings, mock], ids=lambda each: each.__name__)
def test_every_public_name_is_in_the_reference(site: Path, module: object) -> None:
    """Under its own heading, that can be linked to."""
    pages = (site / "reference" / "python").glob("*.html")
    described = {id.rpartition(".")[2] for path in pages for id in Read(path).ids}
    names = set(module.__all__) - {"__version__"}  # type: ignore[attr-defined]  # a package of ours

    assert names - described == set()


def test_code_in_docstrings_is_shown_as_it_is(site: Path) -> None:
    """Whatever it is: a name, dots, a pattern with a backslash."""
    shown = {code for path in (site / "reference").rglob("*.html") for code in Read(path).codes}
    written = {
        code
        for name in apple_music_ratings.__all__
        for code in re.findall(
            r"(?<!`)`([^`\n]+)`(?!`)", getattr(apple_music_ratings, name).__doc__
        )
    }

    assert ".." in written
    assert written - shown == set()


@pytest.mark.parametrize("page", CONTRACTS)
def test_every_operation_is_on_the_page_of_its_contract(site: Path, page: str) -> None:
    """With its name as the place to link to, its path and its method."""
    shown = Read(site / "reference" / f"{page}.html")
    paths = yaml.safe_load(CONTRACTS[page].read_text("utf-8"))["paths"]
    operations = {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, item in paths.items()
        for method, operation in item.items()
        if method != "parameters"
    }

    assert set(operations) - shown.ids == set()
    assert [each for each in operations.values() if each not in shown.words] == []


def test_every_mark_of_evidence_is_shown_with_its_source(site: Path) -> None:
    """As often as the contract has it, in the same order of kinds."""
    shown = Read(site / "reference" / "contract.html")
    found = list(marks(yaml.safe_load(CONTRACTS["contract"].read_text("utf-8"))))

    assert len(found) > 80
    assert sorted(shown.evidence) == sorted(evidence for evidence, _ in found)
    assert [source for _, source in found if spaced(source) not in spaced(shown.words)] == []


def test_every_variable_is_on_the_page_of_configuration() -> None:
    """Whatever the package reads from the environment under a name of its own."""
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text("utf-8")
    read = {
        name
        for path in (ROOT / "overlays").rglob("*.py")
        for name in re.findall(r"APPLE_MUSIC_[A-Z_]+[A-Z]", path.read_text("utf-8"))
    }

    assert "APPLE_MUSIC_USER_TOKEN" in read
    assert {name for name in read if f"`{name}`" not in page} == set()


# For a module only: while it runs, no other test of this process can have an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    chromium = shutil.which("chromium")
    if chromium is None and not IS_CI:
        pytest.skip("there is no chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Without its own sandbox, which cannot be had as root.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A page of the site without a net; whatever it complains of or asks the net for fails."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: asked.append(sent.url))
    yield page
    context.close()
    assert complaints == []
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []


def test_search_finds_operations_from_a_file(tab: Page, site: Path) -> None:
    """The site's own search, opened as a file, leads to the place on the contract's page."""
    tab.goto((site / "search.html").as_uri() + "?q=library-songs")
    link = tab.locator("#search-results a[href*='contract.html#tag-library-songs']")
    link.wait_for()
    link.click()
    tab.locator("#tag-library-songs .request").first.wait_for()

    assert tab.url.endswith("reference/contract.html#tag-library-songs")


def test_box_narrows_the_contract_down(tab: Page, site: Path) -> None:
    """To the operations that hold every word; what they share steps aside."""
    tab.goto((site / "reference" / "contract.html").as_uri())
    tab.get_by_label("Find an operation").fill("library-songs put")
    seen = tab.locator("section.operation:visible")

    assert seen.count() == 1
    assert seen.get_attribute("id") == "setLibrarySongRating"
    assert tab.locator(".finder output").text_content() == f"1 of {OPERATIONS} operations"
    assert tab.locator("section.components:visible").count() == 0

    tab.get_by_label("Find an operation").fill("")

    assert tab.locator("section.operation:visible").count() == OPERATIONS


def test_link_shows_what_the_box_has_hidden(tab: Page, site: Path) -> None:
    """As when a reader follows a link to an operation after a search."""
    tab.goto((site / "reference" / "contract.html").as_uri())
    tab.get_by_label("Find an operation").fill("stations")
    tab.evaluate("location.hash = '#setAlbumRating'")
    tab.locator("#setAlbumRating:visible").wait_for()

    assert tab.get_by_label("Find an operation").input_value() == ""


@pytest.mark.parametrize("width", [390, 1380])
def test_nothing_sticks_out_of_the_screen(tab: Page, site: Path, width: int) -> None:
    """On a phone and on a desk; long lines and wide tables move in frames of their own."""
    tab.set_viewport_size({"width": width, "height": 900})
    outside = []
    for path in site.rglob("*.html"):
        tab.goto(path.as_uri(), wait_until="domcontentloaded")
        outside += [f"{path.relative_to(site)}: {each}" for each in tab.evaluate(_STICKING_OUT)]

    assert outside == []


def test_pictures_follow_the_switch_of_the_site(tab: Page, site: Path) -> None:
    """Dark pictures on a dark page, also where the system is light."""
    tab.emulate_media(color_scheme="light")
    tab.goto((site / "reference" / "mock.html").as_uri())
    picture = tab.locator("picture img").first
    before = picture.evaluate("image => image.currentSrc")
    tab.evaluate("document.body.dataset.theme = 'dark'")
    tab.wait_for_function(
        "document.querySelector('picture img').currentSrc.includes('dark')", timeout=30_000
    )

    assert "light" in before
