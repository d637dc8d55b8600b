"""The loop that sends: that it asks each decision, and does what it says."""

from __future__ import annotations

import logging
import socket
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.builders import (
    DEVELOPER_TOKEN,
    KEY_ID,
    OPERATIONS,
    SONG,
    TEAM_ID,
    USER_TOKEN,
    FakeClock,
    Responder,
    Runtime,
    ScriptedTransport,
    a_fault,
    a_key,
    a_response,
    a_truncated_response,
    an_error_response,
    ratings,
)

from apple_music_ratings import (
    ApiError,
    ConfigurationError,
    DeveloperToken,
    ForbiddenError,
    RateLimitError,
    RatingsClient,
    RequestTimeoutError,
    RetryEvent,
    RetryPolicy,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
)

GOOD = a_response(200, ratings((SONG, 1)))
SYNC = Runtime("sync", None)


def a_source() -> DeveloperToken:
    """Build a source of tokens that can renew them."""
    return DeveloperToken.from_key(a_key(), key_id=KEY_ID, team_id=TEAM_ID)


def test_every_operation_is_retried_with_the_same_request(runtime: Runtime) -> None:
    """After a transient status, a lost connection and a truncated body; the waits double."""
    for operation in OPERATIONS:
        clock, wire = (
            FakeClock(),
            ScriptedTransport(
                a_response(503), a_fault(httpx.ReadError), a_truncated_response(), operation.good
            ),
        )
        operation.run(runtime.client(wire, clock=clock))

        first, *others = wire.sent
        assert clock.slept == [0.5, 1.0, 2.0]
        assert [(sent.method, sent.target, sent.headers, sent.body) for sent in others] == [
            (first.method, first.target, first.headers, first.body)
        ] * 3


def test_policy_decides_for_every_status() -> None:
    """Those that `retries` calls transient are sent again, and no others (100 to 999)."""
    retried = []
    for status in range(100, 1000):
        wire = ScriptedTransport(a_response(status), GOOD)
        client = SYNC.client(wire, retry=RetryPolicy(max_attempts=2))
        try:
            client.set_rating(SONG, 1)
        except (ApiError, UnexpectedResponseError):
            assert len(wire.sent) == 1
        if len(wire.sent) == 2:
            retried.append(status)

    assert retried == [429, 500, 502, 503, 504]


ERRORS: dict[type[httpx.RequestError], tuple[type[TransportError], int]] = {
    httpx.ConnectError: (TransportError, 5),
    httpx.ReadError: (TransportError, 5),
    httpx.WriteError: (TransportError, 5),
    httpx.CloseError: (TransportError, 5),
    httpx.ProxyError: (TransportError, 5),
    httpx.RemoteProtocolError: (TransportError, 5),
    httpx.DecodingError: (TransportError, 5),
    httpx.ConnectTimeout: (RequestTimeoutError, 5),
    httpx.ReadTimeout: (RequestTimeoutError, 5),
    httpx.WriteTimeout: (RequestTimeoutError, 5),
    httpx.PoolTimeout: (RequestTimeoutError, 5),
    httpx.UnsupportedProtocol: (TransportError, 1),
    httpx.LocalProtocolError: (TransportError, 1),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_error_of_a_transport_is_wrapped(kind: type[httpx.RequestError]) -> None:
    """With its cause, the call and the attempts; what cannot be sent is tried once."""
    clock = FakeClock()
    expected, attempts = ERRORS[kind]
    wire = ScriptedTransport(a_fault(kind, "bad line\r\n\x1b[31mred"))
    with pytest.raises(TransportError) as caught:
        SYNC.client(wire, clock=clock).get_rating(SONG)

    error = caught.value
    assert (type(error), type(error.__cause__)) == (expected, kind)
    assert (error.method, error.path) == ("GET", "/v1/me/ratings/songs/907242702")
    assert (len(wire.sent), error.attempts, len(clock.slept)) == (attempts, attempts, attempts - 1)
    assert f"GET songs/907242702: {kind.__name__} after {attempts} attempt" in str(error)
    assert str(error).isprintable()


def test_truncated_body_that_stays_so_is_a_transport_error() -> None:
    """An incomplete response counts as none."""
    with pytest.raises(TransportError) as caught:
        SYNC.client(ScriptedTransport(a_truncated_response())).like(SONG)

    assert type(caught.value.__cause__) is httpx.RemoteProtocolError


def test_clock_gives_the_jitter_and_the_time() -> None:
    """Jitter shortens the waits; a date in Retry-After counts from the clock's time."""
    clock = FakeClock(chance=0.8)
    wire = ScriptedTransport(
        a_response(503),
        a_response(429, b"", Retry_After="Fri, 15 Jan 2027 08:00:20 GMT"),
        a_response(429, b"", Retry_After="7"),
        GOOD,
    )
    SYNC.client(wire, clock=clock).get_rating(SONG)

    assert clock.slept == pytest.approx([0.4, 19.6, 7.0])


def test_policy_of_the_client_applies() -> None:
    """Attempts and waiting; the last response is what is raised."""
    clock = FakeClock()
    wire = ScriptedTransport(
        a_response(503), a_fault(httpx.ReadTimeout), an_error_response(403, "40300")
    )
    with pytest.raises(ForbiddenError) as caught:
        SYNC.client(wire, clock=clock).get_rating(SONG)
    limited = SYNC.client(
        ScriptedTransport(a_response(503)), clock=clock, retry=RetryPolicy(max_total_wait=2.0)
    )
    with pytest.raises(ServerError) as also_caught:
        limited.get_rating(SONG)

    assert (caught.value.attempts, also_caught.value.attempts) == (3, 3)
    assert clock.slept == [0.5, 1.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("header", "retry_after"), [("31", 31.0), ("9" * 400, float("inf")), (None, None)]
)
def test_longer_wait_than_allowed_is_raised_at_once(
    header: str | None, retry_after: float | None
) -> None:
    """Not slept and not clipped: the caller can plan."""
    clock = FakeClock()
    headers = {"Retry_After": header} if header else {}
    wire = ScriptedTransport(a_response(429, b"API capacity exceeded", **headers))
    client = SYNC.client(wire, clock=clock, retry=RetryPolicy(max_attempts=5 if header else 1))
    with pytest.raises(RateLimitError) as caught:
        client.get_rating(SONG)

    assert (caught.value.retry_after, caught.value.body) == (retry_after, b"API capacity exceeded")
    assert (caught.value.attempts, len(wire.sent), clock.slept) == (1, 1, [])


@pytest.mark.parametrize(
    ("failure", "status", "reason"),
    [
        (a_response(429), 429, "status 429"),
        (a_fault(httpx.ReadTimeout), None, "ReadTimeout"),
        (a_truncated_response(), None, "RemoteProtocolError"),
    ],
)
def test_callback_and_log_report_each_wait(
    runtime: Runtime,
    caplog: pytest.LogCaptureFixture,
    failure: Responder,
    status: int | None,
    reason: str,
) -> None:
    """Before it begins: the call, the attempts so far, how long, and why; and nothing else."""
    caplog.set_level(logging.DEBUG)
    clock, events = FakeClock(), []
    client = runtime.client(
        ScriptedTransport(failure, failure, GOOD, a_response(404)),
        clock=clock,
        on_retry=lambda event: events.append((event, list(clock.slept))),
    )
    client.get_rating(SONG)
    client.get_rating(SONG)

    path = "/v1/me/ratings/songs/907242702"
    assert events == [
        (
            RetryEvent(
                method="GET",
                path=path,
                attempts=attempts,
                delay=delay,
                status_code=status,
                reason=reason,
            ),
            slept,
        )
        for attempts, delay, slept in ((1, 0.5, []), (2, 1.0, [0.5]))
    ]
    own = [record for record in caplog.records if record.name == "apple_music_ratings"]
    assert [(record.levelno, record.getMessage()) for record in own] == [
        (10, f"GET songs/907242702: {reason}; waiting 0.50 s before attempt 2 of 5"),
        (10, f"GET songs/907242702: {reason}; waiting 1.00 s before attempt 3 of 5"),
    ]


@pytest.mark.parametrize("kind", [ValueError, KeyError, TypeError, RuntimeError])
def test_error_of_the_callback_is_the_callers(kind: type[Exception]) -> None:
    """It is not mistaken for a response that cannot be read."""

    def fail(_event: RetryEvent) -> None:
        raise kind("of the caller")

    with pytest.raises(kind, match="of the caller"):
        SYNC.client(ScriptedTransport(a_response(503)), on_retry=fail).get_rating(SONG)


def test_logger_of_the_package_has_no_handlers() -> None:
    """Where lines go is the application's business."""
    assert logging.getLogger("apple_music_ratings").handlers == []


@pytest.mark.parametrize(
    ("script", "max_attempts", "sent", "error"),
    [
        ([a_response(401), GOOD], 5, 2, None),
        ([a_response(401), a_response(503)], 3, 3, ServerError),
        ([a_response(401), GOOD], 1, 1, UnauthorizedError),
        ([a_response(503), a_response(401), GOOD], 2, 2, UnauthorizedError),
        ([a_response(401), a_response(401), GOOD], 5, 2, UnauthorizedError),
    ],
)
def test_401_renews_the_developer_token_once(
    script: list[Responder], max_attempts: int, sent: int, error: type[ApiError] | None
) -> None:
    """Without a wait; the attempt with the new token counts, and none is sent beyond the last."""
    wire = ScriptedTransport(*script)
    client = SYNC.client(
        wire, developer_token=a_source(), retry=RetryPolicy(max_attempts=max_attempts)
    )
    if error is None:
        client.get_rating(SONG)
    else:
        with pytest.raises(error) as caught:
            client.get_rating(SONG)
        assert caught.value.attempts == sent

    assert len(wire.sent) == sent


def test_closed_port_on_this_machine_is_retried_once() -> None:
    """Nothing serves there, and the default of five attempts would take seconds to say so."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clock = FakeClock()
    client = RatingsClient(
        developer_token=DEVELOPER_TOKEN,
        music_user_token=USER_TOKEN,
        base_url=f"http://127.0.0.1:{port}",
        clock=clock,
    )
    with client, pytest.raises(TransportError) as caught:
        client.get_rating(SONG)

    assert caught.value.attempts == 2
    assert sum(clock.slept) <= 0.5


def test_base_url_without_a_scheme_is_corrected() -> None:
    """Http for this machine, https for others."""
    found = {}
    for url in ("127.0.0.1:9999", "api.example.com"):
        with pytest.raises(ConfigurationError) as caught:
            RatingsClient(
                developer_token=DEVELOPER_TOKEN, music_user_token=USER_TOKEN, base_url=url
            )
        found[url] = str(caught.value).partition("; ")[2]

    assert found == {
        "127.0.0.1:9999": "write http://127.0.0.1:9999.",
        "api.example.com": "write https://api.example.com.",
    }


SCRIPT: dict[str, Responder] = {
    "200": GOOD,
    "400": an_error_response(400, "40005"),
    "401": a_response(401),
    "401 truncated": a_truncated_response(401),
    "404": an_error_response(404, "40401"),
    "429": a_response(429, b"", Retry_After="1"),
    "503": a_response(503),
    "200 truncated": a_truncated_response(200),
    "200 page": a_response(200, "<html>"),
    "302": a_response(302, b"", Location="/x"),
    "connect": a_fault(httpx.ConnectError),
    "timeout": a_fault(httpx.ReadTimeout),
}


@settings(max_examples=200)
@given(
    script=st.lists(st.sampled_from(sorted(SCRIPT)), min_size=1, max_size=7),
    max_attempts=st.integers(1, 6),
    can_renew=st.booleans(),
)
@example(script=["401", "503", "401"], max_attempts=6, can_renew=True)
@example(script=["401 truncated", "200"], max_attempts=2, can_renew=True)
def test_attempts_are_the_requests_sent(
    script: list[str], max_attempts: int, *, can_renew: bool
) -> None:
    """In whatever order, no call sends too often, and every error counts correctly."""
    wire = ScriptedTransport(*(SCRIPT[name] for name in script))
    options: dict[str, Any] = {"developer_token": a_source()} if can_renew else {}
    client = SYNC.client(wire, retry=RetryPolicy(max_attempts=max_attempts), **options)
    try:
        client.get_rating(SONG)
    except (ApiError, TransportError, UnexpectedResponseError) as error:
        attempts = error.attempts
    else:
        attempts = len(wire.sent)

    assert attempts == len(wire.sent)
    assert 1 <= attempts <= max_attempts
