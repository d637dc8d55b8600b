"""`get`, `like`, `dislike`, `delete` and `favorite`: commands for single items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apple_music_ratings import Item, RatingsError, RatingValue
from apple_music_ratings.files import format_rating

from .command import command
from .options import (
    items_argument,
    journal_option,
    json_option,
    read_all,
    same_account_option,
    verify_option,
)
from .output import print_json, print_message, print_table
from .progress import bar, read_progress, waiting
from .ratings_files import type_option
from .reports import report_unread, show_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .session import Session


@command(
    "apple-music-ratings get songs/907242702",
    'apple-music-ratings get "https://music.apple.com/us/album/any-name/1138988512?i=907242702"',
    "apple-music-ratings get - --json < items.txt",
)
@items_argument()
@type_option
@json_option
@click.pass_obj
def get(
    session: Session,
    items: Sequence[str],
    type: str | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Show the rating of items: like, dislike or none.

    An ITEM is type/id, a link from Apple Music, or a ratings file; - reads them from standard
    input, one per line or as a ratings file.
    """
    wanted = read_all(items, type=type, with_files=True)
    errors: list[RatingsError] = []
    with read_progress(session.environ, "Reading ratings") as show:
        ratings = session.client().get_ratings(wanted, on_error=errors.append, on_progress=show)
    if as_json:
        print_json([_rating(item, value) for item, value in ratings.items()])
    else:
        print_table(
            session.environ,
            ("ITEM", "RATING"),
            ((str(item), format_rating(value)) for item, value in ratings.items()),
        )
    return report_unread(errors)


def _rating(item: Item, value: RatingValue | None) -> dict[str, str]:
    return {"type": item.type.value, "id": item.id, "rating": format_rating(value)}


@command(
    "apple-music-ratings like songs/907242702 albums/1138988512",
    "apple-music-ratings like songs/907242702 --star",
    "apple-music-ratings like - < items.txt",
)
@items_argument()
@type_option
@verify_option
@journal_option
@same_account_option
@click.option("--star", is_flag=True, help="Add the items to your favorites too: the star.")
@json_option
@click.pass_obj
def like(
    session: Session,
    items: Sequence[str],
    type: str | None,
    star: bool,  # noqa: FBT001
    verify: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Like items, replacing any other rating.

    An ITEM is type/id or a link from Apple Music; - reads them from standard input, one per line
    or as a ratings file.
    The run is recorded in a journal, so that `undo` can undo it. A like may not show as
    the star on your devices; --star adds that too, to items of the catalog. It cannot be undone
    here: Apple lets other apps add favorites, and not remove them.
    """
    return _set(session, items, type, RatingValue.LIKE, verify=verify, as_json=as_json, star=star)


@command(
    "apple-music-ratings dislike songs/907242702",
    "apple-music-ratings dislike stations/ra.840950253 --verify",
)
@items_argument()
@type_option
@verify_option
@journal_option
@same_account_option
@json_option
@click.pass_obj
def dislike(
    session: Session,
    items: Sequence[str],
    type: str | None,
    verify: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Dislike items, which the apps call Suggest Less. To clear a rating, use `delete`.

    An ITEM is type/id or a link from Apple Music; - reads them from standard input, one per line
    or as a ratings file.
    The run is recorded in a journal, so that `undo` can undo it.
    """
    return _set(session, items, type, RatingValue.DISLIKE, verify=verify, as_json=as_json)


def _note(command: str, words: Sequence[str]) -> str:
    return f"{command} {words[0]}" if len(words) == 1 else f"{command} {len(words):,} items"


def _set(
    session: Session,
    words: Sequence[str],
    type: str | None,
    value: RatingValue,
    *,
    verify: bool,
    as_json: bool,
    star: bool = False,
) -> int:
    items = read_all(words, type=type)
    if star and (own := [str(item) for item in items if item.type.is_library]):
        raise click.UsageError(
            f"--star takes items of the catalog, and these are of the library: {', '.join(own[:3])}"
            ". Name them by their catalog ids."
        )
    client = session.client()
    session.is_resumable = True
    note = _note(value.name.lower(), words)
    with (
        session.open_journal(note) as journal,
        bar(session.environ, "Rating", total=len(set(items))) as show,
    ):
        result = client.set_ratings(items, value, verify=verify, journal=journal, on_progress=show)
    session.is_resumable = False
    code = show_result(session, result, as_json=as_json, is_verified=verify)
    if star and (liked := [outcome.item for outcome in (*result.done, *result.unchanged)]):
        client.add_favorites(liked)
        print_message(
            f"{len(liked):,} also accepted as favorites: the star in the apps, which only they can "
            "remove. `undo` and `delete` delete the rating alone."
        )
    return code


@command(
    "apple-music-ratings delete songs/907242702",
    "apple-music-ratings delete - < items.txt",
)
@items_argument()
@type_option
@verify_option
@journal_option
@same_account_option
@json_option
@click.pass_obj
def delete(
    session: Session,
    items: Sequence[str],
    type: str | None,
    verify: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Delete the rating of items; they are neither liked nor disliked afterward.

    An ITEM is type/id or a link from Apple Music; - reads them from standard input, one per line
    or as a ratings file.
    Nothing is removed from the library, and a favorite keeps its star. What was done is kept in a
    journal, so that `undo` can take it back.
    """
    wanted = read_all(items, type=type)
    client = session.client()
    session.is_resumable = True
    note = _note("delete", items)
    with (
        session.open_journal(note) as journal,
        bar(session.environ, "Deleting ratings", total=len(set(wanted))) as show,
    ):
        result = client.delete_ratings(wanted, verify=verify, journal=journal, on_progress=show)
    session.is_resumable = False
    return show_result(session, result, as_json=as_json, is_verified=verify)


@command(
    "apple-music-ratings favorite songs/907242702",
    "apple-music-ratings favorite songs/907242702 albums/1138988512 --json",
)
@items_argument()
@type_option
@json_option
@click.pass_obj
def favorite(
    session: Session,
    items: Sequence[str],
    type: str | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Add catalog items to your favorites: the star in the apps.

    Not the same as `like`. A like written through the API may not show on devices; a favorite does
    (observed, not documented). A favorite also makes the item's rating read as like.

    There is no documented way to undo this: neither `undo` nor `delete` removes a favorite, only
    the apps do. Apple ignores ids that cannot be added, without saying which.
    """
    wanted = list(dict.fromkeys(read_all(items, type=type)))
    with waiting(session.environ, "Adding favorites"):
        session.client().add_favorites(wanted)
    if as_json:
        print_json({"accepted": [{"type": item.type.value, "id": item.id} for item in wanted]})
    else:
        print_table(
            session.environ, ("ITEM", "OUTCOME"), ((str(item), "accepted") for item in wanted)
        )
    print_message(f"{len(wanted):,} accepted. Only the apps can remove a favorite.")
