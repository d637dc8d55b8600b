"""Find the items of a saved file again, also those whose library id has changed meanwhile.

A library id changes when an item is rerelocated from the library and added again (Apple says so in
https://developer.apple.com/documentation/applemusicapi/ratings-api). The catalog id stays, and a
file of ratings holds both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from .client import RatingsClient
from .errors import RowError
from .files import RatingRow, RatingsFile, format_rating
from .models import Item, RatingValue, ResourceType

__all__ = ["ResolvedFile", "resolve_items"]


@frozen
class ResolvedFile:
    """What a file wants and what stands now, for the items as they are addressed now.

    Args:
        rows: One row for each item, in the order of the file.
        current: The rating of each item now.
        relocated: Items of the file that are addressed otherwise now, and how.
        errors: Rows that turned out to speak of one item and disagree.
    """

    rows: tuple[RatingRow, ...]
    current: dict[Item, RatingValue | None]
    relocated: dict[Item, Item] = field(factory=dict)
    errors: tuple[RowError, ...] = ()

    @property
    def desired(self) -> dict[Item, RatingValue | None]:
        """What the file wants of each item, as `plan` takes it."""
        return {row.item: row.rating for row in self.rows}


def resolve_items(client: RatingsClient, file: RatingsFile) -> ResolvedFile:
    """Read what stands now, and find items whose library id has changed.

    An item that reads as unrated may be gone, since the service answers both alike. Where the file
    has such items with a catalog id, the library of their types is walked once, a request for a
    hundred items. One that is not there is addressed as the library item with the same catalog id,
    or else as the catalog item, whose rating Apple keeps in step. Rows without a catalog id stay
    as they are.

    Args:
        client: Reads ratings and library.
        file: What is wanted.

    Returns:
        Wanted and current ratings, as `plan` takes them.

    Raises:
        ApiError: The service refused; see its subclasses.
        TransportError: No answer came.
    """
    current = client.get_ratings(row.item for row in file.rows)
    unrated = [row for row in file.rows if current[row.item] is None and row.catalog_item]
    if not unrated:
        return ResolvedFile(file.rows, current)
    relocated = _relocated(unrated, _library_items(client, {row.item.type for row in unrated}))
    current |= client.get_ratings(item for item in relocated.values() if item not in current)
    rows, errors = _merge(file, relocated)
    return ResolvedFile(rows, {row.item: current[row.item] for row in rows}, relocated, errors)


def _library_items(client: RatingsClient, types: Iterable[ResourceType]) -> dict[Item, Item | None]:
    """Give every library item of some types, with its catalog item."""
    return {
        entry.item: entry.catalog_item
        for resource_type in sorted(types)
        for entry in client.iter_library(resource_type)
    }


def _relocated(rows: Iterable[RatingRow], library: Mapping[Item, Item | None]) -> dict[Item, Item]:
    by_catalog: dict[Item, Item] = {}
    for item, catalog_item in library.items():
        if catalog_item is not None:
            by_catalog.setdefault(catalog_item, item)
    return {
        row.item: by_catalog.get(row.catalog_item, row.catalog_item)
        for row in rows
        if row.catalog_item is not None and row.item not in library
    }


def _merge(
    file: RatingsFile, relocated: Mapping[Item, Item]
) -> tuple[tuple[RatingRow, ...], tuple[RowError, ...]]:
    """Address the rows as the items are addressed now; two of them may have become one."""
    rows: dict[Item, RatingRow] = {}
    errors: list[RowError] = []
    conflicting: set[Item] = set()
    for row in file.rows:
        item = relocated.get(row.item, row.item)
        first = rows.setdefault(item, evolve(row, item=item))
        if first.rating != row.rating:
            conflicting.add(item)
            errors.append(
                RowError(
                    file.name,
                    row.line or 0,
                    "rating",
                    f"{row.item} is {item} now, which is {format_rating(row.rating)} here and "
                    f"{format_rating(first.rating)} in line {first.line}. Keep one of the two.",
                )
            )
    kept = tuple(row for item, row in rows.items() if item not in conflicting)
    return kept, tuple(errors)
