"""The site's search: every section of every page, in one script that a page from a file can load.

Sphinx's own search drops numbers, such as 429, and fetches its excerpts, which browsers do not
allow for a page from a file. Here the sections are collected while the pages are written;
`_static/search.js` ranks them and shows excerpts.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_HEADINGS = {"h1", "h2", "h3", "h4"}
# Parts of a page that a reader does not search for.
_SKIPPED = {"script", "style", "svg", "button"}
_SCRIPT = "search-data.js"


class Sections(HTMLParser):
    """Splits the body of a page into sections: its anchor, its heading and its text.

    Args:
        html: The body of a page.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[list[str]] = [["", "", ""]]
        self._anchor = ""
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a section at a heading or at the signature of a name."""
        names = dict(attrs)
        anchor = names.get("id") or ""
        if tag == "section" and anchor:
            self._anchor = anchor
        if tag == "a" and names.get("class") == "headerlink":
            tag = "skip"
        if tag in _HEADINGS:
            self.found.append([self._anchor, "", ""])
        elif tag == "dt" and anchor:
            self.found.append([anchor, anchor.removeprefix("apple_music_ratings."), ""])
        if tag in _HEADINGS | _SKIPPED | {"skip"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End a heading, or a part that is skipped."""
        if self._inside and (tag == self._inside[-1] or (tag, self._inside[-1]) == ("a", "skip")):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Add to the heading or to the text of the current section."""
        if any(tag not in _HEADINGS for tag in self._inside):
            return
        self.found[-1][1 if self._inside else 2] += data


class Collector:
    """Collects the sections of all pages during a build."""

    def __init__(self) -> None:
        self._pages: dict[str, list[list[str]]] = {}

    def add(self, app: Sphinx, name: str, _template: str, context: dict[str, Any], _: Any) -> None:
        """Add the sections of a page that is about to be written."""
        if name not in app.env.all_docs or "body" not in context:
            return
        title = " ".join(str(context["title"]).split())
        sections = Sections(context["body"]).found
        self._pages[name] = [
            [title, f"{name}.html" + (f"#{anchor}" if anchor else ""), *map(_spaced, texts)]
            for anchor, *texts in sections
            if any(text.strip() for text in texts)
        ]

    def write(self, app: Sphinx, error: Exception | None) -> None:
        """Write the script, in the order of the names of the pages."""
        if error is not None or app.builder.format != "html":
            return
        sections = [each for name in sorted(self._pages) for each in self._pages[name]]
        text = json.dumps(sections, ensure_ascii=False, separators=(",", ":"))
        (app.outdir / _SCRIPT).write_text(f"window.siteSections={text};\n", "utf-8")
        # Sphinx's index, which nothing loads.
        (app.outdir / "searchindex.js").unlink(missing_ok=True)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def setup(app: Sphinx) -> dict[str, bool]:
    """Collect the sections of every page, and write them when the build has finished."""
    collector = Collector()
    app.connect("html-page-context", collector.add)
    app.connect("build-finished", collector.write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
