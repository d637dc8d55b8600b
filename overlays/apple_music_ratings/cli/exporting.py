"""`export`: save ratings to a file or to standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click
from attrs import evolve

from apple_music_ratings import (
    Item,
    RatingsError,
    ResourceType,
)
from apple_music_ratings.files import FileFormat, RatingRow, detect_format, open_output, write_rows

from .command import command
from .options import format_option, items_argument, json_option, read_all
from .output import escaped, is_terminal, print_hint, print_json, print_message
from .progress import read_progress
from .reading import LIBRARY_TYPES, RATINGS, OnProgress, read_items, read_library
from .reports import report_unread

if TYPE_CHECKING:
    from .session import Session


@command(
    "apple-music-ratings export -o ratings.csv",
    "apple-music-ratings export --only like --type library-songs --format jsonl",
    "apple-music-ratings export - -o some.json < items.txt",
)
@items_argument(required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True),
    metavar="FILE",
    default="-",
    help="Write to FILE; - is stdout.",
)
@format_option
@click.option("--only", type=click.Choice(list(RATINGS)), help="Save these ratings only.")
@click.option(
    "--type",
    "types",
    multiple=True,
    type=click.Choice([t.value for t in ResourceType]),
    metavar="TYPE",
    help="Only items of this type, such as library-songs. May be repeated.",
)
@click.option(
    "--favorites",
    "with_favorites",
    is_flag=True,
    help="Add a column that says whether a song or playlist of the library is a favorite.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option(
    "--no-bom",
    is_flag=True,
    help="Write a CSV file without the byte order mark that Excel needs.",
)
@json_option
@click.pass_obj
def export(
    session: Session,
    items: Sequence[str],
    output: str,
    format: str | None,
    only: str | None,
    types: Sequence[str],
    with_favorites: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    no_bom: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Save ratings: of the whole library, or of the items that are named.

    Apple lists no ratings, so the library is walked and each item asked for. Items that are rated
    but in no library are found only when they are named. Unrated items are saved as none, so that
    `apply` brings back exactly this state; --only rated leaves them out.

    The suffix of FILE decides how: .csv, .json or .jsonl. An ITEM is type/id, a link, or a ratings
    file such as Apple's privacy export, whose items are saved with their current ratings; - reads
    standard input, one item a line or a ratings file. --json makes stdout JSON: the rows, or a
    summary with -o. --favorites adds the star of the apps, in the same pass; `apply` ignores it.
    """
    wanted = [ResourceType(word) for word in types]
    is_stdout = output in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
    output = "-" if is_stdout else output
    if format is None and as_json and is_stdout:
        format = FileFormat.JSON.value
    chosen = detect_format(output, format)
    client = session.client()
    errors: list[RatingsError] = []
    read: Callable[[OnProgress], Iterator[RatingRow]]
    if items and with_favorites:
        raise click.UsageError("--favorites is for the library; favorites cannot be read by id.")
    if items:
        read = partial(read_items, client, _items(items, types), wanted, errors)
    else:
        read = partial(read_library, client, wanted or LIBRARY_TYPES, errors, with_favorites)
    session.if_interrupted = "" if is_stdout else f"{output} was not written."
    is_shown = is_stdout and is_terminal(sys.stdout)
    tally = _Tally()
    with (
        open_output(output, force=force, bom=chosen is FileFormat.CSV and not no_bom) as stream,
        # Rows and a bar would share a line of the screen.
        read_progress(session.environ, "Reading ratings", is_drawn=not is_shown) as show,
    ):
        found = read(show)
        if only:
            found = (row for row in found if row.rating in RATINGS[only])
        rows = tally.of(map(_harmless, found) if is_shown else found)
        write_rows(rows, stream, chosen, with_favorites=with_favorites)
    if not is_stdout and as_json:
        print_json({"file": output, "format": chosen.value, "rows": tally.rows, **tally.ratings})
    where = "" if is_stdout else f" to {output}"
    print_message(f"{tally.rows:,} written{where}: {tally}.")
    if not is_stdout:
        what = "applying this file" if only or items or types else "a restore"
        print_hint(
            f"To preview {what} (add --execute to apply it):", session.command("apply", output)
        )
    return report_unread(errors)


class _Tally:
    """Counts rows as they are written."""

    def __init__(self) -> None:
        self.rows = 0
        self.ratings = {"like": 0, "dislike": 0, "none": 0}

    def of(self, rows: Iterable[RatingRow]) -> Iterator[RatingRow]:
        for row in rows:
            self.rows += 1
            self.ratings["none" if row.rating is None else row.rating.name.lower()] += 1
            yield row

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {word}" for word, count in self.ratings.items())


def _items(words: Sequence[str], types: Sequence[str]) -> list[Item]:
    # One type completes plain ids; several only filter.
    return read_all(words, type=types[0] if len(types) == 1 else None, with_files=True)


def _harmless(row: RatingRow) -> RatingRow:
    return evolve(
        row,
        name=row.name and escaped(row.name),
        artist=row.artist and escaped(row.artist),
        album=row.album and escaped(row.album),
    )
