"""Match the rows of a ratings file with the items of the service.

A library id changes when an item is removed from the library and added again (Apple says so in
https://developer.apple.com/documentation/applemusicapi/ratings-api). The catalog id stays, and a
ratings file holds both. Rows that name one item by its catalog id and by its library id are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import evolve, field, frozen

from .client import RatingsClient
from .errors import RatingsError, RowError
from .files import RatingRow, RatingsFile, format_rating
from .models import Item, LibraryItem, RatingValue, ResourceType, catalog_type
from .plans import Progress

__all__ = ["ResolvedFile", "find_differences", "resolve_items"]


@frozen
class ResolvedFile:
    """The ratings in a file and the current ones, by the items' current ids.

    Args:
        rows: One row for each item, in the order of the file.
        current: The current rating of each item.
        relocated: Items of the file that have another id now, and the item with that id.
        errors: Rows that name one item and disagree.
        joined: Items of the file that another row names by its other id, and the item of that row.
        unlisted: Rated library items that the file does not name, with their current ratings.
        unread: The errors of library entries that could not be read, and so not be matched.
    """

    rows: tuple[RatingRow, ...]
    current: dict[Item, RatingValue | None]
    relocated: dict[Item, Item] = field(factory=dict)
    errors: tuple[RowError, ...] = ()
    joined: dict[Item, Item] = field(factory=dict)
    unlisted: tuple[RatingRow, ...] = ()
    unread: tuple[RatingsError, ...] = ()

    @property
    def desired(self) -> dict[Item, RatingValue | None]:
        """The rating that each item is to have, as `make_plan` accepts it."""
        return {row.item: row.rating for row in self.rows}

    @property
    def named(self) -> dict[Item, RatingValue | None]:
        """As `desired`, with every item that the file names, joined ones included."""
        desired = self.desired
        return desired | {item: desired[other] for item, other in self.joined.items()}


def resolve_items(
    client: RatingsClient,
    file: RatingsFile,
    *,
    unlisted_types: Iterable[ResourceType] = (),
    on_progress: Callable[[Progress], object] | None = None,
    on_library_progress: Callable[[Progress], object] | None = None,
) -> ResolvedFile:
    """Read the current ratings, find items whose library id has changed, and join rows of one item.

    An item that reads as unrated may be gone, since the service responds to both alike. Where the
    file has such items with a catalog id, the library of their types is read once, a request for a
    hundred items. One that is not there becomes the library item with the same catalog id, or else
    the catalog item, whose rating Apple keeps the same. The library is also read where the file
    names library items without their catalog ids beside items of the catalog.

    Args:
        client: Reads ratings and library.
        file: The ratings to match.
        unlisted_types: Library types whose rated items are looked for outside the file.
        on_progress: Called while the ratings of the file's items are read.
        on_library_progress: Called while the library is read, of each type in turn.

    Returns:
        Desired and current ratings, as `make_plan` accepts them.

    Raises:
        ApiError: The service rejected a request; see its subclasses.
        TransportError: No response arrived.
    """
    unread: list[RatingsError] = []
    errors: list[RowError] = []
    current, read = _read_rows(client, file.name, file.rows, errors, on_progress)
    unrated = [row for row in read if current[row.item] is None and row.catalog_item]
    library, rated = _read_library(
        client,
        {row.item.type for row in unrated} | _unmatched_types(file),
        set(unlisted_types),
        unread.append,
        on_library_progress,
    )
    relocated = _relocated(unrated, library)
    current |= client.get_ratings(item for item in relocated.values() if item not in current)
    groups = _groups(read, relocated, library)
    rows: list[RatingRow] = []
    joined: dict[Item, Item] = {}
    for group in groups.values():
        if conflicts := _conflicts(file.name, group):
            errors += conflicts
            continue
        # If two ids read differently, the one that needs the write is the one to write to.
        chosen = next((row for row in group if current[row.item] != row.rating), group[0])
        rows.append(chosen)
        joined |= {row.item: chosen.item for row in group if row.item != chosen.item}
    named = {row.item for row in file.rows} | set(relocated.values())
    return ResolvedFile(
        rows=tuple(rows),
        current={row.item: current[row.item] for row in rows},
        relocated=relocated,
        errors=tuple(sorted(errors, key=lambda error: error.line)),
        joined=joined,
        unlisted=tuple(
            RatingRow.of_library_item(entry, rating)
            for entry, rating in rated
            if entry.item not in named and entry.catalog_item not in groups
        ),
        unread=tuple(unread),
    )


def find_differences(
    client: RatingsClient,
    file: ResolvedFile,
    *,
    on_progress: Callable[[Progress], object] | None = None,
) -> dict[Item, tuple[RatingValue | None, RatingValue | None]]:
    """Read back every item that a file names, and return those with another rating.

    Args:
        client: Reads the ratings.
        file: The file, after it was applied.
        on_progress: Called while the ratings are read.

    Returns:
        For each such item, the rating in the file and the current one.
    """
    named = file.named
    found = client.get_ratings(named, on_progress=on_progress)
    return {item: (named[item], rating) for item, rating in found.items() if rating != named[item]}


Library = Mapping[Item, Item | None]


def _read_rows(
    client: RatingsClient,
    name: str,
    rows: Sequence[RatingRow],
    errors: list[RowError],
    on_progress: Callable[[Progress], object] | None,
) -> tuple[dict[Item, RatingValue | None], list[RatingRow]]:
    """Return the current ratings, and the rows whose rating could be read."""
    failures: list[RatingsError] = []
    current = client.get_ratings(
        (row.item for row in rows), on_error=failures.append, on_progress=on_progress
    )
    errors += [
        RowError(name, row.line or 0, None, f"The current rating of {row.item} cannot be read.")
        for row in rows
        if row.item not in current
    ]
    return current, [row for row in rows if row.item in current]


def _unmatched_types(file: RatingsFile) -> set[ResourceType]:
    """Return the library types whose items may be among the file's catalog items."""
    named = {row.item.type for row in file.rows if not row.item.type.is_library}
    return {
        row.item.type
        for row in file.rows
        if row.item.type.is_library
        and row.catalog_id is None
        and catalog_type(row.item.type) in named
    }


def _read_library(
    client: RatingsClient,
    types: set[ResourceType],
    rated_types: set[ResourceType],
    on_error: Callable[[RatingsError], object],
    on_progress: Callable[[Progress], object] | None,
) -> tuple[Library, list[tuple[LibraryItem, RatingValue]]]:
    """Return the library items of some types with their catalog items, and the rated ones."""
    library: dict[Item, Item | None] = {}
    rated: list[tuple[LibraryItem, RatingValue]] = []
    if rated_types:
        for entry, rating in client.iter_library_ratings(
            *sorted(rated_types), on_error=on_error, on_progress=on_progress
        ):
            library[entry.item] = entry.catalog_item
            if rating is not None:
                rated.append((entry, rating))
    for resource_type in sorted(types - rated_types):
        for entry in client.iter_library(resource_type, on_error=on_error, on_progress=on_progress):
            library[entry.item] = entry.catalog_item
    return library, rated


def _relocated(rows: Iterable[RatingRow], library: Library) -> dict[Item, Item]:
    by_catalog: dict[Item, Item] = {}
    for item, catalog_item in library.items():
        if catalog_item is not None:
            by_catalog.setdefault(catalog_item, item)
    return {
        row.item: by_catalog.get(row.catalog_item, row.catalog_item)
        for row in rows
        if row.catalog_item is not None and row.item not in library
    }


def _groups(
    rows: Iterable[RatingRow], relocated: Mapping[Item, Item], library: Library
) -> dict[Item, list[RatingRow]]:
    """Return the rows by their current ids, those of one item together."""
    groups: dict[Item, list[RatingRow]] = {}
    for row in rows:
        item = relocated.get(row.item, row.item)
        catalog_item = library.get(item) or (row.catalog_item if item.type.is_library else None)
        groups.setdefault(catalog_item or item, []).append(evolve(row, item=item))
    return groups


def _conflicts(name: str, group: list[RatingRow]) -> list[RowError]:
    """Return an error for every row that another row of the same item contradicts."""
    errors = []
    for row in group:
        other = next((other for other in group if other.rating != row.rating), None)
        if other is None:
            return []
        same = "" if row.item == other.item else f", the same item as {other.item},"
        reason = (
            f"{row.item}{same} is {format_rating(row.rating)} here and "
            f"{format_rating(other.rating)} in line {other.line}. Keep one of the two."
        )
        errors.append(RowError(name, row.line or 0, "rating", reason))
    return errors
