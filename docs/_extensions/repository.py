"""Adapts files that are written for the repository to the site.

Pages are read on the site and as plain Markdown in the repository. Links to files outside docs/
become links of the site, and fenced blocks in docstrings become reStructuredText.
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
# Files of the repository that are pages of the site, or part of one.
_PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
}
_PRINTED = re.compile(r"<(?:built-in )?function (\w+)(?: at 0x\w+)?>")
# Sphinx's role for names would change others, such as `..` and `<id>`.
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_LINKED = PyXRefRole()
_LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s:]+)(#[^)\s]*)?\)")


def _convert_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Convert the links of a page to links of the site."""
    source[0] = _convert_links(source[0], Path(app.env.doc2path(docname)).parent)


def _convert_included(app: Sphinx, path: Path, docname: str, source: list[str]) -> None:  # noqa: ARG001  # Sphinx's signature
    """Convert the links of a file that a page includes."""
    source[0] = _convert_links(source[0], Path(app.srcdir, path).resolve().parent)


def _convert_links(text: str, folder: Path) -> str:
    """Convert links to files of the repository; `folder` is the folder of the text."""

    def convert(link: re.Match[str]) -> str:
        label, target, place = link[1], link[2], link[3] or ""
        path = (folder / target).resolve()
        if path.is_dir():
            # The site has no page for a folder.
            return label
        if not path.is_relative_to(_ROOT):
            return link[0]
        name = path.relative_to(_ROOT).as_posix()
        page = _PAGES.get(name) or (name[5:] if name.startswith("docs/") else None)
        if page is None or not (_DOCS / page).exists():
            return link[0]
        return f"[{label}](/{page}{place})"

    return _LINK.sub(convert, text)


def _convert_docstring(*arguments: Any) -> None:
    """Convert the fenced blocks of a docstring, which is the last of Sphinx's arguments."""
    lines: list[str] = arguments[-1]
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
    """Render text in single backticks as code, and as a link if it names something documented."""
    shown = unescape(text, restore_backslashes=True)
    if _NAME.fullmatch(shown):
        return _LINKED("py:obj", rawtext, text, lineno, inliner, *rest)
    return [nodes.literal(rawtext, shown)], []


def _clean_signature(*arguments: Any) -> tuple[str | None, str | None]:
    """Print functions that are defaults without their address; hide the signature of protocols."""
    described, _options, signature, returned = arguments[-4:]
    if getattr(described, "_is_protocol", False):
        return "", None
    return signature and _PRINTED.sub(r"\1", signature), returned


def _keep_members(*arguments: Any) -> bool | None:
    """Show members of an enumeration that have no docstring."""
    member = arguments[3]
    return False if isinstance(member, Enum) else None


def _copy_pictures(app: Sphinx, error: Exception | None) -> None:
    """Copy the pictures that `<picture>` elements of the pages refer to."""
    if error is None and app.builder.format == "html":
        shutil.copytree(_DOCS / "images", app.outdir / "images", dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the lexer, the role and the handlers."""
    # Spreadsheets are shown as plain text.
    app.add_lexer("csv", TextLexer)
    app.add_role("code-or-link", _code)
    app.connect("source-read", _convert_page)
    app.connect("include-read", _convert_included)
    app.connect("autodoc-process-docstring", _convert_docstring)
    app.connect("autodoc-process-signature", _clean_signature)
    app.connect("autodoc-skip-member", _keep_members)
    app.connect("build-finished", _copy_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
