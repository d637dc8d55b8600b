"""Tables as documents: which columns the header names, and the cells of each record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from attrs import frozen

from apple_music_ratings.errors import InvalidItemError
from apple_music_ratings.models import Item, ResourceType

from .cells import CellError
from .columns import LINK, Columns, ReadOptions, find_columns, is_header, missing_columns, plain
from .document import Document, Rows, check_rating, with_rating
from .privacy_export import ExportFile, detect_export
from .rows import unescape_formula
from .streams import ParseError, PeekedStream
from .tables import HeaderNotFoundError, Record, cells_error, read_table
from .workbooks import read_workbook


@frozen
class ExportHeader:
    """The header of a file of Apple's privacy export.

    Args:
        file: Which file it is.
        names: Its columns.
    """

    file: ExportFile
    names: tuple[str, ...]


def read_table_document(
    source: TextIO | PeekedStream, options: ReadOptions, *, items_only: bool
) -> Document:
    """Read a text or a workbook as a table; without a header, a text is a list.

    Raises:
        ParseError: It is not a table of ratings.
    """

    def find_layout(header: list[str]) -> Columns | ExportHeader | None:
        if options.id_column is None and options.rating is None:
            export = detect_export({plain(name) for name in header})
            if export is not None:
                return ExportHeader(export, tuple(plain(name) for name in header))
        try:
            columns = find_columns(header, options)
        except ValueError:
            return None
        if items_only:
            return columns if columns.keys.keys() & {"id", LINK} else None
        return columns if is_header(columns, options) else None

    layout: Columns | ExportHeader
    try:
        if isinstance(source, PeekedStream):
            layout, records = read_workbook(source, find_layout)
        else:
            layout, records = read_table(source, find_layout)
    except HeaderNotFoundError as error:
        return _without_header(error, options, items_only=items_only)
    if isinstance(layout, ExportHeader):
        return Document(_export_rows(layout, records), export=layout.file)
    check_rating(layout, options)
    return Document(_table_rows(layout, records, options, items_only=items_only), layout)


def _without_header(
    error: HeaderNotFoundError, options: ReadOptions, *, items_only: bool
) -> Document:
    is_list = options.rating is not None and options.id_column is None
    is_row = len(error.cells) > 1 and not any(_is_item(cell, options) for cell in error.cells)
    if items_only or (is_list and not is_row):
        return Document(lines=error.lines)
    if len(error.cells) == 1 and _is_item(error.cells[0], options):
        raise ParseError(
            error.line,
            "The file is a list of items without ratings. To give all of them one rating, use "
            "--rating like.",
        )
    try:
        columns = find_columns(error.cells, options)
    except ValueError as reason:
        raise ParseError(error.line, str(reason)) from None
    raise ParseError(error.line, missing_columns(error.cells, columns))


def _is_item(text: str, options: ReadOptions) -> bool:
    try:
        Item.parse(text, type=options.type or ResourceType.SONGS)
    except InvalidItemError:
        return False
    return True


def _table_rows(
    columns: Columns, records: Iterable[Record], options: ReadOptions, *, items_only: bool
) -> Rows:
    width = columns.width
    needed = columns.keys.get("rating", 0)
    for record in records:
        if isinstance(record.cells, CellError):
            yield record.line, record.cells
            continue
        error = cells_error(record.cells, width)
        if error is None and len(record.cells) <= needed and not items_only:
            error = CellError(
                "rating",
                f"The row ends before this column: {len(record.cells)} cells, where the header has "
                f"{width}.",
            )
        yield (
            record.line,
            error
            or with_rating(
                {
                    column: unescape_formula(record.cells[key])
                    for column, key in columns.keys.items()
                    if key < len(record.cells)
                },
                options,
                items_only=items_only,
            ),
        )


def _export_rows(header: ExportHeader, records: Iterable[Record]) -> Rows:
    for record in records:
        if isinstance(record.cells, CellError):
            yield record.line, record.cells
        else:
            error = cells_error(record.cells, len(header.names))
            yield record.line, error or dict(zip(header.names, record.cells, strict=False))
