"""Fit files that are written for the repository into the site.

The pages are read in two places: on the site, and as plain Markdown in the repository. Here links
to files outside docs/ become links of the site, and fences in docstrings become what Sphinx reads.
"""

from __future__ import annotations

import re
import shutil
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.utils import unescape
from pygments.lexers.special import TextLexer
from sphinx.domains.python import PyXRefRole

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_ROOT = Path(__file__).parents[2]
_DOCS = _ROOT / "docs"
# The files of the repository that are pages of the site, or are part of one.
_PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
}
_PRINTED = re.compile(r"<(?:built-in )?function (\w+)(?: at 0x\w+)?>")
# Others, such as `..` and `<id>`, would not come through Sphinx's role for names as they are.
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_LINKED = PyXRefRole()
_LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s:]+)(#[^)\s]*)?\)")


def _sited(app: Sphinx, docname: str, source: list[str]) -> None:
    """Point the links of a page at what the site has."""
    source[0] = _pointed(source[0], Path(app.env.doc2path(docname)).parent)


def _included(app: Sphinx, path: Path, docname: str, source: list[str]) -> None:  # noqa: ARG001  # Sphinx's signature
    """Do the same for a file of the repository that a page includes."""
    source[0] = _pointed(source[0], Path(app.srcdir, path).resolve().parent)


def _pointed(text: str, folder: Path) -> str:
    """Rewrite links to files of the repository; `folder` is where the text stands in it."""

    def pointed(link: re.Match[str]) -> str:
        words, target, place = link[1], link[2], link[3] or ""
        path = (folder / target).resolve()
        if path.is_dir():
            # The site has no page for a folder.
            return words
        if not path.is_relative_to(_ROOT):
            return link[0]
        named = path.relative_to(_ROOT).as_posix()
        page = _PAGES.get(named) or (named[5:] if named.startswith("docs/") else None)
        if page is None or not (_DOCS / page).exists():
            return link[0]
        return f"[{words}](/{page}{place})"

    return _LINK.sub(pointed, text)


def _restructured(*about: Any) -> None:
    """Turn the fenced blocks of a docstring, the last of Sphinx's arguments, into what it reads."""
    lines: list[str] = about[-1]
    inside = False
    for number, line in enumerate(lines):
        fence = re.fullmatch(r"( *)```(\w*)", line)
        if fence and not inside:
            lines[number] = f"{fence[1]}.. code-block:: {fence[2]}\n"
        elif fence:
            lines[number] = ""
        elif inside:
            lines[number] = f"    {line}"
        inside = inside != bool(fence)
    lines[:] = "\n".join(lines).split("\n")


def _code(
    _role: str, rawtext: str, text: str, lineno: int, inliner: Any, *rest: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Read one backtick in a docstring: code, and a link where it may name something."""
    shown = unescape(text, restore_backslashes=True)
    if _NAME.fullmatch(shown):
        return _LINKED("py:obj", rawtext, text, lineno, inliner, *rest)
    return [nodes.literal(rawtext, shown)], []


def _named(*about: Any) -> tuple[str | None, str | None]:
    """Name functions that are defaults in a signature, which Python prints with their address.

    A protocol has no signature: nobody makes one.
    """
    described, _options, signature, returned = about[-4:]
    if getattr(described, "_is_protocol", False):
        return "", None
    return signature and _PRINTED.sub(r"\1", signature), returned


def _skipped(*about: Any) -> bool | None:
    """Show the members of an enumeration, whose names say it all."""
    member = about[3]
    return False if isinstance(member, Enum) else None


def _with_pictures(app: Sphinx, error: Exception | None) -> None:
    """Copy the pictures to where the pages' own `<picture>` elements look for them."""
    if error is None and app.builder.format == "html":
        shutil.copytree(_DOCS / "images", app.outdir / "images", dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what is here."""
    # Spreadsheets are shown as they are.
    app.add_lexer("csv", TextLexer)
    app.add_role("code-or-link", _code)
    app.connect("source-read", _sited)
    app.connect("include-read", _included)
    app.connect("autodoc-process-docstring", _restructured)
    app.connect("autodoc-process-signature", _named)
    app.connect("autodoc-skip-member", _skipped)
    app.connect("build-finished", _with_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
