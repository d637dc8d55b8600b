"""`list`: ratings as a table. For a file, see `export`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from apple_music_ratings import RatingsError, ResourceType
from apple_music_ratings.files import RatingRow, format_rating

from .command import command
from .options import items_argument, json_option, read_all
from .output import print_json, print_message, print_table
from .progress import read_progress
from .reading import LIBRARY_TYPES, RATINGS, OnProgress, read_items, read_library
from .reports import report_unread, title_of

if TYPE_CHECKING:
    from .session import Session


@command(
    "apple-music-ratings list --only dislike",
    "apple-music-ratings list --type library-songs",
    "apple-music-ratings list songs/907242702 --only all",
)
@items_argument(required=False)
@click.option(
    "--only",
    type=click.Choice([*RATINGS, "all"]),
    default="rated",
    show_default=True,
    help="The ratings to list.",
)
@click.option(
    "--type",
    "types",
    multiple=True,
    type=click.Choice([t.value for t in ResourceType]),
    metavar="TYPE",
    help="Only items of this type, such as library-songs. May be repeated.",
)
@json_option
@click.pass_obj
def list_ratings(
    session: Session,
    items: Sequence[str],
    only: str,
    types: Sequence[str],
    as_json: bool,  # noqa: FBT001  # click's
) -> int:
    """List ratings as a table: of the library, or of the given items.

    An ITEM is type/id or a link from Apple Music; - reads them from standard input, one per line.
    """
    wanted = [ResourceType(word) for word in types]
    client = session.client()
    errors: list[RatingsError] = []
    read: Callable[[OnProgress], Iterator[RatingRow]]
    if items:
        read = partial(read_items, client, read_all(items), wanted, errors)
    else:
        read = partial(read_library, client, wanted or LIBRARY_TYPES, errors, False)
    with read_progress(session.environ, "Reading ratings") as show:
        found = [row for row in read(show) if only == "all" or row.rating in RATINGS[only]]
    if as_json:
        print_json([_document(row) for row in found])
        return report_unread(errors)
    print_table(
        session.environ,
        ("RATING", "ITEM", "NAME"),
        ((format_rating(row.rating), str(row.item), title_of(row)) for row in found),
    )
    print_message(f"{len(found):,} listed.")
    return report_unread(errors)


def _document(row: RatingRow) -> dict[str, str | None]:
    return {
        "type": row.item.type.value,
        "id": row.item.id,
        "rating": format_rating(row.rating),
        "name": row.name,
        "artist": row.artist,
        "album": row.album,
    }
