"""Map a resource type and a verb to its generated operation, with its arguments.

No other module knows generated operations, so renaming one in the contract changes this file and
no other by hand. Each generated module is imported when it is first needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from attrs import evolve

from apple_music_ratings._http.responses import call_name
from apple_music_ratings.errors import UnexpectedResponseError
from apple_music_ratings.models import (
    Item,
    LibraryItem,
    Rating,
    RatingValue,
    ResourceType,
    Storefront,
)

from . import lenient
from .batch import Batch, BatchResult
from .exchange import OperationCall
from .pages import PAGE_SIZE, Page, parse_date, parse_next_offset

if TYPE_CHECKING:
    from apple_music_ratings_client.models import (
        LibraryResource,
        LibraryResponse,
        RatingsResponse,
        StorefrontsResponse,
    )

_CLIENT = "apple_music_ratings_client"
_PREFIX = "/v1/me/ratings"
_LIBRARY = "/v1/me/library"
# How the contract's operationIds name each type: getSongRating, listSongRatings, ...
_STEMS = {
    ResourceType.ALBUMS: "album",
    ResourceType.MUSIC_VIDEOS: "music_video",
    ResourceType.PLAYLISTS: "playlist",
    ResourceType.SONGS: "song",
    ResourceType.STATIONS: "station",
    ResourceType.LIBRARY_ALBUMS: "library_album",
    ResourceType.LIBRARY_MUSIC_VIDEOS: "library_music_video",
    ResourceType.LIBRARY_PLAYLISTS: "library_playlist",
    ResourceType.LIBRARY_SONGS: "library_song",
}
# Looked up, since calling an enum takes five times as long.
_VALUES: dict[int, RatingValue] = {value.value: value for value in RatingValue}
_WITH_FAVORITES = {ResourceType.LIBRARY_SONGS, ResourceType.LIBRARY_PLAYLISTS}


def get_rating(item: Item, *, language: str | None) -> OperationCall[RatingValue | None]:
    """Read one rating; `None` for an unrated item."""
    return OperationCall(
        method="GET",
        path=f"{_PREFIX}/{item}",
        module=_operation("get", item.type),
        arguments={"id": item.id, **_localized(language)},
        read=lambda response: _values(response, {item.id}).get(item.id),
        when_unrated=lambda: None,
        # A KeyError of an item that cannot be read makes an error of the whole response.
        salvage=lambda document: lenient.read_ratings(document, [item.id])[0][item.id],
    )


def get_ratings(batch: Batch, *, language: str | None) -> OperationCall[BatchResult]:
    """Read the ratings of several items of one type; `None` for each unrated one."""
    items = {item.id: item for item in batch.items}

    def read(response: RatingsResponse | None) -> BatchResult:
        values = _values(response, items.keys())
        return BatchResult(dict(zip(batch.items, map(values.get, items), strict=True)))

    def salvage(document: object) -> BatchResult:
        values, reasons = lenient.read_ratings(document, items)
        errors = {
            items[id]: _unreadable(f"{_PREFIX}/{items[id]}", f"the rating cannot be read: {reason}")
            for id, reason in reasons.items()
        }
        return BatchResult({items[id]: value for id, value in values.items()}, errors)

    return OperationCall(
        method="GET",
        path=f"{_PREFIX}/{batch.type}",
        module=_operation("list", batch.type),
        arguments={"ids": list(items), **_localized(language)},
        read=read,
        when_unrated=lambda: BatchResult(dict.fromkeys(batch.items)),
        salvage=salvage,
    )


def set_rating(item: Item, value: RatingValue, *, language: str | None) -> OperationCall[Rating]:
    """Write one rating."""
    generated = import_module(f"{_CLIENT}.models")
    body = generated.RatingRequest(
        type_=generated.RatingRequestType.RATING,
        attributes=generated.RatingRequestAttributes(value=generated.RatingValue(value)),
    )

    def read(response: RatingsResponse | None) -> Rating:
        # Any 2xx counts as done, with or without a body; but a body must not contradict.
        current = value if response is None else _values(response, {item.id}).get(item.id, value)
        if current != value:
            raise ValueError(f"it says that the rating is {current!r}, and {value!r} was sent")
        return Rating(item, value)

    def salvage(document: object) -> Rating:
        current = lenient.read_ratings(document, [item.id])[0][item.id]
        if current not in {None, value}:
            raise ValueError("it contradicts the request")
        return Rating(item, value)

    return OperationCall(
        method="PUT",
        path=f"{_PREFIX}/{item}",
        module=_operation("set", item.type),
        arguments={"id": item.id, "body": body, **_localized(language)},
        read=read,
        salvage=salvage,
    )


def delete_rating(item: Item, *, language: str | None) -> OperationCall[None]:
    """Delete one rating. 404 is success: a repeat after a lost response gets it."""
    return OperationCall(
        method="DELETE",
        path=f"{_PREFIX}/{item}",
        module=_operation("delete", item.type),
        arguments={"id": item.id, **_localized(language)},
        read=lambda _response: None,
        when_unrated=lambda: None,
    )


def library_page(
    resource_type: ResourceType,
    offset: int,
    *,
    base_url: str,
    language: str | None,
    with_favorites: bool = False,
) -> OperationCall[Page]:
    """Read one page of a library."""
    # Apple documents the attribute for these only.
    is_extended = with_favorites and resource_type in _WITH_FAVORITES
    extended = {"extend": ["inFavorites"]} if is_extended else {}
    plural = resource_type.removeprefix("library-")
    path = f"{_LIBRARY}/{plural}"

    def page(items: Iterable[LibraryItem], *, count: int, total: object, link: str | None) -> Page:
        return Page(
            offset=offset,
            items=tuple(items),
            count=count,
            total=total if type(total) is int else None,
            next=parse_next_offset(link or None, offset=offset, path=path, base_url=base_url),
        )

    def read(response: LibraryResponse | None) -> Page:
        if response is None:
            raise ValueError("it contains no page of a library")
        items = [
            _library_item(resource_type, entry)
            for entry in response.data
            if not isinstance(entry.type_, str) or entry.type_ == resource_type
        ]
        total = response.meta.total if response.meta else None
        return page(items, count=len(response.data), total=total, link=response.next_ or None)

    def salvage(document: Any) -> Page:
        items, reasons = lenient.read_library(document, resource_type)
        total = (document.get("meta") or {}).get("total")
        found = page(items, count=len(document["data"]), total=total, link=document.get("next"))
        return evolve(found, errors=tuple(_unreadable(path, reason) for reason in reasons))

    return OperationCall(
        method="GET",
        path=path,
        module=import_module(f"{_CLIENT}.api.library.list_library_{plural.replace('-', '_')}"),
        arguments={"limit": PAGE_SIZE, "offset": offset, **extended, **_localized(language)},
        read=read,
        salvage=salvage,
    )


def add_favorites(batch: Sequence[Item], *, language: str | None) -> OperationCall[None]:
    """Add items of the catalog, of any types, to the favorites."""
    ids: dict[str, list[str]] = {}
    for item in batch:
        # The generator's name for `ids[music-videos]`.
        ids.setdefault(f"ids{item.type.replace('-', '_')}", []).append(item.id)
    return OperationCall(
        method="POST",
        path="/v1/me/favorites",
        module=import_module(f"{_CLIENT}.api.favorites.add_favorites"),
        arguments={**ids, **_localized(language)},
        read=lambda _response: None,
    )


def check_developer_token() -> OperationCall[None]:
    """Check whether the service accepts the developer token. The body is ignored."""
    return OperationCall(
        method="GET",
        path="/v1/test",
        module=import_module(f"{_CLIENT}.api.probes.test_developer_token"),
        arguments={},
        read=lambda _response: None,
    )


def get_storefront(*, language: str | None) -> OperationCall[Storefront]:
    """Read the storefront of the user."""

    def read(response: StorefrontsResponse | None) -> Storefront:
        if response is None or not response.data:
            raise ValueError("it contains no storefront")
        entry = response.data[0]
        attributes = entry.attributes
        if not attributes:
            return Storefront(entry.id)
        return Storefront(
            entry.id,
            attributes.name or None,
            attributes.default_language_tag or None,
            tuple(attributes.supported_language_tags or ()),
        )

    return OperationCall(
        method="GET",
        path="/v1/me/storefront",
        module=import_module(f"{_CLIENT}.api.probes.get_user_storefront"),
        arguments=_localized(language),
        read=read,
    )


def _operation(verb: str, resource_type: ResourceType) -> ModuleType:
    stem = _STEMS[resource_type]
    noun = "ratings" if verb == "list" else "rating"
    tag = resource_type.replace("-", "_")
    return import_module(f"{_CLIENT}.api.{tag}.{verb}_{stem}_{noun}")


def _localized(language: str | None) -> dict[str, str]:
    return {} if language is None else {"l": language}


def _values(
    response: RatingsResponse | None, requested: AbstractSet[str]
) -> dict[str, RatingValue]:
    """Index the ratings of a response by id; entries without a value are unrated.

    Raises:
        ValueError: There is no list of ratings, or it contains one that was not requested.
            Ignoring that could make a rated item look unrated.
    """
    if response is None:
        raise ValueError("it contains no ratings")
    values = {}
    for entry in response.data:
        id, attributes = entry.id, entry.attributes
        if id not in requested:
            raise ValueError(f"it contains a rating of {id!r}, which was not requested")
        # UNSET, the generated code's value for "left out", is falsy, and no rating is.
        if attributes and attributes.value:
            values[id] = _VALUES[attributes.value]
    return values


def _unreadable(path: str, reason: str) -> UnexpectedResponseError:
    message = f"{call_name('GET', path)}: 200, but {reason}."
    return UnexpectedResponseError(message, method="GET", path=path, status_code=200)


def _library_item(resource_type: ResourceType, entry: LibraryResource) -> LibraryItem:
    # The service's own ids are accepted in any form.
    item = Item(resource_type, entry.id, strict=False)
    attributes = entry.attributes
    if not attributes:
        return LibraryItem(item)
    play_params = attributes.play_params
    return LibraryItem(
        item,
        name=lenient.as_text(attributes.name),
        artist=lenient.as_text(attributes.artist_name),
        album=lenient.as_text(attributes.album_name),
        catalog_id=lenient.as_catalog_id(
            play_params.catalog_id if play_params else None, resource_type
        ),
        date_added=parse_date(attributes.date_added),
        is_favorite=lenient.as_flag(attributes.in_favorites),
    )
