"""The two clients, sync and async, with the same names and the same behavior.

What a call means is decided in `_operations` and `_bulk`; requests are sent by `_http`. Over 400
lines, because each method is here twice, once with its full description, and both classes are read
and held equal side by side: `tests/architecture/test_twins.py` compares their syntax trees.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, TypedDict, overload

import httpx

from ._bulk.batching import distinct
from ._http.auth import RatingsAuth
from ._http.clients import AsyncRetryingClient, RetryingClient
from ._http.settings import DEFAULT_BASE_URL, Settings, as_base_url
from ._operations import operations
from ._operations.exchange import OperationCall, T, run, run_async
from ._operations.generated_client import async_api, sync_api
from .clock import Clock
from .developer_token import DeveloperToken
from .developer_token.frames import clears_frames
from .errors import InvalidItemError, RatingsError
from .limiters.protocol import Limiter, validate_limiter
from .models import (
    Item,
    LibraryItem,
    Rating,
    RatingValue,
    ResourceType,
    Storefront,
    as_rating_value,
    validate_item,
)
from .plans import Action, BulkResult, Plan, Progress, UndoPlan
from .retries import RetryEvent, RetryPolicy

if TYPE_CHECKING:
    from typing import Self, Unpack

    from ._bulk.flows import BulkFlows
    from ._bulk.tasks import TaskRunner
    from ._bulk.threads import ThreadRunner
    from ._operations.generated_client import GeneratedClient
    from .journal.journal import Journal

__all__ = ["AsyncRatingsClient", "ClientOptions", "RatingsClient"]


class ClientOptions(TypedDict, total=False):
    """The options of a client, beside its tokens, base URL and transport.

    `RatingsClient(...)` and `from_env` accept them, and `with_options` changes them. An option
    that is left out has its default, or in `with_options` keeps its value.

    Args:
        timeout: Seconds that connecting, reading, writing and waiting for a free connection may
            take each, or an `httpx.Timeout`; 10 by default. `None` disables this limit.
        total_timeout: Seconds that all attempts of one call may take together, without the waits
            between them; 300 by default. `None` disables this limit.
        max_response_size: Bytes of the largest response body that is read, before and after
            decompression; 16 MiB by default.
        retry: How often a call is retried, and for how long.
        language: A language tag such as `en-US` for the service's localized texts, sent as `l`.
            `None` uses the language of the user's storefront.
        on_retry: Called before each wait for another attempt, from the thread that waits. With an
            async client it is still a plain function.
        clock: The source of time, sleep and jitter; for tests.
        limiter: Acquired before every attempt, such as a `RateLimiter`. Its waits do not count
            toward the limits of `retry`. When it rejects a request, the call raises
            `LimiterError`. `None` sends immediately.
        batch_size: Maximum number of ids in one request. The service documents no limit; 100 and
            200 are in use (observed).
        max_concurrency: Maximum number of requests of one bulk call in flight, up to 100.
    """

    timeout: float | httpx.Timeout | None
    total_timeout: float | None
    max_response_size: int
    retry: RetryPolicy
    language: str | None
    on_retry: Callable[[RetryEvent], object] | None
    clock: Clock
    limiter: Limiter | None
    batch_size: int
    max_concurrency: int


def _settings(
    developer_token: DeveloperToken | str,
    music_user_token: str,
    base_url: str | httpx.URL,
    allow_http_hosts: Collection[str],
    options: ClientOptions,
) -> Settings:
    service = as_base_url(base_url, allow_http_hosts)
    if not isinstance(developer_token, DeveloperToken):
        developer_token = DeveloperToken(developer_token)
    auth = RatingsAuth(
        developer_token=developer_token, music_user_token=music_user_token, base_url=service
    )
    return Settings(base_url=service, auth=auth).changed(**options)


def _default_transport(settings: Settings) -> httpx.BaseTransport:
    # Imported here, since httpcore is slow to import, and not needed with a given transport.
    from ._http.transport_choice import default_transport  # noqa: PLC0415

    return default_transport(settings.base_url)


def _default_async_transport(settings: Settings) -> httpx.AsyncBaseTransport:
    from ._http.transport_choice import default_async_transport  # noqa: PLC0415  # as above

    return default_async_transport(settings.base_url)


def _validated_items(items: Iterable[Item]) -> list[Item]:
    return [validate_item(item) for item in items]


def _validated_plan(plan: object) -> Plan:
    if not isinstance(plan, Plan):
        raise InvalidItemError(
            f"A Plan is required, not {type(plan).__name__}. Use make_plan(desired=..., "
            "current=...) to make one."
        )
    return plan


def _validated_favorites(items: Iterable[Item]) -> list[Item]:
    checked = distinct(_validated_items(items))
    for item in checked:
        if item.type.is_library:
            raise InvalidItemError(
                f"{item} is an item of the library, and favorites take items of the catalog. Use "
                "its catalog id: `catalog_item` of a LibraryItem holds it."
            )
    return checked


def _bulk_flows(settings: Settings) -> BulkFlows:
    # Imported here, like the runners: a program that rates one item needs neither, and starts a
    # tenth faster.
    from ._bulk.flows import BulkFlows  # noqa: PLC0415

    return BulkFlows(settings)


@overload
def _open_journal(journal: None) -> AbstractContextManager[None]: ...


@overload
def _open_journal(journal: Journal | str | os.PathLike[str]) -> AbstractContextManager[Journal]: ...


def _open_journal(
    journal: Journal | str | os.PathLike[str] | None,
) -> AbstractContextManager[Journal | None]:
    """Return an open journal. A `Journal` stays open afterwards; a path is opened and closed."""
    if journal is None:
        return nullcontext()
    if isinstance(journal, str | os.PathLike):
        from .journal import Journal  # noqa: PLC0415  # loads SQLite, which few callers need

        return Journal(journal)
    return nullcontext(journal)


class RatingsClient:
    """Reads and writes the ratings of one user.

    Safe to share between threads. Close it, or use it in a `with` block.

    Args:
        developer_token: A `DeveloperToken`, or the text of a ready-made one.
        music_user_token: The Music User Token of the user.
        base_url: The service; https, or anything on this machine such as the mock.
        allow_http_hosts: Hosts that tokens may be sent to without encryption, such as a mock in a
            private network. `from_env` reads `APPLE_MUSIC_ALLOW_HTTP_HOSTS`.
        transport: An httpx transport to send through, such as the mock's. Without one, httpx's is
            used, through the proxy that the environment names for the service, if any.
        options: See `ClientOptions`.

    Raises:
        ConfigurationError: A token or the base URL cannot be used.

    Example:
        >>> with RatingsClient.from_env() as client:  # doctest: +SKIP
        ...     client.like(Item("songs", "907242702"))
    """

    @clears_frames
    def __init__(
        self,
        *,
        developer_token: DeveloperToken | str,
        music_user_token: str,
        base_url: str | httpx.URL = DEFAULT_BASE_URL,
        allow_http_hosts: Collection[str] = (),
        transport: httpx.BaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        settings = _settings(developer_token, music_user_token, base_url, allow_http_hosts, options)
        validate_limiter(settings.limiter, method="acquire")
        self._settings = settings
        self._http = RetryingClient(transport or _default_transport(settings), settings)
        self._owns_transport = True

    @classmethod
    @clears_frames
    def from_env(
        cls,
        *,
        profile: str | None = None,
        developer_token: DeveloperToken | str | None = None,
        music_user_token: str | None = None,
        environ: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """Make a client from environment variables, and from kept tokens where a profile is named.

        `APPLE_MUSIC_DEVELOPER_TOKEN` holds a ready-made developer token; or
        `APPLE_MUSIC_PRIVATE_KEY` (path or text), `APPLE_MUSIC_KEY_ID` and `APPLE_MUSIC_TEAM_ID`
        hold what signs one. `APPLE_MUSIC_USER_TOKEN` holds the Music User Token,
        `APPLE_MUSIC_BASE_URL` another service than Apple's. An argument comes before the
        environment, and the environment before the profile.

        Args:
            profile: The name under which `apple-music-ratings login` kept tokens; the command line
                calls its own `default`. Without a name neither keyring nor file is read.
            developer_token: As for the class, in place of whatever is found.
            music_user_token: As for the class, in place of whatever is found.
            environ: The variables; those of the process unless given.
            transport: As for the class.
            options: The other options of the class.

        Returns:
            A client.

        Raises:
            ConfigurationError: Something is missing, and is named, or cannot be used; or what the
                profile keeps cannot be read.
        """
        from .profiles.environment import read_credentials  # noqa: PLC0415  # only this needs it

        found = read_credentials(
            os.environ if environ is None else environ,
            profile=profile,
            developer_token=developer_token,
            user_token=music_user_token,
        )
        return cls(
            developer_token=found.developer_token,
            music_user_token=found.music_user_token,
            base_url=found.base_url,
            allow_http_hosts=found.http_hosts,
            transport=transport,
            **options,
        )

    def with_options(self, **changes: Unpack[ClientOptions]) -> Self:
        """Return a changed copy that shares the connections.

        Closing the copy does not close them; closing the original closes them for both.

        Args:
            changes: The options to change; one that is left out keeps its value.

        Returns:
            Another client; this one does not change.
        """
        settings = self._settings.changed(**changes)
        validate_limiter(settings.limiter, method="acquire")
        copy = type(self).__new__(type(self))
        copy._settings = settings  # noqa: SLF001  # our own
        copy._http = self._http.with_settings(settings)  # noqa: SLF001  # our own
        copy._owns_transport = False  # noqa: SLF001  # our own
        return copy

    @property
    def api(self) -> GeneratedClient:
        """The generated client, for the raw operations in `apple_music_ratings_client.api`.

        Its sync operations go through the same tokens, retries and errors as the methods here.
        """
        return sync_api(self._http, self._settings.base_url)

    def get_rating(self, item: Item) -> RatingValue | None:
        """Read the rating of an item.

        Args:
            item: The item to read.

        Returns:
            The rating, or `None` for an unrated item. The service responds with 404 for one
            (observed, Musish issue 245); that is not an error here.

        Raises:
            InvalidItemError: It is not an `Item`. Nothing was sent.
            ApiError: The service rejected the request; see its subclasses.
            TransportError: No response arrived.
        """
        return self._run(
            operations.get_rating(validate_item(item), language=self._settings.language)
        )

    def get_ratings(
        self,
        items: Iterable[Item],
        *,
        on_error: Callable[[RatingsError], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> dict[Item, RatingValue | None]:
        """Read the ratings of many items.

        Each distinct item is requested once, up to `batch_size` of a type in a request, several
        requests at a time. A request that is too large for the service is split in half: after
        413, 414, a 400 about `ids`, or a second 504. A single id that is still rejected is
        requested by its own path, so that the error is about the item. Without items, nothing is
        sent.

        Args:
            items: The items to read, of any types.
            on_error: Called with the error of each item whose rating in a response cannot be read;
                the item is then left out. Without it the first such error is raised.
            on_progress: Called after each request, from one thread at a time.

        Returns:
            Every distinct item in the order given, with its rating or `None`.

        Raises:
            InvalidItemError: An element is not an `Item`. Nothing was sent.
            ApiError: The service rejected the request; see its subclasses.
            TransportError: No response arrived.
        """
        return self._runner().run(
            self._bulk().get_ratings(
                _validated_items(items), on_error=on_error, on_progress=on_progress
            )
        )

    def set_rating(self, item: Item, value: RatingValue | int) -> Rating:
        """Set the rating of an item, replacing any earlier one.

        Repeating the request changes nothing, so it is retried after a lost response.

        The ratings of the catalog id and the library id of a song, album, music video or playlist
        stay synced (documented).

        Args:
            item: The item to rate.
            value: `RatingValue.LIKE` (1) or `RatingValue.DISLIKE` (-1). To delete a rating, use
                `delete_rating`.

        Returns:
            The rating that is set now.

        Raises:
            InvalidItemError: It is not an `Item`. Nothing was sent.
            InvalidRatingError: The value is not a rating. Nothing was sent.
            NotFoundError: The service does not know the item.
            ApiError: The service rejected the request; see its subclasses.
            TransportError: No response arrived. The request may have been applied.
        """
        item, value = validate_item(item), as_rating_value(value)
        return self._run(operations.set_rating(item, value, language=self._settings.language))

    def like(self, item: Item) -> Rating:
        """Like an item: `set_rating` with `RatingValue.LIKE`."""
        return self.set_rating(item, RatingValue.LIKE)

    def dislike(self, item: Item) -> Rating:
        """Dislike an item: `set_rating` with `RatingValue.DISLIKE`."""
        return self.set_rating(item, RatingValue.DISLIKE)

    def delete_rating(self, item: Item) -> None:
        """Delete the rating of an item; it is neither liked nor disliked afterwards.

        An unrated item is not an error, so the request is retried after a lost response.

        Args:
            item: The item whose rating to delete.

        Raises:
            InvalidItemError: It is not an `Item`. Nothing was sent.
            ApiError: The service rejected the request; see its subclasses.
            TransportError: No response arrived. The request may have been applied.
        """
        self._run(operations.delete_rating(validate_item(item), language=self._settings.language))

    def set_ratings(
        self,
        items: Iterable[Item],
        value: RatingValue | int,
        *,
        verify: bool = False,
        journal: Journal | str | os.PathLike[str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> BulkResult:
        """Set the same rating on every item, one request per distinct item.

        The service has no bulk write, so this sends single writes, several at a time. A failure
        does not stop the others; it is reported in the result. An item that ran out of attempts
        because of a transient error is sent again at the end, twice at most. An error that affects
        every item stops the run: a rejected token, or a longer wait than the retry policy allows.
        The remaining items are then reported as not sent.

        After Ctrl-C, requests in flight finish, their results are recorded in the journal, and
        KeyboardInterrupt is raised. `resume` finishes the run.

        Args:
            items: The items to rate. Duplicates are sent once and reported for each.
            value: The rating to set. To delete ratings, use `delete_ratings`.
            verify: Read the ratings back, for up to 7.5 seconds, since reads may lag behind writes
                (observed). One that differs is a failure, with `VerificationError`. A run that was
                stopped is not verified.
            journal: A `Journal` or its path, to record the run in. The ratings are then read first,
                so that the run can be undone, and items that have the rating already are not
                written. `None` records nothing.
            on_progress: Called for each item that is finished, from one thread at a time. An
                exception in it ends the run as Ctrl-C does.

        Returns:
            One outcome per item, in the order given.

        Raises:
            InvalidItemError: An element is not an `Item`. Nothing was sent.
            InvalidRatingError: The value is not a rating. Nothing was sent.
            JournalError: The journal cannot be used.
            ApiError: With a journal only: the ratings could not be read. Nothing was written.
            TransportError: As `ApiError`.

        Example:
            >>> result = client.set_ratings(songs, RatingValue.LIKE)  # doctest: +SKIP
            >>> result.raise_for_failures()  # doctest: +SKIP
        """
        value = as_rating_value(value)
        action = Action.LIKE if value is RatingValue.LIKE else Action.DISLIKE
        with _open_journal(journal) as opened:
            flow = self._bulk().write(
                _validated_items(items),
                action,
                opened,
                verify=verify,
                on_progress=on_progress,
            )
            return self._runner().run(flow)

    def delete_ratings(
        self,
        items: Iterable[Item],
        *,
        verify: bool = False,
        journal: Journal | str | os.PathLike[str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> BulkResult:
        """Delete the rating of every item, one request per distinct item.

        An unrated item counts as done. Otherwise as `set_ratings`.

        Args:
            items: The items whose ratings to delete. Duplicates are sent once and reported for
                each.
            verify: As for `set_ratings`.
            journal: As for `set_ratings`.
            on_progress: As for `set_ratings`.

        Returns:
            One outcome per item, in the order given.

        Raises:
            InvalidItemError: An element is not an `Item`. Nothing was sent.
            JournalError: The journal cannot be used.
            ApiError: With a journal only: the ratings could not be read. Nothing was written.
            TransportError: As `ApiError`.
        """
        with _open_journal(journal) as opened:
            flow = self._bulk().write(
                _validated_items(items),
                Action.DELETE,
                opened,
                verify=verify,
                on_progress=on_progress,
            )
            return self._runner().run(flow)

    def apply(
        self,
        plan: Plan,
        *,
        verify: bool = False,
        journal: Journal | str | os.PathLike[str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> BulkResult:
        """Apply a plan, one request per distinct item that it changes.

        Args:
            plan: The plan, from `make_plan`, `Journal.undo_plan` or `BulkResult.retryable`.
            verify: As for `set_ratings`.
            journal: As for `set_ratings`. The current ratings are read first; one that is not what
                the plan expects is read again for up to 7.5 seconds, since reads may lag behind
                writes, and is then recorded as read. A write in the plan is sent in any case.
            on_progress: As for `set_ratings`.

        Returns:
            One outcome per step, in the order of the plan.

        Raises:
            InvalidItemError: It is not a `Plan`. Nothing was sent.
            JournalError: The journal cannot be used.
            ApiError: With a journal only: the ratings could not be read. Nothing was written.
            TransportError: As `ApiError`.
        """
        with _open_journal(journal) as opened:
            flow = self._bulk().apply(
                _validated_plan(plan), opened, verify=verify, on_progress=on_progress
            )
            return self._runner().run(flow)

    def resume(
        self,
        journal: Journal | str | os.PathLike[str],
        run: str | None = None,
        *,
        verify: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> BulkResult:
        """Finish a run that was interrupted, stopped, or has failures that can be retried.

        Confirmed writes are not repeated. A write whose outcome is unknown, because the process was
        killed while it was in flight, is sent again: repeating it changes nothing, while a read
        could lag behind it.

        Args:
            journal: The journal of the run, or its path.
            run: The name of the run; `None` for the newest that is not finished.
            verify: As for `set_ratings`, for what is written now.
            on_progress: As for `set_ratings`.

        Returns:
            One outcome per item of the whole run. The errors of failures from before are plain
            `RatingsError` with their old message.

        Raises:
            JournalError: There is no such run, another process is carrying it out, it belongs to
                another service, or the journal cannot be used.
        """
        with _open_journal(journal) as opened:
            flow = self._bulk().resume(opened, run, verify=verify, on_progress=on_progress)
            return self._runner().run(flow)

    def plan_undo(
        self, journal: Journal | str | os.PathLike[str], run: str, *, force: bool = False
    ) -> UndoPlan:
        """Plan the changes back to the ratings before a run. Reads, and writes nothing.

        Items that were changed after the run are left as they are, and listed. Whether they were is
        decided by the current ratings, which are read for up to 7.5 seconds until they match those
        of the run, because reads may lag behind writes.

        Args:
            journal: The journal of the run, or its path.
            run: The name of the run.
            force: Also restore the items that were changed after the run.

        Returns:
            The plan to apply, and what was changed since.

        Raises:
            JournalError: The run does not exist, is in progress, belongs to another service, or the
                journal cannot be used.
            OtherAccountError: The run is of another Music User Token.
            ApiError: The ratings could not be read.
            TransportError: As `ApiError`.
        """
        with _open_journal(journal) as opened:
            return self._runner().run(self._bulk().plan_undo(opened, run, force=force))

    def add_favorites(self, items: Iterable[Item]) -> None:
        """Add items of the catalog to the user's favorites, many in a request.

        A favorite is not the same as a like. A like is a rating, which `get_rating` reads,
        `delete_rating` deletes, and the user's devices may not show. A favorite is shown there as a
        star, its rating reads 1 a moment later, and liked songs join the playlist of favorites (all
        but the last observed). There is **no way back**: Apple says that other apps can add
        favorites and cannot remove them; only the user can, in the Music app. They are read with
        `iter_library(..., with_favorites=True)`. The service ignores items that cannot be added.
        See https://developer.apple.com/documentation/applemusicapi/add-resource-to-favorites.

        Args:
            items: Items of the catalog, of any types. Duplicates are sent once.

        Raises:
            InvalidItemError: An element is not an `Item`, or is in the library. Nothing was sent.
            ApiError: The service rejected the request; see its subclasses. Earlier requests may
                have succeeded; adding an item twice changes nothing.
            TransportError: No response arrived.
        """
        self._runner().run(self._bulk().add_favorites(_validated_favorites(items)))

    def iter_library(
        self,
        resource_type: ResourceType,
        *,
        with_favorites: bool = False,
        on_error: Callable[[RatingsError], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Iterator[LibraryItem]:
        """Iterate over all items of one type in the user's library.

        Pages are read as they are needed, several at a time. The service lists items by name; an
        item that is added or removed meanwhile shifts the others, so a library that shifts is read
        again for missed items, three times at most. Each item is yielded once.

        Args:
            resource_type: One of the library types, such as `ResourceType.LIBRARY_SONGS`.
            with_favorites: Request `is_favorite` too, which songs and playlists have.
            on_error: Called with the error of each entry that cannot be read; the entry is then
                left out. Without it the first such error is raised.
            on_progress: Called after each page, with the total that the service reports.

        Returns:
            The items, in the order of the library. Errors are raised during the iteration.

        Raises:
            InvalidItemError: It is not a library type. Nothing was sent.
            UnexpectedResponseError: A page cannot be read, or its `next` leads elsewhere.
            NotFoundError: A page in the middle is missing, also after another request.
            ApiError: The service rejected the request; see its subclasses.
            TransportError: No response arrived.
        """
        from ._bulk import library  # noqa: PLC0415  # not needed by most callers

        flow = library.items(
            self._bulk(),
            library.as_library_type(resource_type),
            with_favorites=with_favorites,
            on_error=on_error,
            on_progress=on_progress,
        )
        return self._runner().iterate(flow)

    def iter_library_ratings(
        self,
        *resource_types: ResourceType,
        with_favorites: bool = False,
        on_error: Callable[[RatingsError], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Iterator[tuple[LibraryItem, RatingValue | None]]:
        """Iterate over the user's library with the rating of each item.

        The service has no operation that lists all ratings, so this joins `iter_library` with reads
        of many ratings at a time. Catalog items outside the library are not found; there is no way
        to list their ratings.

        Args:
            resource_types: Library types, one after the other; none for all four.
            with_favorites: As for `iter_library`.
            on_error: As for `iter_library` and `get_ratings`.
            on_progress: As for `iter_library`, with the total of all types.

        Returns:
            Pairs of an item and its rating or `None`, read as they are needed.

        Raises:
            InvalidItemError: One is not a library type. Nothing was sent.
            UnexpectedResponseError: As for `iter_library`.
            NotFoundError: As for `iter_library`.
            ApiError: The service rejected the request; see its subclasses.
            TransportError: No response arrived.
        """
        from ._bulk import library  # noqa: PLC0415  # as above

        flow = library.rated_items(
            self._bulk(),
            library.as_library_types(resource_types),
            with_favorites=with_favorites,
            on_error=on_error,
            on_progress=on_progress,
        )
        return self._runner().iterate(flow)

    def check_developer_token(self) -> None:
        """Check that the service accepts the developer token.

        Raises:
            UnauthorizedError: The service rejects it.
            ApiError: The service rejected the request; see its subclasses.
            TransportError: No response arrived.
        """
        self._run(operations.check_developer_token())

    def get_storefront(self) -> Storefront:
        """Read the user's storefront, which shows that the Music User Token works.

        See https://developer.apple.com/documentation/applemusicapi/get-a-user-s-storefront.

        Raises:
            ForbiddenError: The service rejects the Music User Token.
            ApiError: The service rejected the request; see its subclasses.
            TransportError: No response arrived.
        """
        return self._run(operations.get_storefront(language=self._settings.language))

    def close(self) -> None:
        """Close the connections, unless this is a copy made by `with_options`."""
        if self._owns_transport:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={str(self._settings.base_url)!r})"

    def _bulk(self) -> BulkFlows:
        return _bulk_flows(self._settings)

    def _runner(self) -> ThreadRunner:
        from ._bulk.threads import ThreadRunner  # noqa: PLC0415  # as `_bulk`

        return ThreadRunner(self._http, self._settings)

    def _run(self, call: OperationCall[T]) -> T:
        return run(self._http, call)


class AsyncRatingsClient:
    """Reads and writes the ratings of one user, with asyncio and trio.

    The same methods as `RatingsClient`, whose docstrings have the details. Safe to share
    between tasks. Close it with `aclose`, or use it in an `async with` block.

    Args:
        developer_token: A `DeveloperToken`, or the text of a ready-made one.
        music_user_token: The Music User Token of the user.
        base_url: The service; https, or anything on this machine such as the mock.
        allow_http_hosts: Hosts that tokens may be sent to without encryption, such as a mock in a
            private network. `from_env` reads `APPLE_MUSIC_ALLOW_HTTP_HOSTS`.
        transport: An async httpx transport to send through. Without one, httpx's is used, with at
            most 100 connections. For a faster one see `apple_music_ratings.transports`.
        options: See `ClientOptions`.

    Raises:
        ConfigurationError: A token or the base URL cannot be used.
    """

    @clears_frames
    def __init__(
        self,
        *,
        developer_token: DeveloperToken | str,
        music_user_token: str,
        base_url: str | httpx.URL = DEFAULT_BASE_URL,
        allow_http_hosts: Collection[str] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        settings = _settings(developer_token, music_user_token, base_url, allow_http_hosts, options)
        validate_limiter(settings.limiter, method="aacquire")
        self._settings = settings
        self._http = AsyncRetryingClient(transport or _default_async_transport(settings), settings)
        self._owns_transport = True

    @classmethod
    @clears_frames
    def from_env(
        cls,
        *,
        profile: str | None = None,
        developer_token: DeveloperToken | str | None = None,
        music_user_token: str | None = None,
        environ: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """Make a client from environment variables or a profile. See `RatingsClient.from_env`."""
        from .profiles.environment import read_credentials  # noqa: PLC0415  # only this needs it

        found = read_credentials(
            os.environ if environ is None else environ,
            profile=profile,
            developer_token=developer_token,
            user_token=music_user_token,
        )
        return cls(
            developer_token=found.developer_token,
            music_user_token=found.music_user_token,
            base_url=found.base_url,
            allow_http_hosts=found.http_hosts,
            transport=transport,
            **options,
        )

    def with_options(self, **changes: Unpack[ClientOptions]) -> Self:
        """Return a changed copy that shares the connections. See `RatingsClient.with_options`."""
        settings = self._settings.changed(**changes)
        validate_limiter(settings.limiter, method="aacquire")
        copy = type(self).__new__(type(self))
        copy._settings = settings  # noqa: SLF001  # our own
        copy._http = self._http.with_settings(settings)  # noqa: SLF001  # our own
        copy._owns_transport = False  # noqa: SLF001  # our own
        return copy

    @property
    def api(self) -> GeneratedClient:
        """The generated client, whose async operations go through the same tokens and retries."""
        return async_api(self._http, self._settings.base_url)

    async def get_rating(self, item: Item) -> RatingValue | None:
        """Read the rating of an item. See `RatingsClient.get_rating`."""
        return await self._run(
            operations.get_rating(validate_item(item), language=self._settings.language)
        )

    async def get_ratings(
        self,
        items: Iterable[Item],
        *,
        on_error: Callable[[RatingsError], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> dict[Item, RatingValue | None]:
        """Read the ratings of many items. See `RatingsClient.get_ratings`."""
        return await self._runner().run(
            self._bulk().get_ratings(
                _validated_items(items), on_error=on_error, on_progress=on_progress
            )
        )

    async def set_rating(self, item: Item, value: RatingValue | int) -> Rating:
        """Like or dislike an item, in place of any rating. See `RatingsClient.set_rating`."""
        item, value = validate_item(item), as_rating_value(value)
        return await self._run(operations.set_rating(item, value, language=self._settings.language))

    async def like(self, item: Item) -> Rating:
        """Like an item: `set_rating` with `RatingValue.LIKE`."""
        return await self.set_rating(item, RatingValue.LIKE)

    async def dislike(self, item: Item) -> Rating:
        """Dislike an item: `set_rating` with `RatingValue.DISLIKE`."""
        return await self.set_rating(item, RatingValue.DISLIKE)

    async def delete_rating(self, item: Item) -> None:
        """Clear the rating of an item. See `RatingsClient.delete_rating`."""
        await self._run(
            operations.delete_rating(validate_item(item), language=self._settings.language)
        )

    async def set_ratings(
        self,
        items: Iterable[Item],
        value: RatingValue | int,
        *,
        verify: bool = False,
        journal: Journal | str | os.PathLike[str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> BulkResult:
        """Set the same rating on every item. See `RatingsClient.set_ratings`.

        A cancellation ends the requests in flight. In the journal their outcome is then unknown,
        and `resume` sends them again. The journal is written between awaits.
        """
        value = as_rating_value(value)
        action = Action.LIKE if value is RatingValue.LIKE else Action.DISLIKE
        with _open_journal(journal) as opened:
            flow = self._bulk().write(
                _validated_items(items),
                action,
                opened,
                verify=verify,
                on_progress=on_progress,
            )
            return await self._runner().run(flow)

    async def delete_ratings(
        self,
        items: Iterable[Item],
        *,
        verify: bool = False,
        journal: Journal | str | os.PathLike[str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> BulkResult:
        """Clear the rating of every item. See `RatingsClient.delete_ratings`."""
        with _open_journal(journal) as opened:
            flow = self._bulk().write(
                _validated_items(items),
                Action.DELETE,
                opened,
                verify=verify,
                on_progress=on_progress,
            )
            return await self._runner().run(flow)

    async def apply(
        self,
        plan: Plan,
        *,
        verify: bool = False,
        journal: Journal | str | os.PathLike[str] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> BulkResult:
        """Carry out a plan. See `RatingsClient.apply`."""
        with _open_journal(journal) as opened:
            flow = self._bulk().apply(
                _validated_plan(plan), opened, verify=verify, on_progress=on_progress
            )
            return await self._runner().run(flow)

    async def resume(
        self,
        journal: Journal | str | os.PathLike[str],
        run: str | None = None,
        *,
        verify: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> BulkResult:
        """Finish a run. See `RatingsClient.resume`."""
        with _open_journal(journal) as opened:
            flow = self._bulk().resume(opened, run, verify=verify, on_progress=on_progress)
            return await self._runner().run(flow)

    async def plan_undo(
        self, journal: Journal | str | os.PathLike[str], run: str, *, force: bool = False
    ) -> UndoPlan:
        """Plan the changes back to the ratings before a run. See `RatingsClient.plan_undo`."""
        with _open_journal(journal) as opened:
            return await self._runner().run(self._bulk().plan_undo(opened, run, force=force))

    async def add_favorites(self, items: Iterable[Item]) -> None:
        """Add items of the catalog to the favorites. See `RatingsClient.add_favorites`."""
        await self._runner().run(self._bulk().add_favorites(_validated_favorites(items)))

    def iter_library(
        self,
        resource_type: ResourceType,
        *,
        with_favorites: bool = False,
        on_error: Callable[[RatingsError], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> AsyncIterator[LibraryItem]:
        """Walk through everything of one type in the library. See `RatingsClient.library`."""
        from ._bulk import library  # noqa: PLC0415  # not needed by most callers

        flow = library.items(
            self._bulk(),
            library.as_library_type(resource_type),
            with_favorites=with_favorites,
            on_error=on_error,
            on_progress=on_progress,
        )
        return self._runner().iterate(flow)

    def iter_library_ratings(
        self,
        *resource_types: ResourceType,
        with_favorites: bool = False,
        on_error: Callable[[RatingsError], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> AsyncIterator[tuple[LibraryItem, RatingValue | None]]:
        """Walk through the library with the ratings. See `RatingsClient.iter_library_ratings`."""
        from ._bulk import library  # noqa: PLC0415  # as above

        flow = library.rated_items(
            self._bulk(),
            library.as_library_types(resource_types),
            with_favorites=with_favorites,
            on_error=on_error,
            on_progress=on_progress,
        )
        return self._runner().iterate(flow)

    async def check_developer_token(self) -> None:
        """Find out whether the developer token is taken. See `RatingsClient`."""
        await self._run(operations.check_developer_token())

    async def get_storefront(self) -> Storefront:
        """Read the user's storefront. See `RatingsClient.get_storefront`."""
        return await self._run(operations.get_storefront(language=self._settings.language))

    async def aclose(self) -> None:
        """Close the connections, unless this is a copy made by `with_options`."""
        if self._owns_transport:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={str(self._settings.base_url)!r})"

    def _bulk(self) -> BulkFlows:
        return _bulk_flows(self._settings)

    def _runner(self) -> TaskRunner:
        from ._bulk.tasks import TaskRunner  # noqa: PLC0415  # as `_bulk`

        return TaskRunner(self._http, self._settings)

    async def _run(self, call: OperationCall[T]) -> T:
        return await run_async(self._http, call)
