"""JSON as documents: lists of rows, JSON Lines, and responses of the API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TextIO

from apple_music_ratings.errors import shorten

from .cells import CellError
from .columns import Columns, ReadOptions, find_columns, plain
from .document import Document, Rows, check_rating, with_rating
from .privacy_export import ExportFile, detect_export, may_be_tracks
from .streams import NoRatingsError, ParseError, read_lines

_MEMBERS_OF_RATINGS = frozenset({"attributes", "relationships", "type"})
_NO_RATINGS = (
    "No row of the file has a rating. If another key holds ratings, name it with --rating-column; "
    "to give all rows one rating, use --rating like."
)
# Objects whose keys show which file of Apple's export a list is; the keys of some are incomplete.
_FIRST_OBJECTS = 50


def read_objects(
    elements: Iterator[tuple[int, object]], options: ReadOptions, *, items_only: bool
) -> Document:
    """Read the rows among JSON values.

    Raises:
        ParseError: No row has a rating, or the values are cut off; while the rows are read.
    """
    flat = _flattened(elements)
    first: list[tuple[int, object]] = []
    cut_off: ParseError | None = None
    try:
        first.extend(islice(flat, _FIRST_OBJECTS))
    except ParseError as error:
        if not first:
            raise
        cut_off = error  # the rows before it come first
    names = {plain(name) for _, value in first if isinstance(value, dict) for name in value}
    rows = chain(first, flat, _raised(cut_off))
    if options.id_column is None and (export := detect_export(names)):
        return Document(_export_objects(rows, export), export=export)
    if options.id_column is None and options.rating is None and may_be_tracks(names):
        tracks = ExportFile.LIBRARY_TRACKS
        return Document(_export_objects(rows, tracks), export=tracks)
    return Document(_object_rows(rows, options, items_only=items_only))


def _raised(error: ParseError | None) -> Iterator[tuple[int, object]]:
    """Yield nothing, but raise an error if there is one."""
    if error is not None:
        raise error
    yield from ()


def _flattened(elements: Iterator[tuple[int, object]]) -> Iterator[tuple[int, object]]:
    """Yield the rows of elements that are responses of the API, and all others unchanged."""
    for line, element in elements:
        members = _by_plain_name(element)
        data = members.get("data")
        entries = data if isinstance(data, list) else [data if "data" in members else element]
        for entry in entries:
            yield line, _flat(entry)


def _by_plain_name(element: object) -> dict[str, object]:
    if not isinstance(element, dict):
        return {}
    return {plain(name): value for name, value in element.items()}


def _flat(element: object) -> object:
    """Return an entry of a response of the API with its attributes beside its id."""
    entry = _by_plain_name(element)
    attributes = _by_plain_name(entry.get("attributes"))
    if not attributes:
        return element
    attributes.pop("url", None)  # it may name the same item in another storefront
    rest = {key: value for key, value in entry.items() if key not in _MEMBERS_OF_RATINGS}
    if entry.get("type") != "ratings":
        rest["type"] = entry.get("type")
        rest.pop("href", None)  # it repeats them
    elif href := rest.get("href") or _href_of_content(entry):
        rest = {"href": href}
    catalog = {"catalogid": _by_plain_name(attributes.get("playparams")).get("catalogid")}
    return {**attributes, **catalog, **rest}


def _href_of_content(entry: dict[str, object]) -> object:
    """Return the address of the item that a rating is of, from its relationships."""
    content = _by_plain_name(_by_plain_name(entry.get("relationships")).get("content"))
    data = content.get("data")
    return _by_plain_name(data[0]).get("href") if isinstance(data, list) and data else None


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
        if is_list and isinstance(value, (str, int, float)) and not isinstance(value, bool):
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
        check_rating(columns, options)
        has_ratings = has_ratings or "rating" in columns.keys
        cells = {column: value[keys[key]] for column, key in columns.keys.items()}
        if columns.type is not None:
            cells["default_type"] = columns.type
        yield line, with_rating(cells, options, items_only=items_only)
    if has_rows and not (has_ratings or items_only or options.rating is not None):
        raise ParseError(line, _NO_RATINGS)


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


def _export_objects(elements: Iterable[tuple[int, object]], file: ExportFile) -> Rows:
    line, has_ratings = 1, False
    for line, element in elements:
        if isinstance(element, dict):
            cells = _by_plain_name(element)
            has_ratings = has_ratings or detect_export(cells.keys()) is file
            yield line, cells
        elif isinstance(element, CellError):
            yield line, element
        else:
            yield line, CellError(None, f"{shorten(element)} is not a row.")
    if not has_ratings:
        raise NoRatingsError(line, _NO_RATINGS)


def read_json_lines(text: TextIO) -> Iterator[tuple[int, object]]:
    """Yield the value on each line, or a `CellError`."""
    for line in read_lines(text):
        if line.error is not None:
            yield line.number, CellError(None, line.error)
        elif line.text.strip():
            yield line.number, _parsed(line.text)


def _parsed(text: str) -> object:
    try:
        return json.loads(text.lstrip("\ufeff"))
    except RecursionError:
        return CellError(None, "The line is nested too deeply.")
    except json.JSONDecodeError as error:
        return CellError(None, f"The line is not JSON: {error.msg} at character {error.pos + 1}.")
    except ValueError as error:
        return CellError(None, f"The line cannot be read as JSON: {error}.")
