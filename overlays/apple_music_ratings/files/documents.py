"""The rows of one file, whatever its format: the cells of each, by our columns.

What a file is follows from its content. A format that the caller names decides where it is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TextIO

from attrs import field, frozen

from apple_music_ratings.errors import shorten

from .cells import CellError
from .columns import LINK, Columns, ReadOptions, find_columns, is_header, missing_columns, plain
from .content import Content, detect_content
from .elements import read_elements
from .formats import FileFormat
from .privacy_export import ExportFile, detect_export
from .rows import unescape_formula
from .streams import Line, ParseError, PeekedStream, open_text, read_lines
from .tables import HeaderNotFoundError, Record, cells_error, read_table
from .workbooks import read_workbook

# The cells of a row by column, or why they cannot be read.
Cells = Mapping[str, object] | CellError
Rows = Iterator[tuple[int, Cells]]

# A Markdown link begins with a bracket too.
_JSON_LIST = re.compile(r"\[\s*(?:[\[{\]\"0-9]|$)")
_MEMBERS_OF_RATINGS = frozenset({"attributes", "relationships", "type"})
# Objects whose keys show which file of Apple's export a list is; the keys of some are incomplete.
_FIRST_OBJECTS = 50


@frozen
class ExportHeader:
    """The header of a file of Apple's privacy export.

    Args:
        file: Which file it is.
        names: Its columns.
    """

    file: ExportFile
    names: tuple[str, ...]


@frozen
class Document:
    """The rows of a file.

    Args:
        rows: The line of each row, and its cells.
        columns: Our columns in the file; in JSON each row has its own.
        export: Which file of Apple's privacy export it is; its cells are by Apple's names then.
        lines: The lines of a file that is neither a table nor JSON.
    """

    rows: Rows = field(factory=lambda: iter(()))
    columns: Columns = field(factory=lambda: Columns({}, {}))
    export: ExportFile | None = None
    lines: Iterable[Line] | None = None


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
        return _table(stream, options, items_only=items_only)
    text = open_text(stream)
    detected = format or _detect_format(stream.start_of_text)
    if detected is FileFormat.CSV:
        return _table(text, options, items_only=items_only)
    rows = read_elements(text) if detected is FileFormat.JSON else _json_lines(text)
    return _objects(rows, options, items_only=items_only)


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


# Tables


def _table(source: TextIO | PeekedStream, options: ReadOptions, *, items_only: bool) -> Document:
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
    _check_rating(layout, options)
    return Document(_table_rows(layout, records, options, items_only=items_only), layout)


def _without_header(
    error: HeaderNotFoundError, options: ReadOptions, *, items_only: bool
) -> Document:
    if items_only or (options.rating is not None and options.id_column is None):
        return Document(lines=error.lines)
    try:
        columns = find_columns(error.cells, options)
    except ValueError as reason:
        raise ParseError(error.line, str(reason)) from None
    raise ParseError(error.line, missing_columns(error.cells, columns))


def _check_rating(columns: Columns, options: ReadOptions) -> None:
    if options.rating is not None and "rating" in columns.keys:
        raise ParseError(
            1,
            f"The file has a column {columns.titles['rating']!r} with ratings, and --rating gives "
            "another. Use one of them.",
        )


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
            or _with_rating(
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


# JSON


def _objects(
    elements: Iterator[tuple[int, object]], options: ReadOptions, *, items_only: bool
) -> Document:
    flat = _flattened(elements)
    first: list[tuple[int, object]] = []
    cut_off: ParseError | None = None
    try:
        first.extend(islice(flat, _FIRST_OBJECTS))
    except ParseError as error:
        cut_off = error  # the rows before it come first
    names = {plain(name) for _, value in first if isinstance(value, dict) for name in value}
    rows = chain(first, flat, _raised(cut_off))
    if options.id_column is None and (export := detect_export(names)):
        return Document(_export_objects(rows), export=export)
    return Document(_object_rows(rows, options, items_only=items_only))


def _raised(error: ParseError | None) -> Iterator[tuple[int, object]]:
    """Yield nothing, but raise an error if there is one."""
    if error is not None:
        raise error
    yield from ()


def _flattened(elements: Iterator[tuple[int, object]]) -> Iterator[tuple[int, object]]:
    """Yield the rows of elements that are responses of the API, and all others unchanged."""
    for line, element in elements:
        if isinstance(element, dict) and isinstance(element.get("data"), list):
            for entry in element["data"]:
                yield line, _flat(entry)
        else:
            yield line, _flat(element)


def _flat(element: object) -> object:
    """Return an entry of a response of the API with its attributes beside its id."""
    if not isinstance(element, dict) or not isinstance(element.get("attributes"), dict):
        return element
    attributes = element["attributes"]
    rest = {key: value for key, value in element.items() if key not in _MEMBERS_OF_RATINGS}
    if element.get("type") != "ratings":
        rest["type"] = element.get("type")
        rest.pop("href", None)  # it repeats them
    elif rest.get("href"):
        rest.pop("id", None)
    play = attributes.get("playParams")
    catalog = {"catalogId": play.get("catalogId")} if isinstance(play, dict) else {}
    return {**attributes, **catalog, **rest}


def _object_rows(
    elements: Iterable[tuple[int, object]], options: ReadOptions, *, items_only: bool
) -> Rows:
    known: dict[tuple[str, ...], Columns | CellError] = {}
    line, has_rows, has_ratings = 1, False, False
    for line, element in elements:
        if isinstance(element, CellError):
            yield line, element
            continue
        value = element
        is_list = items_only or options.rating is not None
        if is_list and isinstance(value, (str, int)) and not isinstance(value, bool):
            value = {"id": value}
        if not isinstance(value, dict):
            yield (
                line,
                CellError(
                    None,
                    f'{shorten(element)} is not a row. A row is an object: {{"type": …, "id": …}}.',
                ),
            )
            continue
        keys = tuple(value)
        if keys not in known and len(known) < _FIRST_OBJECTS:
            known[keys] = _columns_of(keys, options)
        columns = known.get(keys) or _columns_of(keys, options)
        if isinstance(columns, CellError):
            yield line, columns
            continue
        has_rows = True
        _check_rating(columns, options)
        has_ratings = has_ratings or "rating" in columns.keys
        cells = {column: value[keys[key]] for column, key in columns.keys.items()}
        if columns.type is not None:
            cells["default_type"] = columns.type
        yield line, _with_rating(cells, options, items_only=items_only)
    if has_rows and not (has_ratings or items_only or options.rating is not None):
        raise ParseError(
            line,
            "No row of the file has a rating. If another key holds ratings, name it with "
            "--rating-column; to give all rows one rating, use --rating like.",
        )


def _columns_of(keys: tuple[str, ...], options: ReadOptions) -> Columns | CellError:
    present = {plain(key) for key in keys}
    # A row may lack what the options name; only a table has the same columns everywhere.
    chosen = ReadOptions(
        rating=options.rating,
        type=options.type,
        id_column=_if_present(options.id_column, present),
        rating_column=_if_present(options.rating_column, present),
    )
    try:
        return find_columns(keys, chosen)
    except ValueError as error:
        return CellError(None, str(error))


def _if_present(name: str | None, present: set[str]) -> str | None:
    return name if name is not None and plain(name) in present else None


def _export_objects(elements: Iterable[tuple[int, object]]) -> Rows:
    for line, element in elements:
        if isinstance(element, dict):
            yield line, {plain(name): value for name, value in element.items()}
        elif isinstance(element, CellError):
            yield line, element
        else:
            yield line, CellError(None, f"{shorten(element)} is not a row.")


def _json_lines(text: TextIO) -> Iterator[tuple[int, object]]:
    for line in read_lines(text):
        if line.error is not None:
            yield line.number, CellError(None, line.error)
        elif line.text.strip():
            yield line.number, _parsed(line.text)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError:
        return CellError(None, "The line is nested too deeply.")
    except json.JSONDecodeError as error:
        return CellError(None, f"The line is not JSON: {error.msg} at character {error.pos + 1}.")
    except ValueError as error:
        return CellError(None, f"The line cannot be read as JSON: {error}.")


def _with_rating(
    cells: dict[str, object], options: ReadOptions, *, items_only: bool
) -> dict[str, object]:
    if items_only:
        cells["rating"] = "like"
    elif options.rating is not None:
        cells["rating"] = str(options.rating)
    return cells
