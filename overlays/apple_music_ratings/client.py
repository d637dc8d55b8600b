"""The two clients, sync and async, with the same names and the same promises.

What a call means is decided in `_adapter` and `_core`; what goes over the wire passes `_http`. The
methods here are short on purpose: nothing in them can go wrong twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Final, TypedDict

import httpx
from attrs import evolve

from . import _adapter
from ._clock import Clock, SystemClock
from ._core.planning import batches, distinct
from ._core.retry import RetryPolicy
from ._environment import read_credentials
from ._http import (
    DEFAULT_BASE_URL,
    DEFAULT_TIMEOUT,
    AsyncRetryingClient,
    RetryingClient,
    RetryWait,
    Settings,
    checked_base_url,
    connect,
    connect_async,
)
from .auth import DeveloperToken, RatingsAuth
from .models import Item, Rating, RatingValue, checked_item, checked_value

if TYPE_CHECKING:
    from typing import Self, Unpack

    from ._adapter import GeneratedClient

__all__ = ["AsyncRatingsClient", "RatingsClient"]


class _Keep:
    """Stands for an option that a copy takes over unchanged, since `None` means something."""

    def __repr__(self) -> str:
        return "<as it is>"


_KEEP: Final = _Keep()


class _Options(TypedDict, total=False):
    """The options that every way of making a client takes."""

    timeout: float | httpx.Timeout | None
    retry: RetryPolicy
    language: str | None
    on_wait: Callable[[RetryWait], object] | None
    clock: Clock


def _settings(
    developer_token: DeveloperToken | str,
    music_user_token: str,
    base_url: str | httpx.URL,
    *,
    timeout: float | httpx.Timeout | None = DEFAULT_TIMEOUT,
    retry: RetryPolicy | None = None,
    language: str | None = None,
    on_wait: Callable[[RetryWait], object] | None = None,
    clock: Clock | None = None,
) -> Settings:
    clock = clock or SystemClock()
    service = checked_base_url(base_url)
    if not isinstance(developer_token, DeveloperToken):
        developer_token = DeveloperToken(developer_token)
    auth = RatingsAuth(
        developer_token=developer_token,
        music_user_token=music_user_token,
        base_url=service,
        clock=clock,
    )
    return Settings(
        base_url=service,
        auth=auth,
        timeout=timeout,
        retry=retry or RetryPolicy(),
        language=language,
        on_wait=on_wait,
        clock=clock,
    )


def _changed(
    settings: Settings,
    timeout: float | httpx.Timeout | None | _Keep,
    retry: RetryPolicy | _Keep,
    language: str | None | _Keep,
) -> Settings:
    return evolve(
        settings,
        timeout=settings.timeout if isinstance(timeout, _Keep) else timeout,
        retry=settings.retry if isinstance(retry, _Keep) else retry,
        language=settings.language if isinstance(language, _Keep) else language,
    )


class RatingsClient:
    """Reads and writes one person's ratings.

    Safe to share between threads. Close it, or use it in a `with` block.

    Args:
        developer_token: A `DeveloperToken`, or the text of a ready-made one.
        music_user_token: The Music User Token of the person whose ratings these are.
        base_url: The service; https, or anything on this machine such as the mock.
        timeout: Seconds that connecting, reading, writing and waiting for a free connection may
            take each, or an `httpx.Timeout`. `None` waits for ever.
        retry: How patient the client is.
        language: A language tag such as `en-US` for the service's localized texts, sent as `l`.
            `None` leaves that to the person's storefront.
        on_wait: Called before each wait for another attempt.
        transport: An httpx transport to send through, such as the mock's. httpx then no longer
            looks at proxy variables of the environment.
        clock: Where time, sleeping and chance come from; for tests.

    Raises:
        ConfigurationError: A token or the base URL cannot be used.

    Example:
        >>> with RatingsClient.from_env() as client:  # doctest: +SKIP
        ...     client.like(Item("songs", "907242702"))
    """

    def __init__(
        self,
        *,
        developer_token: DeveloperToken | str,
        music_user_token: str,
        base_url: str | httpx.URL = DEFAULT_BASE_URL,
        timeout: float | httpx.Timeout | None = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        language: str | None = None,
        on_wait: Callable[[RetryWait], object] | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        settings = _settings(
            developer_token,
            music_user_token,
            base_url,
            timeout=timeout,
            retry=retry,
            language=language,
            on_wait=on_wait,
            clock=clock,
        )
        self._set_up(connect(transport), settings, owns_connections=True)

    def _set_up(
        self, connections: httpx.Client, settings: Settings, *, owns_connections: bool
    ) -> None:
        self._connections = connections
        self._settings = settings
        self._owns_connections = owns_connections
        self._http = RetryingClient(connections, settings)

    @classmethod
    def from_env(
        cls,
        *,
        environ: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        **options: Unpack[_Options],
    ) -> Self:
        """Make a client from environment variables.

        `APPLE_MUSIC_DEVELOPER_TOKEN` holds a ready-made developer token; or
        `APPLE_MUSIC_PRIVATE_KEY` (path or text), `APPLE_MUSIC_KEY_ID` and `APPLE_MUSIC_TEAM_ID`
        hold what signs one. `APPLE_MUSIC_USER_TOKEN` holds the Music User Token,
        `APPLE_MUSIC_BASE_URL` another service than Apple's.

        Args:
            environ: The variables; those of the process unless given.
            transport: As for the class.
            options: The other options of the class.

        Returns:
            A client.

        Raises:
            ConfigurationError: A variable is missing, and is named, or cannot be used.
        """
        found = read_credentials(os.environ if environ is None else environ)
        return cls(
            developer_token=found.developer_token,
            music_user_token=found.music_user_token,
            base_url=found.base_url,
            transport=transport,
            **options,
        )

    def with_options(
        self,
        *,
        timeout: float | httpx.Timeout | None | _Keep = _KEEP,
        retry: RetryPolicy | _Keep = _KEEP,
        language: str | None | _Keep = _KEEP,
    ) -> Self:
        """Make a changed copy that shares the connections.

        Closing the copy leaves them alone; closing the original closes them for both.

        Args:
            timeout: As for the class.
            retry: As for the class.
            language: As for the class.

        Returns:
            A client of its own; this one stays as it is.
        """
        copy = type(self).__new__(type(self))
        settings = _changed(self._settings, timeout, retry, language)
        copy._set_up(self._connections, settings, owns_connections=False)  # noqa: SLF001  # our own
        return copy

    @property
    def api(self) -> GeneratedClient:
        """The generated client, for the raw operations in `apple_music_ratings_client.api`.

        Its sync operations go through the same tokens, retries and errors as the methods here.
        """
        return _adapter.sync_api(self._http, self._settings.base_url)

    def get_rating(self, item: Item) -> RatingValue | None:
        """Read what the person says of an item.

        Args:
            item: What to ask for.

        Returns:
            The rating, or `None` for an unrated item. The service answers 404 for one (observed,
            Musish issue 245); that never becomes an error here.

        Raises:
            InvalidItemError: It is no `Item`. Nothing was sent.
            ApiError: The service refused; see its subclasses.
            TransportError: No answer came.
        """
        return self._run(_adapter.get_rating(checked_item(item), language=self._settings.language))

    def get_ratings(self, items: Iterable[Item]) -> dict[Item, RatingValue | None]:
        """Read what the person says of many items.

        Each distinct item is asked for once, up to 100 of a type in a request. Nothing is sent
        when nothing is asked.

        Args:
            items: What to ask for, of any types.

        Returns:
            Every distinct item in the order asked, with its rating or `None`.

        Raises:
            InvalidItemError: One of them is no `Item`. Nothing was sent.
            ApiError: The service refused; see its subclasses.
            TransportError: No answer came.
        """
        asked = distinct(checked_item(item) for item in items)
        ratings: dict[Item, RatingValue | None] = dict.fromkeys(asked)
        for batch in batches(asked):
            found = self._run(_adapter.get_ratings(batch, language=self._settings.language))
            ratings.update(found)
        return ratings

    def set_rating(self, item: Item, value: RatingValue | int) -> Rating:
        """Like or dislike an item, in place of any rating it had.

        Doing so twice does no harm, so a lost answer is sent for again.

        Args:
            item: What to rate.
            value: `RatingValue.LIKE` (1) or `RatingValue.DISLIKE` (-1). To clear a rating, use
                `delete_rating`.

        Returns:
            The rating that stands now.

        Raises:
            InvalidItemError: It is no `Item`. Nothing was sent.
            InvalidRatingError: The value is no rating. Nothing was sent.
            NotFoundError: The service knows no such item.
            ApiError: The service refused; see its subclasses.
            TransportError: No answer came. The rating may stand or not.
        """
        item, value = checked_item(item), checked_value(value)
        return self._run(_adapter.set_rating(item, value, language=self._settings.language))

    def like(self, item: Item) -> Rating:
        """Like an item: `set_rating` with `RatingValue.LIKE`."""
        return self.set_rating(item, RatingValue.LIKE)

    def dislike(self, item: Item) -> Rating:
        """Dislike an item: `set_rating` with `RatingValue.DISLIKE`."""
        return self.set_rating(item, RatingValue.DISLIKE)

    def delete_rating(self, item: Item) -> None:
        """Clear the rating of an item; it is neither liked nor disliked afterwards.

        An item that had none is fine too, so a lost answer is sent for again.

        Args:
            item: What to clear.

        Raises:
            InvalidItemError: It is no `Item`. Nothing was sent.
            ApiError: The service refused; see its subclasses.
            TransportError: No answer came. The rating may stand or not.
        """
        self._run(_adapter.delete_rating(checked_item(item), language=self._settings.language))

    def close(self) -> None:
        """Close the connections, unless this is a copy made by `with_options`."""
        if self._owns_connections:
            self._connections.close()

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

    def _run(self, call: _adapter.Call[_adapter.T]) -> _adapter.T:
        return _adapter.run(self._http, call)


class AsyncRatingsClient:
    """Reads and writes one person's ratings, for asyncio and trio.

    The same names and promises as `RatingsClient`, whose docstrings hold the details. Safe to share
    between tasks. Close it with `aclose`, or use it in an `async with` block.

    Args:
        developer_token: A `DeveloperToken`, or the text of a ready-made one.
        music_user_token: The Music User Token of the person whose ratings these are.
        base_url: The service; https, or anything on this machine such as the mock.
        timeout: As for `RatingsClient`.
        retry: As for `RatingsClient`.
        language: As for `RatingsClient`.
        on_wait: As for `RatingsClient`; a plain function, called between awaits.
        transport: An async httpx transport to send through.
        clock: As for `RatingsClient`.

    Raises:
        ConfigurationError: A token or the base URL cannot be used.
    """

    def __init__(
        self,
        *,
        developer_token: DeveloperToken | str,
        music_user_token: str,
        base_url: str | httpx.URL = DEFAULT_BASE_URL,
        timeout: float | httpx.Timeout | None = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        language: str | None = None,
        on_wait: Callable[[RetryWait], object] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        settings = _settings(
            developer_token,
            music_user_token,
            base_url,
            timeout=timeout,
            retry=retry,
            language=language,
            on_wait=on_wait,
            clock=clock,
        )
        self._set_up(connect_async(transport), settings, owns_connections=True)

    def _set_up(
        self, connections: httpx.AsyncClient, settings: Settings, *, owns_connections: bool
    ) -> None:
        self._connections = connections
        self._settings = settings
        self._owns_connections = owns_connections
        self._http = AsyncRetryingClient(connections, settings)

    @classmethod
    def from_env(
        cls,
        *,
        environ: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[_Options],
    ) -> Self:
        """Make a client from environment variables. See `RatingsClient.from_env`."""
        found = read_credentials(os.environ if environ is None else environ)
        return cls(
            developer_token=found.developer_token,
            music_user_token=found.music_user_token,
            base_url=found.base_url,
            transport=transport,
            **options,
        )

    def with_options(
        self,
        *,
        timeout: float | httpx.Timeout | None | _Keep = _KEEP,
        retry: RetryPolicy | _Keep = _KEEP,
        language: str | None | _Keep = _KEEP,
    ) -> Self:
        """Make a changed copy that shares the connections. See `RatingsClient.with_options`."""
        copy = type(self).__new__(type(self))
        settings = _changed(self._settings, timeout, retry, language)
        copy._set_up(self._connections, settings, owns_connections=False)  # noqa: SLF001  # our own
        return copy

    @property
    def api(self) -> GeneratedClient:
        """The generated client, whose async operations go through the same tokens and retries."""
        return _adapter.async_api(self._http, self._settings.base_url)

    async def get_rating(self, item: Item) -> RatingValue | None:
        """Read what the person says of an item. See `RatingsClient.get_rating`."""
        return await self._run(
            _adapter.get_rating(checked_item(item), language=self._settings.language)
        )

    async def get_ratings(self, items: Iterable[Item]) -> dict[Item, RatingValue | None]:
        """Read what the person says of many items. See `RatingsClient.get_ratings`."""
        asked = distinct(checked_item(item) for item in items)
        ratings: dict[Item, RatingValue | None] = dict.fromkeys(asked)
        for batch in batches(asked):
            found = await self._run(_adapter.get_ratings(batch, language=self._settings.language))
            ratings.update(found)
        return ratings

    async def set_rating(self, item: Item, value: RatingValue | int) -> Rating:
        """Like or dislike an item, in place of any rating. See `RatingsClient.set_rating`."""
        item, value = checked_item(item), checked_value(value)
        return await self._run(_adapter.set_rating(item, value, language=self._settings.language))

    async def like(self, item: Item) -> Rating:
        """Like an item: `set_rating` with `RatingValue.LIKE`."""
        return await self.set_rating(item, RatingValue.LIKE)

    async def dislike(self, item: Item) -> Rating:
        """Dislike an item: `set_rating` with `RatingValue.DISLIKE`."""
        return await self.set_rating(item, RatingValue.DISLIKE)

    async def delete_rating(self, item: Item) -> None:
        """Clear the rating of an item. See `RatingsClient.delete_rating`."""
        await self._run(
            _adapter.delete_rating(checked_item(item), language=self._settings.language)
        )

    async def aclose(self) -> None:
        """Close the connections, unless this is a copy made by `with_options`."""
        if self._owns_connections:
            await self._connections.aclose()

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

    async def _run(self, call: _adapter.Call[_adapter.T]) -> _adapter.T:
        return await _adapter.run_async(self._http, call)
