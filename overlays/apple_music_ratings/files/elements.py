"""The elements of a JSON list, one at a time, each with its line.

The standard library parses one value at a time; no maintained streaming parser reports lines, which
the messages about rows need.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TextIO

from .columns import plain
from .streams import MAX_LENGTH, TOO_LONG, ParseError, read_chunk

_NOT_BLANK = re.compile(r"[^ \t\r\n\ufeff]")
_CUT_OFF = " It looks cut off; export it again."
# The members of an object that hold its rows: the API's responses have `data`.
_LISTS = frozenset(
    {"data", "ratings", "rows", "items", "results", "entries", "records", "tracks", "favorites"}
)
_NAMES_OF_ITEMS = frozenset({"id", "link", "url", "href", "data"})


def read_elements(text: TextIO) -> Iterator[tuple[int, object]]:
    """Read the elements of the list that a document is, or that a response of the API holds.

    Yields:
        The line an element begins on, and the element.

    Raises:
        ParseError: The document has no list, is cut off, or is not JSON.
    """
    window = _Window(text)
    first = window.peek()
    if first == "[":
        yield from _list(window)
    elif first == "{":
        yield from _object(window)
    else:
        found = f"begins with {first!r}" if first else "is empty"
        raise ParseError(window.line, f"The document {found}. It must be a list of rows.")
    if rest := window.peek():
        raise ParseError(window.line, f"{rest!r} follows the end of the document.")


def _list(window: _Window) -> Iterator[tuple[int, object]]:
    for _ in _members(window, "]", "row"):
        yield window.line, window.take_value()


def _object(window: _Window) -> Iterator[tuple[int, object]]:
    line, has_list = window.line, False
    members: dict[str, object] = {}
    for _ in _members(window, "}", "member"):
        name = window.take_value()
        if not isinstance(name, str) or window.peek() != ":":
            raise ParseError(window.line, "This is not JSON: expected a name and a colon.")
        window.take()
        if window.peek() == "[" and name.casefold() in _LISTS:
            has_list = True
            yield from _list(window)
        else:
            members[name] = window.take_value()
    if "errors" in members:
        raise ParseError(line, "The document is an error response of the API.")
    if not has_list:
        if not _NAMES_OF_ITEMS & {plain(name) for name in members}:
            raise ParseError(
                line,
                "The document is one object. It must be a list of rows, or have a list `data`.",
            )
        yield line, members


def _members(window: _Window, end: str, what: str) -> Iterator[None]:
    """Yield at each member of a list or an object, up to its end."""
    window.take()
    if window.peek() == end:
        window.take()
        return
    closing = ""
    while closing != end:
        if window.peek() == end:
            raise ParseError(window.line, f"A comma before the closing {end!r} is not JSON.")
        yield
        if (closing := window.peek()) not in {",", end}:
            found = f"{closing!r}" if closing else "the end of the file"
            reason = f"After a {what} comes {found}, not a comma or the closing {end!r}."
            raise ParseError(window.line, f"{reason}{'' if closing else _CUT_OFF}")
        window.take()


def _reject(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


class _Window:
    """The part of a text that is being read."""

    def __init__(self, text: TextIO) -> None:
        self.line = 1
        self._source = text
        self._json = json.JSONDecoder(parse_constant=_reject)
        self._text = ""
        self._start = 0
        self._is_at_end = False

    def peek(self) -> str:
        """Go to the next character that is not blank, and return it; nothing at the end."""
        while True:
            after = _NOT_BLANK.search(self._text, self._start)
            self._go_to(len(self._text) if after is None else after.start())
            if after is not None or not self._read_on():
                return self._text[self._start : self._start + 1]

    def take(self) -> None:
        """Go past one character."""
        self._go_to(self._start + 1)

    def take_value(self) -> object:
        """Go past one JSON value, and return it."""
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._start)
            except RecursionError:
                raise ParseError(self.line, "The row is nested too deeply.") from None
            except ValueError as error:
                # Cut off by the window, or invalid: more text shows which.
                if len(self._text) - self._start > MAX_LENGTH:
                    raise self._broken(error, f"The row {TOO_LONG}, or it is not JSON") from None
                if not self._read_on():
                    raise self._broken(error, "This is not JSON") from None
                continue
            if end == len(self._text) and self._read_on():
                continue  # a number may continue
            self._go_to(end)
            return value

    def _broken(self, error: ValueError, what: str) -> ParseError:
        detail, line, hint = str(error), self.line, ""
        if isinstance(error, json.JSONDecodeError):
            detail = error.msg
            line += self._text.count("\n", self._start, error.pos)
            is_string_open = detail.startswith("Unterminated string")
            if self._is_at_end and (is_string_open or not self._text[error.pos :].strip()):
                hint = _CUT_OFF
        return ParseError(line, f"{what}: {detail}.{hint}")

    def _go_to(self, position: int) -> None:
        self.line += self._text.count("\n", self._start, position)
        self._start = position

    def _read_on(self) -> bool:
        """Read a chunk, and return whether there was one."""
        if self._is_at_end:
            return False
        more = read_chunk(self._source, self.line + self._text.count("\n", self._start))
        self._is_at_end = not more
        self._text = self._text[self._start :] + more
        self._start = 0
        return not self._is_at_end
