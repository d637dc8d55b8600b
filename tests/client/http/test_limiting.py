from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from inspect import iscoroutinefunction
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import httpx
import pytest
from attrs import define, field
from support.builders import (
    KEY_ID,
    LIKE,
    OPERATIONS,
    OTHER_SONG,
    SONG,
    TEAM_ID,
    USER_TOKEN,
    FakeClock,
    Operation,
    Responder,
    Runtime,
    ScriptedTransport,
    a_fault,
    a_key,
    a_response,
    ratings,
    text_of,
)
from support.meddling import InterceptingTransport, a_client, ratings_of, songs

from apple_music_ratings import (
    AsyncRatingsClient,
    BulkResult,
    ConfigurationError,
    DeveloperToken,
    ForbiddenError,
    LimiterError,
    Progress,
    RateLimiter,
    RatingsClient,
    RetryPolicy,
    ServerError,
)
from apple_music_ratings.journal import Journal, RunState
from apple_music_ratings.limiters.rate_limiter import SteadyClock
from apple_music_ratings_client.api.songs import get_song_rating
from apple_music_ratings_mock import MockService

GOOD = a_response(200, ratings((SONG, 1)))


@define
class FakeLimiter:
    """A limiter that notes when it was asked, and fails from some time on.

    Args:
        seen: What came before each time; a wire adds what it sent.
        lets_in: How often leave is given.
        error: What is raised after that.
    """

    seen: list[str] = field(factory=list)
    lets_in: int = 1_000_000
    error: Exception = field(factory=lambda: OSError("the door is shut"))
    _guard: Any = field(factory=threading.Lock)

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return self.seen.count("asked")

    def acquire(self) -> None:
        """Note it."""
        with self._guard:
            self.seen.append("asked")
            if self.asked > self.lets_in:
                raise self.error

    async def aacquire(self) -> None:
        """The same for async callers."""
        self.acquire()


def noting(doorman: FakeLimiter, respond: Responder) -> Responder:
    """Note in the doorman's list that a request went out."""

    def play(request: httpx.Request) -> httpx.Response:
        doorman.seen.append("sent")
        return respond(request)

    return play


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_limiter_is_asked_before_every_send(runtime: Runtime, operation: Operation) -> None:
    """The first, and each repeated after a response or a fault."""
    doorman = FakeLimiter()
    script = (a_response(429), a_fault(httpx.ConnectError), a_response(503), operation.good)
    wire = ScriptedTransport(*(noting(doorman, response) for response in script))
    operation.run(runtime.client(wire, limiter=doorman))

    assert doorman.seen == ["asked", "sent"] * 4


def test_limiter_is_asked_before_a_request_is_sent_with_a_new_token(runtime: Runtime) -> None:
    """The send with a new developer token is one like any other."""
    doorman = FakeLimiter()
    wire = ScriptedTransport(noting(doorman, a_response(401)), noting(doorman, GOOD))
    token = DeveloperToken.from_key(a_key(), key_id=KEY_ID, team_id=TEAM_ID)
    value = runtime.client(wire, developer_token=token, limiter=doorman).get_rating(SONG)

    assert value == LIKE
    assert doorman.seen == ["asked", "sent", "asked", "sent"]
    assert len(wire.developer_tokens) == 2


def test_limiter_is_asked_for_raw_operations_too(runtime: Runtime) -> None:
    """Whatever goes through `client.api`."""
    doorman = FakeLimiter()
    runtime.raw(
        runtime.client(ScriptedTransport(a_response(503), GOOD), limiter=doorman),
        get_song_rating,
        id=SONG.id,
    )

    assert doorman.asked == 2


def test_limiter_that_fails_lets_nothing_through(runtime: Runtime) -> None:
    """The caller hears of it as an error of ours, with the cause, and without another try."""
    doorman, clock, wire = FakeLimiter(lets_in=0), FakeClock(), ScriptedTransport(GOOD)
    with pytest.raises(LimiterError) as caught:
        runtime.client(wire, limiter=doorman, clock=clock).set_rating(SONG, LIKE)

    assert str(caught.value) == (
        f"PUT {SONG}: not sent. The limiter failed: OSError: the door is shut. Check the "
        "limiter before the next call."
    )
    assert (caught.value.attempts, caught.value.__cause__) == (0, doorman.error)
    assert (wire.sent, clock.slept, doorman.asked) == ([], [], 1)


@pytest.mark.parametrize(
    ("sends", "words"), [(1, "not sent after 1 attempt. "), (2, "not sent after 2 attempts. ")]
)
def test_limiter_that_fails_later_says_what_was_sent(
    runtime: Runtime, sends: int, words: str
) -> None:
    """A write may have come about then."""
    doorman, wire = FakeLimiter(lets_in=sends), ScriptedTransport(a_response(503))
    with pytest.raises(LimiterError) as caught:
        runtime.client(wire, limiter=doorman).set_rating(SONG, LIKE)

    assert words in str(caught.value)
    assert (caught.value.attempts, len(wire.sent)) == (sends, sends)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("of the limiter's own service"),
        TimeoutError("late"),
        ForbiddenError("of another call", method="GET", path="/p", status_code=403),
        ValueError(""),
    ],
    ids=repr,
)
def test_error_of_a_limiter_is_never_taken_for_the_services(
    runtime: Runtime, error: Exception
) -> None:
    """Also where it looks like one: it is not retried, and no token is blamed."""
    doorman, wire = FakeLimiter(lets_in=0, error=error), ScriptedTransport(GOOD)
    with pytest.raises(LimiterError) as caught:
        runtime.client(wire, limiter=doorman).get_rating(SONG)

    assert caught.value.__cause__ is error
    assert (doorman.asked, wire.sent) == (1, [])
    assert USER_TOKEN not in text_of(caught.value)


def test_wait_that_is_too_long_names_the_call(runtime: Runtime) -> None:
    """And how long it would be."""
    limiter = RateLimiter(0.01, max_wait=60.0, clock=FakeClock())
    wire = ScriptedTransport(GOOD)
    client = runtime.client(wire, limiter=limiter)
    client.get_rating(SONG)
    with pytest.raises(
        LimiterError, match=rf"^GET {SONG}: not sent\. The rate limiter's first free slot"
    ):
        client.get_rating(SONG)

    assert len(wire.sent) == 1


def test_wait_for_the_limiter_is_not_a_wait_for_a_retry(runtime: Runtime) -> None:
    """Long waits of the limiter leave the whole of `max_total_wait` to the retries."""
    clock, wire = FakeClock(), ScriptedTransport(a_response(503), a_response(503), GOOD)
    limiter = RateLimiter(0.1, clock=clock)
    retry = RetryPolicy(max_total_wait=2.0)
    waits: list[float] = []
    client = runtime.client(
        wire, clock=clock, limiter=limiter, retry=retry, on_retry=lambda w: waits.append(w.delay)
    )

    assert client.get_rating(SONG) == LIKE
    assert waits == [0.5, 1.0]
    assert clock.slept == [0.5, 9.5, 1.0, 9.0]


def test_waits_for_a_retry_and_for_leave_overlap(runtime: Runtime) -> None:
    """A bulk call sleeps no longer than the longer of both, and keeps the limiter's pace."""
    clock = FakeClock()
    wire = ScriptedTransport(GOOD, a_response(429), a_response(204), a_response(204))
    client = runtime.client(
        wire, clock=clock, limiter=RateLimiter(2, clock=clock), max_concurrency=1
    )
    client.get_rating(SONG)
    result = client.delete_ratings([SONG, OTHER_SONG])

    assert len(result.done) == 2
    assert clock.slept == [0.5, 0.5, 0.5]


def test_copy_shares_the_limiter_unless_it_is_given_another(runtime: Runtime) -> None:
    """`None` takes it away."""
    first, second, wire = FakeLimiter(), FakeLimiter(), ScriptedTransport(GOOD)
    client = runtime.client(wire, limiter=first)
    copies = [client.with_options(language="de"), client.with_options(limiter=second)]
    for one in (client, *copies, client.with_options(limiter=None)):
        one.get_rating(SONG)

    assert (first.asked, second.asked, len(wire.sent)) == (2, 1, 4)


def test_client_from_the_environment_takes_a_limiter(runtime: Runtime) -> None:
    """Like every other option."""
    doorman = FakeLimiter(lets_in=0)
    client = runtime.blocking(
        runtime.client_class.from_env(
            environ={
                "APPLE_MUSIC_DEVELOPER_TOKEN": "head.claims.signature",
                "APPLE_MUSIC_USER_TOKEN": USER_TOKEN,
            },
            transport=ScriptedTransport(GOOD),
            limiter=doorman,
        )
    )
    with pytest.raises(LimiterError):
        client.get_rating(SONG)

    assert doorman.asked == 1


class OnlySync:
    """Half a limiter."""

    def acquire(self) -> None:
        """Let everything through."""


class OnlyAsync:
    """What other packages call a limiter."""

    async def acquire(self) -> None:
        """Let everything through."""


TOKENS: dict[str, Any] = {"developer_token": "a.b.c", "music_user_token": "user"}


@pytest.mark.parametrize(
    ("kind", "limiter", "words"),
    [
        (RatingsClient, 20, "int is not a limiter for this client: it has no acquire()"),
        (RatingsClient, RateLimiter, "RateLimiter is not a limiter for this client"),
        (RatingsClient, OnlyAsync(), "OnlyAsync cannot limit a RatingsClient: its acquire() is"),
        (AsyncRatingsClient, OnlyAsync(), "it has no aacquire()"),
        (AsyncRatingsClient, OnlySync(), "OnlySync is not a limiter for this client"),
        (AsyncRatingsClient, anyio.Lock, "it has no aacquire()"),
    ],
)
def test_invalid_limiter_is_rejected(kind: Any, limiter: Any, words: str) -> None:
    """When the client is made or copied, and not at the first send."""
    with pytest.raises(ConfigurationError) as caught:
        kind(**TOKENS, transport=ScriptedTransport(GOOD), limiter=limiter)
    with pytest.raises(ConfigurationError):
        kind(**TOKENS, transport=ScriptedTransport(GOOD)).with_options(limiter=limiter)

    assert words in str(caught.value)


def test_limiter_needs_only_the_method_of_its_client() -> None:
    """A sync client never looks for the other one."""
    with RatingsClient(**TOKENS, transport=ScriptedTransport(GOOD), limiter=OnlySync()) as client:  # type: ignore[arg-type]  # half of one
        assert client.get_rating(SONG) == LIKE


def statuses(result: BulkResult) -> list[str]:
    """Name how each item ended."""
    return [outcome.status.value for outcome in result.outcomes]


def states(path: Path) -> list[str]:
    """Read the state of each step from the file of a journal with one run."""
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT state FROM steps ORDER BY position").fetchall()
    database.close()
    return [state for (state,) in rows]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_bulk_write_stops_when_the_limiter_fails(
    runtime: Runtime, service: MockService, tmp_path: Path, concurrency: int
) -> None:
    """What was not sent is so in the result and in the journal, and resume sends it, once."""
    transport = InterceptingTransport(service)
    # One is for the read of the earlier rating.
    doorman = FakeLimiter(lets_in=1 + 5)
    client = a_client(runtime, transport, limiter=doorman, max_concurrency=concurrency)
    path = tmp_path / "journal"
    result = client.set_ratings(songs(12), LIKE, journal=path)
    with Journal(path) as journal:
        run = journal.run()
    written = states(path)
    sends = transport.count("PUT")
    again = client.with_options(limiter=None).resume(path)

    assert isinstance(result.stopped_by, LimiterError)
    assert sorted(statuses(result)) == ["done"] * 5 + ["not-sent"] * 7
    assert (run.state, run.done, run.failed) == (RunState.STOPPED, 5, 0)
    assert sorted(written) == ["done"] * 5 + ["planned"] * 7
    assert len(result.retryable) == 7
    assert sends == 5
    assert statuses(again) == ["done"] * 12
    assert sorted(transport.sent[1:]) == sorted(f"PUT /v1/me/ratings/{item}" for item in songs(12))
    assert ratings_of(service, songs(12)) == [1] * 12


def test_item_that_was_sent_before_the_limiter_failed_is_a_failure(
    runtime: Runtime, service: MockService
) -> None:
    """Its last response was bad, so whether the rating is set is unknown."""
    doorman = FakeLimiter(lets_in=1)
    transport = InterceptingTransport(service, lambda _request: httpx.Response(503))
    result = a_client(runtime, transport, limiter=doorman).set_ratings(songs(1), LIKE)

    assert statuses(result) == ["failed"]
    assert isinstance(result.stopped_by, LimiterError)
    assert isinstance(result.outcomes[0].error, LimiterError)
    assert len(result.retryable) == 1


def test_item_that_is_to_be_tried_again_keeps_its_own_error(
    runtime: Runtime, service: MockService
) -> None:
    """It was sent and rejected earlier in the run; the limiter's rejection is added."""
    doorman = FakeLimiter(lets_in=2)
    transport = InterceptingTransport(service, lambda _request: httpx.Response(503))
    client = a_client(
        runtime, transport, limiter=doorman, retry=RetryPolicy(max_attempts=1), max_concurrency=1
    )
    result = client.set_ratings(songs(2), LIKE)

    assert statuses(result) == ["failed", "failed"]
    assert isinstance(result.stopped_by, LimiterError)
    assert [type(outcome.error) for outcome in result.outcomes] == [ServerError, ServerError]


def test_reading_many_ends_when_the_limiter_fails(runtime: Runtime, service: MockService) -> None:
    """As with every error that would meet all the others."""
    doorman = FakeLimiter(lets_in=2)
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport, limiter=doorman, batch_size=1, max_concurrency=1)
    with pytest.raises(LimiterError):
        client.get_ratings(songs(9))

    assert len(transport.sent) == 2


class RecordingClock(SteadyClock):
    """The machine's clock, which records how long it was to sleep."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float, *, until: Event | None = None) -> bool:
        """Record how long, and sleep."""
        self.slept.append(seconds)
        return super().sleep(seconds, until=until)


class Enough(Exception):  # noqa: N818  # no error: a caller who has seen enough
    """Raised by a callback."""


def test_interrupted_bulk_call_does_not_wait_for_the_limiter(
    runtime: Runtime, service: MockService
) -> None:
    """A caller that waits in the limiter stops at once, returns its slot, and sends nothing."""
    # The second place is an hour away, on the clock of the machine.
    clock = RecordingClock()
    limiter = RateLimiter(1 / 3600, max_wait=1e6, clock=clock)
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport, limiter=limiter, max_concurrency=4)

    def stop(_progress: Progress) -> None:
        raise Enough

    with pytest.raises(Enough):
        client.set_ratings(songs(4), LIKE, on_progress=stop)
    is_set = Event()
    is_set.set()
    with pytest.raises(LimiterError, match="interrupted"):
        limiter.acquire(until=is_set)

    assert transport.count("PUT") == 1
    assert 3000 < clock.slept[-1] <= 3600


def test_leave_that_comes_after_an_interruption_is_void(service: MockService) -> None:
    """A limiter that sleeps on a clock of its own cannot be woken; still nothing is sent."""

    class Slow(FakeLimiter):
        async def aacquire(self) -> None:
            self.acquire()
            if self.asked > 1:
                await interrupted.wait()

    async def go() -> None:
        def stop(_progress: Progress) -> None:
            interrupted.set()
            raise Enough

        client = AsyncRatingsClient(
            developer_token=transport.developer_token,
            music_user_token=USER_TOKEN,
            transport=transport,
            limiter=Slow(),
        )
        with pytest.raises(Enough):
            await client.set_ratings(songs(4), LIKE, on_progress=stop)
        await client.aclose()

    interrupted = anyio.Event()
    transport = InterceptingTransport(service)
    anyio.run(go)

    assert transport.count("PUT") == 1


def test_limiters_of_these_tests_are_like_those_of_people() -> None:
    """The double has one method for each world."""
    methods: list[Callable[..., Any]] = [FakeLimiter().acquire, FakeLimiter().aacquire]

    assert list(map(iscoroutinefunction, methods)) == [False, True]
