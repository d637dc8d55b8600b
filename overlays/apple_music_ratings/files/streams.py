"""Bytes to text, lines and JSON values, in memory that does not grow with the file.

A line or a JSON value may be as long as a mebibyte; a row of ratings is a few hundred bytes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import BinaryIO, TextIO

from attrs import frozen

MAX_LENGTH = 1 << 20
TOO_LONG = f"is longer than {MAX_LENGTH:,} characters, which no row of ratings is"
_HEAD = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (b"\xc3\xaf\xc2\xbb\xc2\xbf", "utf-8"),  # the same, taken for Windows-1252 once
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings without a byte order mark: the bytes of a character, and which one is not zero in ASCII.
_WIDE_ENCODINGS = (
    ("utf-32-le", 4, 0),
    ("utf-32-be", 4, 3),
    ("utf-16-le", 2, 0),
    ("utf-16-be", 2, 1),
)
_FEWEST_ZEROS_IN_ALL = 3
_FEWEST_ZEROS = 2  # of ten; a list with names in Chinese has this many
# Bytes that are not UTF-8, as the error handler `surrogateescape` passes them on.
_UNDECODED = re.compile("[\udc80-\udcff]")
_NOT_UTF8 = (
    "The file is not UTF-8, but probably Windows-1252 or Mac Roman. Save it as UTF-8; in Excel "
    'that is "CSV UTF-8".'
)


class ParseError(Exception):
    """The rest of a stream cannot be read.

    Args:
        line: The line of the error, counted from 1.
        reason: What is invalid there, and what to do about it.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class ArchiveError(ParseError):
    """An archive cannot be unpacked, or exceeds the limits. Its other files count for nothing."""


class NoRatingsError(ParseError):
    """A file has no ratings at all."""


@frozen
class Line:
    """One line of a text.

    Args:
        number: Counted from 1.
        text: The line with its line end; empty if it cannot be read.
        error: Why it cannot be read.
    """

    number: int
    text: str
    error: str | None = None


class PeekedStream(RawIOBase):
    """A stream of bytes whose beginning is known before it is read. Closing it closes nothing.

    Args:
        stream: Any stream of bytes.

    Attributes:
        head: The first 64 KiB.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        # A terminal can be read beyond its end, which would require another Ctrl-D.
        self._is_at_end = False
        head = bytearray()
        while len(head) < _HEAD and (chunk := self._read(_HEAD - len(head))):
            head += chunk
        self.head: bytes = bytes(head)
        self._position = 0

    def _read(self, count: int) -> bytes:
        if self._is_at_end:
            return b""
        chunk = self._stream.read(count) or b""
        is_short = isinstance(self._stream, BufferedReader) and len(chunk) < count
        self._is_at_end = is_short or not chunk
        return chunk

    def readable(self) -> bool:
        """Return true, as `io` asks."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # narrower
        """Read into a buffer, first what was peeked at."""
        chunk = self.head[self._position : self._position + len(buffer)]
        self._position += len(chunk)
        if not chunk:
            chunk = self._read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def skip(self, count: int) -> None:
        """Pass over bytes of the head."""
        self._position += count

    @property
    def start_of_text(self) -> str:
        """The head as text, where it is text."""
        encoding, marks = _encoding(self.head)
        return self.head[marks:].decode(encoding, "ignore")


def open_text(stream: PeekedStream) -> TextIO:
    """Decode a stream, by its byte order marks or else by the zeros of UTF-16.

    Bytes that are not UTF-8 are found by `read_lines` and `read_chunk`, which know the line.

    Raises:
        ParseError: The stream is not text.
    """
    encoding, marks = _encoding(stream.head)
    stream.skip(marks)
    return TextIOWrapper(BufferedReader(stream), encoding, errors="surrogateescape", newline="")


def read_lines(text: TextIO) -> Iterator[Line]:
    """Read lines that end with LF, CR LF or CR.

    Raises:
        ParseError: The text is not in the encoding that it began with.
    """
    number = 0
    while line := _readline(text, number + 1):
        number += 1
        if len(line) > MAX_LENGTH:
            while line and not line.endswith(("\n", "\r")):
                line = _readline(text, number)
            yield Line(number, "", f"The line {TOO_LONG}.")
            continue
        yield Line(number, line)


def read_chunk(text: TextIO, line: int) -> str:
    """Read some text; nothing at the end.

    Raises:
        ParseError: The text is not in the encoding that it began with.
    """
    try:
        chunk = text.read(_HEAD)
    except UnicodeDecodeError:
        raise ParseError(line, "The file is cut off or damaged: it is not valid UTF-16.") from None
    if found := _UNDECODED.search(chunk):
        raise ParseError(line + chunk.count("\n", 0, found.start()), _NOT_UTF8)
    return chunk


def _readline(text: TextIO, number: int) -> str:
    try:
        line = text.readline(MAX_LENGTH + 1)
    except UnicodeDecodeError:
        raise ParseError(
            number, "The file is cut off or damaged: it is not valid UTF-16."
        ) from None
    if _UNDECODED.search(line):
        raise ParseError(number, _NOT_UTF8)
    return line


def _encoding(head: bytes) -> tuple[str, int]:
    """Return the encoding, and how many bytes its marks take."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            rest = head
            while rest.startswith(mark):  # some programs write two
                rest = rest.removeprefix(mark)
            return encoding, len(head) - len(rest)
    if b"\0" not in head:
        return "utf-8", 0
    # Separators, ids and line ends are ASCII, whose other bytes in UTF-16 and UTF-32 are zeros.
    for encoding, width, place in _WIDE_ENCODINGS:
        zeros = [head[start::width].count(0) * width * 10 // len(head) for start in range(width)]
        if (
            head.count(0) >= _FEWEST_ZEROS_IN_ALL
            and zeros[place] < 1
            and all(count >= _FEWEST_ZEROS for start, count in enumerate(zeros) if start != place)
        ):
            return encoding, 0
    if head.count(0) > len(head) // 10:
        raise ParseError(1, "The file is not text. Export it as CSV or JSON.")
    return "utf-8", 0  # a name may contain one
