"""Find the generated operation of a type and a verb. Nobody else calls those.

Renaming an operation in the contract changes this file and no other by hand. Each generated module
is imported when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import httpx
from attrs import frozen

from apple_music_ratings._http.clients import (
    AsyncRetryingClient,
    NoTransport,
    RetryingClient,
    attempts_of,
)
from apple_music_ratings._http.redaction import redact, redact_text
from apple_music_ratings._http.responses import call_name, means_unrated, one_line
from apple_music_ratings.errors import NotFoundError, UnexpectedResponseError
from apple_music_ratings.models import (
    Item,
    LibraryItem,
    Rating,
    RatingValue,
    ResourceType,
    Storefront,
)

from .batch import Batch
from .pages import PAGE_SIZE, Page, parse_date, parse_next_offset

if TYPE_CHECKING:
    from typing import TypeAlias

    from apple_music_ratings_client import Client
    from apple_music_ratings_client.models import (
        LibraryResource,
        LibraryResponse,
        RatingsResponse,
        StorefrontsResponse,
    )
    from apple_music_ratings_client.types import Response

    GeneratedClient: TypeAlias = Client

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
# Reading a successful response that breaks the contract can raise these.
_PARSE_ERRORS = (ValueError, KeyError, TypeError, AttributeError)

T = TypeVar("T")


@frozen(kw_only=True)
class Call(Generic[T]):
    """One operation, ready to run.

    Args:
        method: HTTP method, for messages.
        path: Path of the request, for messages.
        module: The generated module of the operation.
        arguments: What the operation is called with, its client aside.
        read: Turns the parsed answer into the result. It raises `ValueError` for an answer that
            does not fit the question.
        when_unrated: Gives the result when the service answers 404 for "unrated"; `None` when
            that is an error.
    """

    method: str
    path: str
    module: ModuleType
    arguments: dict[str, Any]
    read: Callable[[Any], T]
    when_unrated: Callable[[], T] | None = None


def get_rating(item: Item, *, language: str | None) -> Call[RatingValue | None]:
    """Read one rating; `None` for an unrated item."""
    return Call(
        method="GET",
        path=f"{_PREFIX}/{item}",
        module=_operation("get", item.type),
        arguments={"id": item.id, **_localized(language)},
        read=lambda answer: _values(answer, {item.id}).get(item.id),
        when_unrated=lambda: None,
    )


def get_ratings(batch: Batch, *, language: str | None) -> Call[dict[Item, RatingValue | None]]:
    """Read the ratings of several items of one type; `None` for each unrated one."""
    items = {item.id: item for item in batch.items}

    def read(answer: RatingsResponse | None) -> dict[Item, RatingValue | None]:
        values = _values(answer, items.keys())
        return dict(zip(batch.items, map(values.get, items), strict=True))

    return Call(
        method="GET",
        path=f"{_PREFIX}/{batch.type}",
        module=_operation("list", batch.type),
        arguments={"ids": list(items), **_localized(language)},
        read=read,
        when_unrated=lambda: dict.fromkeys(batch.items),
    )


def set_rating(item: Item, value: RatingValue, *, language: str | None) -> Call[Rating]:
    """Write one rating."""
    generated = import_module(f"{_CLIENT}.models")
    body = generated.RatingRequest(
        type_=generated.RatingRequestType.RATING,
        attributes=generated.RatingRequestAttributes(value=generated.RatingValue(value)),
    )

    def read(answer: RatingsResponse | None) -> Rating:
        # Any 2xx counts as done, with a body or without; a body must not contradict, though.
        stands = value if answer is None else _values(answer, {item.id}).get(item.id, value)
        if stands != value:
            raise ValueError(f"it says that {stands!r} stands, and {value!r} was sent")
        return Rating(item, value)

    return Call(
        method="PUT",
        path=f"{_PREFIX}/{item}",
        module=_operation("set", item.type),
        arguments={"id": item.id, "body": body, **_localized(language)},
        read=read,
    )


def delete_rating(item: Item, *, language: str | None) -> Call[None]:
    """Remove one rating. 404 is success: a repeat after a lost answer meets it."""
    return Call(
        method="DELETE",
        path=f"{_PREFIX}/{item}",
        module=_operation("delete", item.type),
        arguments={"id": item.id, **_localized(language)},
        read=lambda _answer: None,
        when_unrated=lambda: None,
    )


def library_page(
    resource_type: ResourceType, offset: int, *, base_url: str, language: str | None
) -> Call[Page]:
    """Read one page of a library."""
    plural = resource_type.removeprefix("library-")
    path = f"{_LIBRARY}/{plural}"

    def read(answer: LibraryResponse | None) -> Page:
        if answer is None:
            raise ValueError("it holds no page of a library")
        total = answer.meta.total if answer.meta else None
        return Page(
            offset=offset,
            items=tuple(
                _library_item(resource_type, entry)
                for entry in answer.data
                if entry.type_ == resource_type
            ),
            count=len(answer.data),
            total=total if type(total) is int else None,
            next=parse_next_offset(
                answer.next_ or None, offset=offset, path=path, base_url=base_url
            ),
        )

    return Call(
        method="GET",
        path=path,
        module=import_module(f"{_CLIENT}.api.library.list_library_{plural.replace('-', '_')}"),
        arguments={"limit": PAGE_SIZE, "offset": offset, **_localized(language)},
        read=read,
    )


def add_favorites(batch: Sequence[Item], *, language: str | None) -> Call[None]:
    """Add items of the catalog, of any types, to the favorites."""
    ids: dict[str, list[str]] = {}
    for item in batch:
        # What the generator makes of `ids[music-videos]`.
        ids.setdefault(f"ids{item.type.replace('-', '_')}", []).append(item.id)
    return Call(
        method="POST",
        path="/v1/me/favorites",
        module=import_module(f"{_CLIENT}.api.favorites.add_favorites"),
        arguments={**ids, **_localized(language)},
        read=lambda _answer: None,
    )


def test_developer_token() -> Call[None]:
    """Find out whether the developer token is taken. What a good answer holds is no matter."""
    return Call(
        method="GET",
        path="/v1/test",
        module=import_module(f"{_CLIENT}.api.probes.test_developer_token"),
        arguments={},
        read=lambda _answer: None,
    )


def storefront(*, language: str | None) -> Call[Storefront]:
    """Read the storefront of the person."""

    def read(answer: StorefrontsResponse | None) -> Storefront:
        if answer is None or not answer.data:
            raise ValueError("it holds no storefront")
        entry = answer.data[0]
        attributes = entry.attributes
        if not attributes:
            return Storefront(entry.id)
        return Storefront(
            entry.id,
            attributes.name or None,
            attributes.default_language_tag or None,
            tuple(attributes.supported_language_tags or ()),
        )

    return Call(
        method="GET",
        path="/v1/me/storefront",
        module=import_module(f"{_CLIENT}.api.probes.get_user_storefront"),
        arguments=_localized(language),
        read=read,
    )


def run(http: httpx.Client, call: Call[T]) -> T:
    """Run an operation.

    Raises:
        RatingsError: Any error that `http` raises, and `UnexpectedResponseError` for a successful
            response that cannot be read.
    """
    client = import_module(_CLIENT).Client(base_url="").set_httpx_client(http)
    try:
        response = call.module.sync_detailed(client=client, **call.arguments)
    except NotFoundError as error:
        return _unrated(call, error)
    except call.module.errors.UnreadableBody as error:
        unreadable = error
    else:
        return _result(call, response)
    # Outside, since the cause may quote the response, and the response a token.
    return _unexpected_response(call, unreadable.response, unreadable.__cause__)


async def run_async(http: httpx.AsyncClient, call: Call[T]) -> T:
    """Run an operation. See `run`."""
    client = import_module(_CLIENT).Client(base_url="").set_async_httpx_client(http)
    try:
        response = await call.module.asyncio_detailed(client=client, **call.arguments)
    except NotFoundError as error:
        return _unrated(call, error)
    except call.module.errors.UnreadableBody as error:
        unreadable = error
    else:
        return _result(call, response)
    # Outside, since the cause may quote the response, and the response a token.
    return _unexpected_response(call, unreadable.response, unreadable.__cause__)


def _result(call: Call[T], response: Response[Any]) -> T:
    try:
        return call.read(response.parsed)
    except _PARSE_ERRORS as error:
        fault = error
    return _unexpected_response(call, response.httpx_response, fault)


def _operation(verb: str, resource_type: ResourceType) -> ModuleType:
    stem = _STEMS[resource_type]
    noun = "ratings" if verb == "list" else "rating"
    tag = resource_type.replace("-", "_")
    return import_module(f"{_CLIENT}.api.{tag}.{verb}_{stem}_{noun}")


def _localized(language: str | None) -> dict[str, str]:
    return {} if language is None else {"l": language}


def _values(answer: RatingsResponse | None, asked: AbstractSet[str]) -> dict[str, RatingValue]:
    """Index the ratings of an answer by id; entries without a value are unrated.

    Raises:
        ValueError: There is no list of ratings, or it holds one that was not asked for. Passing
            that over could make a rated item look unrated.
    """
    if answer is None:
        raise ValueError("it holds no ratings")
    values = {}
    for entry in answer.data:
        id, attributes = entry.id, entry.attributes
        if id not in asked:
            raise ValueError(f"it holds a rating of {id!r}, which was not asked for")
        # UNSET, the generated code's word for "left out", is falsy, and no rating is.
        if attributes and attributes.value:
            values[id] = _VALUES[attributes.value]
    return values


def _library_item(resource_type: ResourceType, entry: LibraryResource) -> LibraryItem:
    # The service's own ids are taken as they are, whatever their form.
    item = Item(resource_type, entry.id, strict=False)
    told = entry.attributes
    if not told:
        return LibraryItem(item)
    playing = told.play_params
    return LibraryItem(
        item,
        name=told.name or None,
        artist=told.artist_name or None,
        album=told.album_name or None,
        catalog_id=(playing.catalog_id or None) if playing else None,
        date_added=parse_date(told.date_added),
    )


def _unrated(call: Call[T], error: NotFoundError) -> T:
    if call.when_unrated is not None and means_unrated(error):
        return call.when_unrated()
    raise error


def _unexpected_response(call: Call[T], response: httpx.Response, error: Exception) -> T:
    if not response.content.strip() and call.method != "GET":
        return call.read(None)
    attempts = attempts_of(response)
    body = redact(response.content, attempts.secrets)
    reason = redact_text(_reason(error), attempts.secrets)
    raise UnexpectedResponseError(
        f"{call_name(call.method, call.path)}: {response.status_code}, but the answer cannot be "
        f"read as the contract describes it: {one_line(reason)}. `body` on this error holds the "
        "answer.",
        method=call.method,
        path=call.path,
        status_code=response.status_code,
        body=body,
        attempts=attempts.made,
    ) from (error if body == response.content else None)


def _reason(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)


def sync_api(http: RetryingClient, base_url: httpx.URL) -> GeneratedClient:
    """Make the generated client whose sync operations go through ours."""
    client: GeneratedClient = import_module(_CLIENT).Client(base_url=str(base_url))
    client.set_httpx_client(http)
    # Left to itself it would open connections of its own, without tokens.
    client.set_async_httpx_client(httpx.AsyncClient(transport=NoTransport()))
    return client


def async_api(http: AsyncRetryingClient, base_url: httpx.URL) -> GeneratedClient:
    """Make the generated client whose async operations go through ours."""
    client: GeneratedClient = import_module(_CLIENT).Client(base_url=str(base_url))
    client.set_async_httpx_client(http)
    client.set_httpx_client(httpx.Client(transport=NoTransport()))
    return client
