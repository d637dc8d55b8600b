"""Completes the HTML that Furo writes, so that screen readers and keyboards reach all of it.

Furo's captions are headings without a level, its side bars have no names, and code that scrolls
cannot be focused. Done on the written files, since these parts come from templates of several
packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_COMPLETED = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    '<form class="sidebar-search-container"': (
        '<form class="sidebar-search-container" aria-label="Quick search"'
    ),
    '<div class="highlight"><pre>': '<div class="highlight"><pre tabindex="0">',
    # The corner of a table.
    '<th class="head"><p></p></th>': '<td class="head"><p></p></td>',
}


def _complete_pages(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    for path in app.outdir.rglob("*.html"):
        page = path.read_text("utf-8")
        for found, completed in _COMPLETED.items():
            page = page.replace(found, completed)
        path.write_text(page, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Complete the pages when they are written."""
    app.connect("build-finished", _complete_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
