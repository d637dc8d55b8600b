"""Lines and JSON elements out of a stream of bytes, in memory that does not grow with the file.

A line or an element may be as long as a mebibyte; a row of ratings is a few hundred bytes.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from attrs import frozen

MAX_LENGTH = 1 << 20
_CHUNK = 1 << 16
_TOO_LONG = f"is longer than {MAX_LENGTH:,} bytes, which no row of ratings is"
_NOT_UTF8 = "is not UTF-8. Save the file as UTF-8"


class ParseError(Exception):
    """The rest of a stream makes no sense.

    Args:
        line: Where it stopped making sense, counted from 1.
        reason: What is wrong there.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@frozen
class Line:
    """One line of a text.

    Args:
        number: Counted from 1.
        text: What stands in it, with its end of line; empty when it cannot be read.
        error: Why it cannot be read.
    """

    number: int
    text: str
    error: str | None = None


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """Read lines of UTF-8, with or without a byte order mark.

    Raises:
        ParseError: It is UTF-16.
    """
    number = 0
    while raw := stream.readline(MAX_LENGTH + 1):
        number += 1
        if number == 1:
            raw = _strip_bom(raw)  # the same line, seen better
        if len(raw) > MAX_LENGTH:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(MAX_LENGTH)  # the rest of it
            yield Line(number, "", f"The line {_TOO_LONG}.")
            continue
        try:
            yield Line(number, raw.decode())
        except UnicodeDecodeError as error:
            yield Line(number, "", f"Byte {error.start + 1} of the line {_NOT_UTF8}.")


def read_elements(stream: BinaryIO) -> Iterator[tuple[int, object]]:
    """Read the elements of the list that a JSON document is.

    Yields:
        The line an element begins on, and the element.

    Raises:
        ParseError: The document is no list, is cut off, or is no JSON.
    """
    text = _Window(stream)
    if (first := text.peek()) != "[":
        found = f"begins with {first!r}" if first else "is empty"
        raise ParseError(text.line, f"The document {found}. It must be a list of rows.")
    text.take()
    if text.peek() == "]":
        text.take()
    else:
        closing = ""
        while closing != "]":
            text.peek()
            yield text.line, text.take_value()
            if (closing := text.peek()) not in {",", "]"}:
                found = f"{closing!r}" if closing else "the end of the file"
                reason = f"After a row stands {found}, not a comma or the end of the list."
                raise ParseError(text.line, f"{reason}{'' if closing else _CUT_OFF}")
            text.take()
    if rest := text.peek():
        raise ParseError(text.line, f"After the list stands {rest!r}.")


# What is no blank to JSON.
_NO_BLANK = re.compile(r"[^ \t\r\n]")
_CUT_OFF = " It looks cut off; export it anew."


def _strip_bom(raw: bytes) -> bytes:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ParseError(1, "The file is UTF-16. Save it as UTF-8.")
    return raw.removeprefix(codecs.BOM_UTF8)


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


class _Window:
    """The part of a text that is being read."""

    def __init__(self, stream: BinaryIO) -> None:
        self.line = 1
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._json = json.JSONDecoder(parse_constant=_refuse)
        self._text = ""
        self._start = 0
        self._is_at_start = True
        self._is_at_end = False

    def peek(self) -> str:
        """Go to what comes after blanks, and give its first character; nothing at the end."""
        while True:
            after = _NO_BLANK.search(self._text, self._start)
            self._go_to(len(self._text) if after is None else after.start())
            if after is not None or not self._read_on():
                return self._text[self._start : self._start + 1]

    def take(self) -> None:
        """Go past one character."""
        self._go_to(self._start + 1)

    def take_value(self) -> object:
        """Go past one JSON value, and give it."""
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._start)
            except RecursionError:
                raise ParseError(self.line, "The row is nested too deeply.") from None
            except ValueError as error:
                # Cut off by the window, or wrong: more text tells.
                if len(self._text) - self._start > MAX_LENGTH:
                    raise self._broken(error, f"The row {_TOO_LONG}, or it is no JSON") from None
                if not self._read_on():
                    raise self._broken(error, "This is no JSON") from None
                continue
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
        """Read a chunk, and tell whether there was one."""
        if self._is_at_end:
            return False
        raw = self._stream.read(_CHUNK)
        self._is_at_end = not raw
        if self._is_at_start:
            raw = _strip_bom(raw)
            self._is_at_start = False
        try:
            more = self._decode.decode(raw, final=self._is_at_end)
        except UnicodeDecodeError:
            line = self.line + self._text.count("\n", self._start)
            raise ParseError(line, f"What follows this line {_NOT_UTF8}.") from None
        self._text = self._text[self._start :] + more
        self._start = 0
        return not self._is_at_end
