"""What a file is, by its first bytes: text, a workbook or an archive. Its name decides nothing."""

from __future__ import annotations

import re
from enum import Enum, auto

from .streams import ParseError

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SAVE_AS = 'Save the sheet as "CSV UTF-8" and try again.'
_OTHERS = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        f"The file is an old (.xls) or encrypted Excel workbook. {_SAVE_AS}",
    ),
    (b"\x1f\x8b", "The file is compressed with gzip. Decompress it first."),
    (b"BZh", "The file is compressed with bzip2. Decompress it first."),
    (b"\xfd7zXZ", "The file is compressed with xz. Decompress it first."),
    (b"7z\xbc\xaf", "The file is a 7z archive. Extract it first."),
    (b"Rar!", "The file is a RAR archive. Extract it first."),
    (b"%PDF", "The file is a PDF document. Export the table as CSV."),
    (b"{\\rtf", "The file is a rich-text document. Save it as plain text."),
    (b"bplist", "The file is a property list. Export it as CSV or JSON."),
    (b"SQLite format 3", "The file is a SQLite database. Export the table as CSV."),
    (b"PAR1", "The file is in Parquet format. Export the table as CSV."),
)
# A link in angle brackets has a colon or a dot after its first word.
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)*\s*<(?:[?!]|[a-z][a-z0-9]*[\s>])", re.IGNORECASE)
_TAR = slice(257, 262)


class Content(Enum):
    """What a file is."""

    TEXT = auto()
    WORKBOOK = auto()
    ARCHIVE = auto()


def detect_content(head: bytes) -> Content:
    """Return what a file with these first bytes is.

    Raises:
        ParseError: It is something that cannot be read, and has to be converted first.
    """
    if head.startswith(_ZIP):
        return _zip_content(head)
    for mark, reason in _OTHERS:
        if head.startswith(mark):
            raise ParseError(1, reason)
    if head[_TAR] == b"ustar":
        raise ParseError(1, "The file is a tar archive. Extract it first.")
    if _MARKUP.match(head):
        raise ParseError(
            1, "The file is a web page or an XML document. Export the table as CSV or JSON."
        )
    return Content.TEXT


def _zip_content(head: bytes) -> Content:
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if first.startswith((b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/")):
        return Content.WORKBOOK
    if b"application/vnd.oasis.opendocument" in head[:256]:
        raise ParseError(1, f"The file is an OpenDocument workbook. {_SAVE_AS}")
    if first.endswith(b".iwa") or first.startswith(b"Index/"):
        raise ParseError(1, "The file is a Numbers document. Export it as CSV and try again.")
    return Content.ARCHIVE
