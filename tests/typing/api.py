"""Every public name as a reader would use it. Type-checked, never run.

A line that must not type-check says so, and an ignore that is not needed is an error of its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import assert_type

import httpx
from anyio import Event as AsyncEvent

from apple_music_ratings import (
    Action,
    ApiError,
    AsyncRatingsClient,
    BadRequestError,
    BulkError,
    BulkResult,
    ClientOptions,
    Clock,
    ConfigurationError,
    DeveloperToken,
    ErrorDetail,
    FileError,
    ForbiddenError,
    InvalidItemError,
    InvalidRatingError,
    Item,
    JournalError,
    LibraryItem,
    Limiter,
    LimiterError,
    NoSubscriptionError,
    NotFoundError,
    OtherAccountError,
    Outcome,
    OutcomeStatus,
    Plan,
    Progress,
    RateLimiter,
    RateLimitError,
    Rating,
    RatingsClient,
    RatingsError,
    RatingValue,
    RequestTimeoutError,
    ResourceType,
    RetryEvent,
    RetryPolicy,
    RowError,
    ServerError,
    Step,
    Storefront,
    TransportError,
    UnauthorizedError,
    UndoPlan,
    UnexpectedResponseError,
    VerificationError,
    __version__,
    make_plan,
)
from apple_music_ratings.clock import SystemClock
from apple_music_ratings.journal import Journal, Run, RunState
from apple_music_ratings.limiters.redis import RedisLimiter
from apple_music_ratings_client import Client
from apple_music_ratings_client.api.songs import get_song_rating

assert_type(__version__, str)

# Values.
song = Item("songs", "907242702")
album = Item(ResourceType.ALBUMS, "1138988512", strict=False)
assert_type(Item.parse("songs/907242702"), Item)
assert_type(Item.parse("songs/new-form", strict=False), Item)
assert_type(song.type, ResourceType)
assert_type(song.id, str)
assert_type(str(song), str)
by_item: dict[Item, RatingValue | None] = {song: RatingValue.LIKE, album: None}
rating = Rating(song, RatingValue.DISLIKE)
assert_type(rating.item, Item)
assert_type(rating.value, RatingValue)
number: int = RatingValue.LIKE
word: str = ResourceType.LIBRARY_SONGS

song.id = "1"  # type: ignore[misc]  # frozen
rating.value = RatingValue.LIKE  # type: ignore[misc]  # frozen
Item("songs", 907242702)  # type: ignore[arg-type]  # ids are text
Item("songs", "907242702", False)  # type: ignore[call-arg]  # options have names
Item("songs")  # type: ignore[call-arg]  # no id
Rating(song, 1)  # type: ignore[arg-type]  # a rating has a RatingValue

# Tokens.
ready = DeveloperToken("head.claims.signature")
minted = DeveloperToken.from_key(
    Path("AuthKey.p8"),
    key_id="TESTKEY001",
    team_id="TESTTEAM01",
    lifetime=3600.0,
    origin=["https://example.com"],
)
assert_type(minted, DeveloperToken)
DeveloperToken.from_key("AuthKey.p8", key_id="TESTKEY001", team_id="TESTTEAM01")

DeveloperToken(None)  # type: ignore[arg-type]  # a token is text
DeveloperToken.from_key("AuthKey.p8", "TESTKEY001", "TESTTEAM01")  # type: ignore[call-arg]  # names
DeveloperToken.from_key("AuthKey.p8", key_id="TESTKEY001")  # type: ignore[call-arg]  # no team

# Retries.
policy = RetryPolicy(max_attempts=3, max_total_wait=10.0, first_delay=0.1, max_delay=5.0)
assert_type(policy.max_attempts, int)
assert_type(policy.max_delay, float)

RetryPolicy(3)  # type: ignore[call-arg]  # options have names
RetryPolicy(retries=3)  # type: ignore[call-arg]  # is it 3 or 4? it is max_attempts
policy.max_attempts = 4  # type: ignore[misc]  # frozen


class StandingClock:
    """A clock of the caller's own needs no base class."""

    def now(self) -> float:
        """Return the time."""
        return 0.0

    def sleep(self, seconds: float, *, until: Event | None = None) -> bool:
        """Do not."""
        return until is not None and until.is_set() and seconds > 0

    async def sleep_async(self, seconds: float, *, until: AsyncEvent | None = None) -> bool:
        """Do not."""
        return until is not None and until.is_set() and seconds > 0

    def jitter(self) -> float:
        """Return a constant."""
        return 0.0


clock: Clock = StandingClock()
machine_clock: Clock = SystemClock()
not_a_clock: Clock = object()  # type: ignore[assignment]  # it tells no time


def note(wait: RetryEvent) -> None:
    """Take notice of a wait."""
    assert_type(wait.method, str)
    assert_type(wait.path, str)
    assert_type(wait.attempts, int)
    assert_type(wait.delay, float)
    assert_type(wait.status_code, int | None)
    assert_type(wait.reason, str)


def in_sync() -> None:
    """Use the client of the sync world."""
    with RatingsClient(developer_token=minted, music_user_token="user") as client:
        assert_type(client, RatingsClient)
        assert_type(client.get_rating(song), RatingValue | None)
        assert_type(
            client.get_ratings([song, album], on_progress=print), dict[Item, RatingValue | None]
        )
        assert_type(client.get_ratings(by_item), dict[Item, RatingValue | None])
        assert_type(client.get_ratings(item for item in (song,)), dict[Item, RatingValue | None])
        assert_type(client.set_rating(song, RatingValue.LIKE), Rating)
        assert_type(client.set_rating(song, -1), Rating)
        assert_type(client.like(song), Rating)
        assert_type(client.dislike(song), Rating)
        client.delete_rating(song)
        copy = client.with_options(timeout=5.0, retry=policy, language="de")
        assert_type(copy, RatingsClient)
        client.with_options(timeout=None, language=None)
        client.with_options(timeout=httpx.Timeout(5.0))
        assert_type(client.api, Client)
        response = get_song_rating.sync_detailed(client=client.api, id="907242702")
        assert_type(response.content, bytes)

        client.get_rating("songs/907242702")  # type: ignore[arg-type]  # an Item is needed
        client.get_ratings(song)  # type: ignore[arg-type]  # several are needed
        client.get_ratings(["songs/907242702"])  # type: ignore[list-item]  # Items are needed
        client.set_rating(song, "like")  # type: ignore[arg-type]  # no such word
        client.set_rating(song, None)  # type: ignore[arg-type]  # use delete_rating
        client.set_rating(song)  # type: ignore[call-arg]  # like, or dislike
        changes: ClientOptions = {"on_retry": None, "clock": clock, "total_timeout": 60.0}
        client.with_options(**changes)
        client.with_options(max_response_size=1_000_000)
        client.with_options(transport=None)  # type: ignore[call-arg]  # connections are shared
        client.with_options(retry=3)  # type: ignore[arg-type]  # a policy is needed
        client.close()

    options = RatingsClient(
        developer_token="head.claims.signature",
        music_user_token="user",
        base_url=httpx.URL("http://localhost:8787"),
        timeout=None,
        retry=policy,
        language="de",
        on_retry=note,
        transport=httpx.MockTransport(lambda _request: httpx.Response(204)),
        clock=clock,
    )
    assert_type(options, RatingsClient)
    environ: Mapping[str, str] = os.environ
    assert_type(RatingsClient.from_env(), RatingsClient)
    assert_type(
        RatingsClient.from_env(profile="second", environ=environ, language="de"), RatingsClient
    )

    RatingsClient()  # type: ignore[call-arg]  # no tokens
    RatingsClient("token", "user")  # type: ignore[call-arg]  # which is which?
    RatingsClient(developer_token="token", music_user_token=None)  # type: ignore[arg-type]
    RatingsClient.from_env(retries=3)  # type: ignore[call-arg]  # no such option
    RatingsClient(
        developer_token="token",
        music_user_token="user",
        transport=httpx.AsyncHTTPTransport(),  # type: ignore[arg-type]  # of the other world
    )


async def in_async() -> None:
    """Use the client of the async world."""
    async with AsyncRatingsClient(developer_token=ready, music_user_token="user") as client:
        assert_type(client, AsyncRatingsClient)
        assert_type(await client.get_rating(song), RatingValue | None)
        assert_type(await client.get_ratings([song]), dict[Item, RatingValue | None])
        assert_type(await client.set_rating(song, RatingValue.LIKE), Rating)
        assert_type(await client.like(song), Rating)
        assert_type(await client.dislike(song), Rating)
        await client.delete_rating(song)
        assert_type(client.with_options(language="de"), AsyncRatingsClient)
        assert_type(client.api, Client)
        await get_song_rating.asyncio_detailed(client=client.api, id="907242702")
        await asyncio.gather(client.like(song), client.like(album))

        str(client.get_rating(song).name)  # type: ignore[attr-defined]  # not awaited
        await client.set_rating(song, 1.0)  # type: ignore[arg-type]  # a float is not a rating
        await client.close()  # type: ignore[attr-defined]  # it is aclose
        await client.aclose()

    assert_type(AsyncRatingsClient.from_env(timeout=5.0), AsyncRatingsClient)
    with AsyncRatingsClient.from_env():  # type: ignore[attr-defined]  # it is async with
        pass


def in_bulk(client: RatingsClient, journal: Journal) -> None:
    """Write and read many."""
    wanted = make_plan(
        desired={song: RatingValue.LIKE, album: None}, current=client.get_ratings([song, album])
    )
    assert_type(wanted, Plan)
    assert_type(wanted.steps, tuple[Step, ...])
    assert_type(wanted.counts(), dict[Action, int])
    result = client.apply(wanted, verify=True, journal=journal, on_progress=tell)
    assert_type(result, BulkResult)
    assert_type(client.set_ratings([song], 1, journal="ratings.journal"), BulkResult)
    assert_type(client.delete_ratings(iter([song])), BulkResult)
    assert_type(client.resume(journal), BulkResult)
    assert_type(result.failed, tuple[Outcome, ...])
    assert_type(result.outcomes[0].status, OutcomeStatus)
    assert_type(result.outcomes[0].error, RatingsError | None)
    assert_type(result.retryable, Plan)
    client.apply(result.retryable).raise_for_failures()
    client.add_favorites([song])
    client.with_options(batch_size=50, max_concurrency=2)

    client.apply({song: None})  # type: ignore[arg-type]  # a plan is made with make_plan()
    client.set_ratings([song], None)  # type: ignore[arg-type]  # that is delete_ratings
    client.set_ratings(["songs/1"], 1)  # type: ignore[list-item]  # items, not words
    client.apply(wanted, True)  # type: ignore[call-arg]  # options have names


def tell(progress: Progress) -> None:
    """Take what a bulk call tells of itself."""
    assert_type(progress.finished, int)
    assert_type(progress.total, int)


def walk(client: RatingsClient, other: AsyncRatingsClient) -> None:
    """Go through a library."""
    assert_type(
        client.iter_library(ResourceType.LIBRARY_SONGS, on_progress=print), Iterator[LibraryItem]
    )
    client.iter_library(ResourceType.LIBRARY_SONGS, with_favorites=True)
    client.iter_library(ResourceType.LIBRARY_SONGS, True)  # type: ignore[call-arg]  # keyword-only
    assert_type(client.iter_library_ratings(), Iterator[tuple[LibraryItem, RatingValue | None]])
    assert_type(other.iter_library(ResourceType.LIBRARY_SONGS), AsyncIterator[LibraryItem])
    for entry, value in client.iter_library_ratings(ResourceType.LIBRARY_ALBUMS):
        assert_type(entry.catalog_item, Item | None)
        assert_type(value, RatingValue | None)
    assert_type(client.get_storefront(), Storefront)
    client.check_developer_token()


class NoHurry:
    """A limiter of one's own: two methods, whatever they return."""

    def acquire(self) -> bool:
        """Let everything through."""
        return True

    async def aacquire(self) -> None:
        """Let everything through."""


def limited() -> None:
    """Share one budget between threads, tasks, processes and hosts."""
    limiters: list[Limiter] = [
        RateLimiter(20),
        RateLimiter(0.5, burst=3, max_wait=10.0, clock=clock),
        RedisLimiter("redis://127.0.0.1:6379/0", 20),
        RedisLimiter(
            "unix:///run/redis.sock", 9.5, key="team", burst=3, max_wait=10.0, timeout=1.0
        ),
        NoHurry(),
    ]
    for limiter in limiters:
        client = RatingsClient(
            developer_token="head.claims.signature", music_user_token="user", limiter=limiter
        )
        assert_type(client.with_options(limiter=None), RatingsClient)
    with RedisLimiter("redis://127.0.0.1", 20) as closed:
        assert_type(closed, RedisLimiter)
        try:
            assert_type(closed.acquire(), None)
        except LimiterError as error:
            assert_type(error.attempts, int)
    RatingsClient.from_env(limiter=limiters[0])
    AsyncRatingsClient.from_env(limiter=limiters[0]).with_options(limiter=limiters[1])

    RateLimiter()  # type: ignore[call-arg]  # how many?
    RateLimiter(20, 3)  # type: ignore[call-arg]  # of what?
    RatingsClient.from_env(limiter=20)  # type: ignore[arg-type]  # RateLimiter(20)
    AsyncRatingsClient.from_env(limiter=asyncio.Semaphore(3))  # type: ignore[arg-type]  # no limiter


def take_back(client: RatingsClient) -> None:
    """Undo the newest run."""
    with Journal(
        "ratings.journal", note="undo", names={Item("songs", "1"): "Morning Ferry"}
    ) as journal:
        assert_type(journal.names_of("run"), dict[Item, str])
        runs: list[Run] = journal.runs()
        assert_type(runs[0].state, RunState)
        assert_type(runs[0].note, str)
        try:
            undo: UndoPlan = client.plan_undo(journal, runs[0].name)
            assert_type(undo.changed, tuple[Step, ...])
            client.apply(undo.plan, journal=journal).raise_for_failures()
            journal.forget(runs[0].name)
        except BulkError as error:
            assert_type(error.result, BulkResult)
            for outcome in error.result.failed:
                if isinstance(outcome.error, VerificationError):
                    assert_type(outcome.error.found, int | None)
        except OtherAccountError as error:
            assert_type(error.reason, str)
        except JournalError as error:
            assert_type(str(error), str)


def handle(client: RatingsClient) -> None:
    """Catch what can be acted upon, the narrow before the wide."""
    try:
        client.like(song)
    except (ConfigurationError, InvalidItemError, InvalidRatingError) as error:
        assert_type(str(error), str)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except NoSubscriptionError as error:
        bad_request: BadRequestError = error
        assert_type(bad_request.errors, tuple[ErrorDetail, ...])
    except (UnauthorizedError, ForbiddenError, NotFoundError, ServerError) as error:
        assert_type(error.status_code, int)
        assert_type(error.headers, Mapping[str, str])
        assert_type(error.body, bytes)
    except ApiError as error:
        for detail in error.errors:
            assert_type(detail.code, str | None)
            assert_type(detail.parameter, str | None)
    except RequestTimeoutError as error:
        transport_error: TransportError = error
        assert_type(transport_error.attempts, int)
    except UnexpectedResponseError as error:
        assert_type(error.method, str)
        assert_type(error.path, str)
        assert_type(error.body, bytes)
    except RatingsError as error:
        str(error.attempts)  # type: ignore[attr-defined]  # not every error is one of a call


def wrap(error: InvalidItemError | InvalidRatingError) -> ValueError:
    """Hand on what is a ValueError too."""
    return error


def invalid_rows(error: FileError) -> list[RowError]:
    """What is wrong with a file."""
    return list(error.errors)
