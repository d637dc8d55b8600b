"""The rows of one file, whatever its format: the cells of each, by our columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import field, frozen

from .cells import CellError
from .columns import Columns, ReadOptions
from .privacy_export import ExportFile
from .streams import Line, ParseError

# The cells of a row by column, or why they cannot be read.
Cells = Mapping[str, object] | CellError
Rows = Iterator[tuple[int, Cells]]


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


def check_rating(columns: Columns, options: ReadOptions) -> None:
    """Check that a file with ratings is not given another one.

    Raises:
        ParseError: It is.
    """
    if options.rating is not None and "rating" in columns.keys:
        raise ParseError(
            1,
            f"The file has a column {columns.titles['rating']!r} with ratings, and --rating gives "
            "another. Use one of them.",
        )


def with_rating(
    cells: dict[str, object], options: ReadOptions, *, items_only: bool
) -> dict[str, object]:
    """Return the cells of a row with the rating for all rows, if there is one."""
    if items_only:
        cells["rating"] = "like"
    elif options.rating is not None:
        cells["rating"] = str(options.rating)
    return cells
