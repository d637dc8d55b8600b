"""The pages, and the blocks of code in them."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import evolve, frozen
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What a reader may type or save as a program; everything else is data or output.
PROGRAMS = {
    *("bash", "console", "javascript", "powershell", "pycon", "python", "sh", "shell"),
    "typescript",
}
_MARK = re.compile(r"<!-- (file|from|not run|run): (.+) -->")


@frozen
class Block:
    """One fenced block of a page.

    Args:
        language: The language after the fence.
        text: The content.
        line: The first line, counted from 1.
        mark: The comment above it: its kind (`file`, `from`, `not run` or `run`) and its text.
        output: The block of text below it, which is what it prints.
    """

    language: str
    text: str
    line: int
    mark: tuple[str, str] | None = None
    output: str | None = None


def name_of(page: Path) -> str:
    """Return the path of a page within the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in order, without directives of the site's generator."""
    return blocks_of(page.read_text("utf-8"))


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of a text in Markdown."""
    found: list[Block] = []
    before: Token | None = None
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "fence" and not token.info.startswith("{"):
            block = Block(token.info.strip(), token.content, _line(token), mark=_mark(before))
            if found and before is not None and before.type == "fence" and block.language == "text":
                found[-1] = evolve(found[-1], output=block.text)
            found.append(block)
        before = token
    return found


def _mark(token: Token | None) -> tuple[str, str] | None:
    if token is None or token.type != "html_block":
        return None
    mark = _MARK.fullmatch(token.content.strip())
    return (mark[1], mark[2]) if mark else None


def _line(token: Token) -> int:
    assert token.map is not None
    return token.map[0] + 1
