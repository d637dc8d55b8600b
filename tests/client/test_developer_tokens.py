from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import jwt
import pytest
from support.builders import (
    DEVELOPER_TOKEN,
    KEY_ID,
    LIKE,
    OPERATIONS,
    SONG,
    TEAM_ID,
    USER_TOKEN,
    FakeClock,
    Operation,
    Runtime,
    ScriptedTransport,
    a_key,
    a_private_key,
    a_response,
    an_error_response,
    ratings,
    rejecting,
)

from apple_music_ratings import (
    AsyncRatingsClient,
    ConfigurationError,
    DeveloperToken,
    ForbiddenError,
    RatingsClient,
    UnauthorizedError,
)

GOOD = a_response(200, ratings((SONG, 1)))
HOUR = 3600.0


def a_source(**options: Any) -> DeveloperToken:
    """Build a source of tokens that can renew them."""
    return DeveloperToken.from_key(a_key(), key_id=KEY_ID, team_id=TEAM_ID, **options)


def claims_of(token: str) -> dict[str, Any]:
    """Check the signature of a token, and read it as of its own time."""
    return jwt.decode(
        token,
        a_private_key().public_key(),
        algorithms=["ES256"],
        options={"verify_exp": False, "verify_iat": False},
    )


def test_both_tokens_are_on_every_request(runtime: Runtime) -> None:
    """The developer token as a bearer, the Music User Token in its header."""
    for operation in OPERATIONS:
        wire = ScriptedTransport(operation.good)
        operation.run(runtime.client(wire))

        (sent,) = wire.sent
        assert sent.headers["Authorization"] == f"Bearer {DEVELOPER_TOKEN}"
        assert sent.headers["Music-User-Token"] == USER_TOKEN


def test_text_and_token_object_are_the_same(sync: Runtime) -> None:
    """A ready-made token may be given bare or wrapped."""
    wire = ScriptedTransport(GOOD)
    sync.client(wire, developer_token=DeveloperToken(DEVELOPER_TOKEN)).get_rating(SONG)

    assert wire.developer_tokens == [DEVELOPER_TOKEN]


def test_token_is_signed_as_apple_documents(sync: Runtime, clock: FakeClock) -> None:
    """ES256 with the key's id; issuer, time of issue and an end twelve hours later."""
    wire = ScriptedTransport(GOOD)
    sync.client(wire, developer_token=a_source(), clock=clock).get_rating(SONG)

    (token,) = wire.developer_tokens
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["kid"]) == ("ES256", KEY_ID)
    assert claims_of(token) == {
        "iss": TEAM_ID,
        "iat": int(clock.now() - 60),
        "exp": int(clock.now() - 60 + 12 * HOUR),
    }


@pytest.mark.parametrize("lifetime", [60.0, HOUR, 180 * 24 * HOUR])
def test_lifetime_is_the_one_asked_for(sync: Runtime, clock: FakeClock, lifetime: float) -> None:
    """Up to 180 days."""
    wire = ScriptedTransport(GOOD)
    sync.client(wire, developer_token=a_source(lifetime=lifetime), clock=clock).get_rating(SONG)

    claims = claims_of(wire.developer_tokens[0])
    assert claims["exp"] - claims["iat"] == lifetime


def test_origins_are_named_in_the_token(sync: Runtime) -> None:
    """A token may be limited to web origins."""
    wire = ScriptedTransport(GOOD)
    source = a_source(origin=["https://example.com"])
    sync.client(wire, developer_token=source).get_rating(SONG)

    assert claims_of(wire.developer_tokens[0])["origin"] == ["https://example.com"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"lifetime": 0.0},
        {"lifetime": -1.0},
        {"lifetime": 15_552_001.0},
        {"lifetime": 15_777_000.0},
        {"lifetime": float("inf")},
        {"lifetime": float("nan")},
        {"key_id": "SHORT"},
        {"key_id": ""},
        {"team_id": "TEAM/TEAM1"},
        {"team_id": ""},
    ],
    ids=str,
)
def test_identity_that_apple_would_reject_is_rejected_at_once(wrong: dict[str, Any]) -> None:
    """Before any request."""
    with pytest.raises(ConfigurationError):
        DeveloperToken.from_key(a_key(), **({"key_id": KEY_ID, "team_id": TEAM_ID} | wrong))


@pytest.mark.parametrize(
    ("age", "count"),
    [(0, 1), (60, 1), (HOUR, 1), (6 * HOUR, 1), (11.9 * HOUR, 2), (12 * HOUR, 2), (48 * HOUR, 2)],
)
def test_token_is_renewed_well_before_its_end_and_not_sooner(
    sync: Runtime, clock: FakeClock, age: float, count: int
) -> None:
    """A young token is used again; one about to end is replaced before it is sent."""
    wire = ScriptedTransport(GOOD)
    client = sync.client(wire, developer_token=a_source(), clock=clock)
    client.get_rating(SONG)
    clock.time += age
    client.get_rating(SONG)

    assert len(wire.developer_tokens) == count


def test_no_token_is_ever_sent_near_its_end(sync: Runtime, clock: FakeClock) -> None:
    """Through two days, every token sent has time left, and few are made."""
    wire = ScriptedTransport(GOOD)
    client = sync.client(wire, developer_token=a_source(), clock=clock)
    left = []
    for _ in range(100):
        client.get_rating(SONG)
        left.append(claims_of(wire.sent[-1].developer_token)["exp"] - clock.now())
        clock.time += 0.5 * HOUR

    assert min(left) >= HOUR
    assert 4 <= len(wire.developer_tokens) <= 7


def test_401_signs_one_new_token_and_sends_once_more(runtime: Runtime, clock: FakeClock) -> None:
    """The caller does not notice, and there is no wait."""
    wire = ScriptedTransport(a_response(401), GOOD)
    found = runtime.client(wire, developer_token=a_source(), clock=clock).get_rating(SONG)

    assert found is LIKE
    assert (len(wire.sent), len(wire.developer_tokens), clock.slept) == (2, 2, [])
    assert wire.sent[0].target == wire.sent[1].target
    assert wire.sent[1].headers["Music-User-Token"] == USER_TOKEN


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_401_renews_the_token_for_every_operation(sync: Runtime, operation: Operation) -> None:
    """The body is sent again too."""
    wire = ScriptedTransport(a_response(401, b"<html>"), operation.good)
    operation.run(sync.client(wire, developer_token=a_source()))

    first, second = wire.sent
    assert (first.method, first.target, first.body) == (second.method, second.target, second.body)


def test_401_twice_is_raised(sync: Runtime, clock: FakeClock) -> None:
    """A new token did not help; there is no third send."""
    wire = ScriptedTransport(a_response(401))
    with pytest.raises(UnauthorizedError) as caught:
        sync.client(wire, developer_token=a_source(), clock=clock).get_rating(SONG)

    assert (len(wire.sent), len(wire.developer_tokens), caught.value.attempts) == (2, 2, 2)
    assert clock.slept == []


def test_second_401_of_a_call_is_raised(sync: Runtime) -> None:
    """A call renews the token once, however many requests it sends."""
    wire = ScriptedTransport(a_response(401), a_response(503), a_response(401), GOOD)
    with pytest.raises(UnauthorizedError) as caught:
        sync.client(wire, developer_token=a_source()).get_rating(SONG)

    assert caught.value.attempts == 3


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"errors":[{"code":"40100"}]}'])
def test_401_of_a_ready_made_token_is_raised_at_once(
    sync: Runtime, clock: FakeClock, body: bytes
) -> None:
    """Nothing could be signed, so there is one send."""
    wire = ScriptedTransport(a_response(401, body), GOOD)
    with pytest.raises(UnauthorizedError) as caught:
        sync.client(wire, clock=clock).get_rating(SONG)

    assert (len(wire.sent), caught.value.attempts, clock.slept) == (1, 1, [])


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_403_is_never_sent_again(sync: Runtime, clock: FakeClock, operation: Operation) -> None:
    """Only the user can fix it; no new developer token is signed either."""
    wire = ScriptedTransport(
        an_error_response(403, "40300", "Forbidden", "Invalid authentication"), operation.good
    )
    with pytest.raises(ForbiddenError) as caught:
        operation.run(sync.client(wire, developer_token=a_source(), clock=clock))

    assert (len(wire.sent), caught.value.attempts, clock.slept) == (1, 1, [])


def test_token_made_after_a_401_serves_later_calls(sync: Runtime) -> None:
    """The old one is not tried again."""
    wire = ScriptedTransport(a_response(401), GOOD)
    client = sync.client(wire, developer_token=a_source())
    client.get_rating(SONG)
    client.get_rating(SONG)

    first, second, third = (sent.developer_token for sent in wire.sent)
    assert first != second == third


def test_clients_may_share_a_source_of_tokens(sync: Runtime) -> None:
    """Two users, one developer: one token."""
    source = a_source()
    wire = ScriptedTransport(GOOD)
    for user in ("one", "two"):
        sync.client(wire, developer_token=source, music_user_token=user).get_rating(SONG)

    assert len(wire.developer_tokens) == 1


def test_many_threads_sign_one_first_token() -> None:
    """However many ask at once, a token is made once."""
    wire = ScriptedTransport(GOOD)
    with (
        RatingsClient(
            developer_token=a_source(),
            music_user_token=USER_TOKEN,
            transport=wire,
            clock=FakeClock(),
        ) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        list(pool.map(client.get_rating, [SONG] * 64))

    assert (len(wire.sent), len(wire.developer_tokens)) == (64, 1)


def test_many_threads_renew_a_due_token_once() -> None:
    """The same when the first one is about to end."""
    clock, wire = FakeClock(), ScriptedTransport(GOOD)
    with (
        RatingsClient(
            developer_token=a_source(), music_user_token=USER_TOKEN, transport=wire, clock=clock
        ) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        client.get_rating(SONG)
        clock.time += 11.9 * HOUR
        list(pool.map(client.get_rating, [SONG] * 64))

    assert len(wire.developer_tokens) == 2


def test_many_401s_for_one_old_token_make_one_new_token() -> None:
    """Sixteen threads are rejected at the same moment; all continue with the same new token."""
    threads, clock, source = 16, FakeClock(), a_source()
    meeting, judge = threading.Barrier(threads, timeout=10), rejecting(source.current(clock.now()))

    def reject_together(request: httpx.Request) -> httpx.Response:
        response = judge(request)
        if response.status_code == 401:
            meeting.wait()
        return response

    wire = ScriptedTransport(reject_together)
    with (
        RatingsClient(
            developer_token=source, music_user_token=USER_TOKEN, transport=wire, clock=clock
        ) as client,
        ThreadPoolExecutor(threads) as pool,
    ):
        found = list(pool.map(client.get_rating, [SONG] * threads))

    assert found == [LIKE] * threads
    assert len(wire.sent) == 2 * threads
    assert len(wire.developer_tokens) == 2


def test_401_that_comes_late_makes_no_second_new_token(sync: Runtime) -> None:
    """Who was rejected with a token that has been replaced meanwhile continues with the new one."""
    clock, source = FakeClock(), a_source()
    old = source.current(clock.now())
    judge = rejecting(old)

    def renew_meanwhile(request: httpx.Request) -> httpx.Response:
        response = judge(request)
        if response.status_code == 401:
            RatingsClient(
                developer_token=source,
                music_user_token="another-user",
                transport=other,
                clock=clock,
            ).get_rating(SONG)
        return response

    other, wire = ScriptedTransport(judge), ScriptedTransport(renew_meanwhile)
    sync.client(wire, developer_token=source, clock=clock).get_rating(SONG)

    assert wire.developer_tokens == other.developer_tokens
    assert len(wire.developer_tokens) == 2


@pytest.mark.anyio
async def test_many_tasks_rejected_with_one_old_token_make_one_new_token() -> None:
    """Tasks that were all in flight when the token died continue with the same new one."""
    tasks, arrived, everybody = 16, [], anyio.Event()

    class Meeting(ScriptedTransport):
        async def handle_async_request(self, request: Any) -> Any:
            arrived.append(request)
            if len(arrived) == tasks:
                everybody.set()
            await everybody.wait()
            return await super().handle_async_request(request)

    wire = Meeting(*[a_response(401)] * tasks, GOOD)
    async with (
        AsyncRatingsClient(
            developer_token=a_source(),
            music_user_token=USER_TOKEN,
            transport=wire,
            clock=FakeClock(),
        ) as client,
        anyio.create_task_group() as group,
    ):
        for _ in range(tasks):
            group.start_soon(client.get_rating, SONG)

    assert len(wire.sent) == 2 * tasks
    assert len(wire.developer_tokens) == 2


@pytest.mark.anyio
async def test_many_tasks_renew_a_due_token_once() -> None:
    """However many tasks ask."""
    clock, wire = FakeClock(), ScriptedTransport(GOOD)
    async with AsyncRatingsClient(
        developer_token=a_source(), music_user_token=USER_TOKEN, transport=wire, clock=clock
    ) as client:
        await client.get_rating(SONG)
        clock.time += 11.9 * HOUR
        async with anyio.create_task_group() as group:
            for _ in range(32):
                group.start_soon(client.get_rating, SONG)

    assert len(wire.developer_tokens) == 2


def ask_during_a_signing(source: DeveloperToken, now: float, line: int) -> list[str] | None:
    """Let a second thread ask for a token when a first one has come to a line of its asking.

    Returns:
        The tokens of both, or `None` when the first has not this many lines.
    """
    asked: list[str] = []
    second = threading.Thread(target=lambda: asked.append(source.current(now)))
    lines = iter(range(line + 1))

    def at_each_line(frame: Any, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.endswith("developer_token/tokens.py"):
            return None
        if event == "line" and next(lines, None) == line:
            second.start()
            # It has its response soon, or waits for the one who signs.
            second.join(0.05)
        return at_each_line

    def ask() -> None:
        before = sys.gettrace()
        sys.settrace(at_each_line)
        try:
            asked.append(source.current(now))
        finally:
            sys.settrace(before)

    first = threading.Thread(target=ask)
    first.start()
    first.join(10)
    if second.ident is None:
        return None
    second.join(10)
    return asked


def test_token_asked_for_at_any_moment_of_a_signing_is_whole() -> None:
    """At each line of one thread's signing another asks: both get the same whole token."""
    reported = []
    for line in range(100):
        asked = ask_during_a_signing(a_source(), 1_800_000_000.0, line)
        if asked is None:
            break
        reported.append(asked)

    assert len(reported) > 5
    for first, second in reported:
        assert first == second
        assert claims_of(first)["iss"] == TEAM_ID


@pytest.mark.parametrize("name", ["developer_token", "music_user_token"])
def test_token_that_no_header_may_contain_is_rejected_and_not_shown(
    sync: Runtime, name: str
) -> None:
    """When the client is made, not with the first request."""
    texts = ["", " ", "two words", "line\nbreak", "tab\tx", "\u00e9", "nul\x00", "Bearer a b"]
    for invalid in (*texts, None, 5):
        with pytest.raises(ConfigurationError) as caught:
            sync.client(ScriptedTransport(GOOD), **{name: invalid})

        assert not isinstance(invalid, str) or len(invalid) < 3 or invalid not in str(caught.value)
