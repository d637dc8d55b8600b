"""Read a file by its content: as a table, as JSON, or as a workbook."""

from __future__ import annotations

import json
import re

from .columns import ReadOptions, plain
from .content import Content, detect_content
from .document import Document
from .elements import read_elements
from .formats import FileFormat
from .json_documents import read_json_lines, read_objects
from .streams import PeekedStream, open_text
from .table_documents import read_table_document

# A Markdown link begins with a bracket too, and so does the time of a message in a chat.
_JSON_LIST = re.compile(r"\[\s*(?:[\[{\]\"]|[0-9]+(?:\.[0-9]+)?\s*(?:[,\]]|$)|$)")


def read_document(
    stream: PeekedStream, format: FileFormat | None, options: ReadOptions, *, items_only: bool
) -> Document:
    """Read a text or a workbook.

    Args:
        stream: The file.
        format: The format, if it is known; otherwise the content decides.
        options: How to read a file that does not say everything itself.
        items_only: Read the items of the rows, whatever their ratings. A text without a header
            has one item on each line.

    Raises:
        ParseError: The file cannot be read.
    """
    if detect_content(stream.head) is Content.WORKBOOK:
        return read_table_document(stream, options, items_only=items_only)
    text = open_text(stream)
    detected = format or _detect_format(stream.start_of_text)
    if detected is FileFormat.CSV:
        return read_table_document(text, options, items_only=items_only)
    rows = read_elements(text) if detected is FileFormat.JSON else read_json_lines(text)
    return read_objects(rows, options, items_only=items_only)


def _detect_format(start: str) -> FileFormat:
    text = start.lstrip("\ufeff \t\r\n")
    if _JSON_LIST.match(text):
        return FileFormat.JSON
    if not text.startswith("{"):
        return FileFormat.CSV
    first, _, rest = text.partition("\n")
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        # Two lines that begin alike are two rows, even if the first is damaged.
        return FileFormat.JSON_LINES if rest.startswith("{") else FileFormat.JSON
    is_response = not rest.strip() and "rating" not in {plain(name) for name in value}
    return FileFormat.JSON if is_response else FileFormat.JSON_LINES
