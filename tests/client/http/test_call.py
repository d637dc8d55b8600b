from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.builders import (
    KEY_ID,
    OPERATIONS,
    SONG,
    TEAM_ID,
    Answer,
    FakeClock,
    Operation,
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
    BadRequestError,
    DeveloperToken,
    ForbiddenError,
    RateLimitError,
    RequestTimeoutError,
    RetryEvent,
    RetryPolicy,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnexpectedResponseError,
)

GOOD = a_response(200, ratings((SONG, 1)))
PASSING = {
    **{str(status): a_response(status) for status in (429, 500, 502, 503, 504)},
    "429 text": a_response(429, "API capacity exceeded"),
    "504 page": a_response(504, "<html>Gateway Timeout</html>", content_type="application/json"),
    "connect": a_fault(httpx.ConnectError),
    "read": a_fault(httpx.ReadError),
    "write": a_fault(httpx.WriteError),
    "close": a_fault(httpx.CloseError),
    "connect timeout": a_fault(httpx.ConnectTimeout),
    "read timeout": a_fault(httpx.ReadTimeout),
    "write timeout": a_fault(httpx.WriteTimeout),
    "pool timeout": a_fault(httpx.PoolTimeout),
    "protocol": a_fault(httpx.RemoteProtocolError),
    "cut short": a_truncated_response(200),
    "cut short 503": a_truncated_response(503),
    "not really gzip": a_response(200, b"plain", content_encoding="gzip"),
}
FINAL_STATUSES = [400, 403, 404, 405, 409, 413, 414, 418, 501, 505, 520, 599]
# A batch is halved after these (the second 504); see test_bulk_reads.py.
HALVING = ("413", "414", "504", "504 page")
PASSING_CASES = [
    pytest.param(operation, trouble, id=f"{operation}-{name}")
    for operation in OPERATIONS
    for name, trouble in PASSING.items()
    if operation.name != "get_ratings" or name not in HALVING
]
FINAL_CASES = [
    (operation, status)
    for operation in OPERATIONS
    for status in FINAL_STATUSES
    if operation.name != "get_ratings" or str(status) not in HALVING
]


def minted() -> DeveloperToken:
    """Build a source of tokens that can renew them."""
    return DeveloperToken.from_key(a_key(), key_id=KEY_ID, team_id=TEAM_ID)


@pytest.mark.parametrize(("operation", "trouble"), PASSING_CASES)
def test_passing_trouble_is_sent_again(
    runtime: Runtime, clock: FakeClock, operation: Operation, trouble: Answer
) -> None:
    """All four operations outlive a throttle, a passing 5xx, a broken connection, a cut body."""
    wire = ScriptedTransport(trouble, trouble, operation.good)
    operation.run(runtime.client(wire, clock=clock))

    assert len(wire.sent) == 3
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_send_of_a_call_is_the_same_request(runtime: Runtime, operation: Operation) -> None:
    """Method, address, body and tokens are those of the first send."""
    wire = ScriptedTransport(
        a_response(503), a_fault(httpx.ReadError), a_truncated_response(), operation.good
    )
    operation.run(runtime.client(wire))

    first, *others = wire.sent
    assert len(others) == 3
    for sent in others:
        assert (sent.method, sent.target, sent.body) == (first.method, first.target, first.body)
        assert sent.headers == first.headers


@pytest.mark.parametrize(("operation", "trouble"), PASSING_CASES)
def test_lasting_trouble_ends_after_five_sends(
    runtime: Runtime, clock: FakeClock, operation: Operation, trouble: Answer
) -> None:
    """The waits are 0.5, 1, 2 and 4 seconds; the last answer is what is raised, with attempts."""
    wire = ScriptedTransport(trouble)
    with pytest.raises((ApiError, TransportError)) as caught:
        operation.run(runtime.client(wire, clock=clock))

    assert clock.slept == [0.5, 1.0, 2.0, 4.0]
    assert (len(wire.sent), caught.value.attempts) == (5, 5)
    assert (caught.value.method, caught.value.path) == (
        wire.sent[0].method,
        wire.targets[0].split("?")[0],
    )


@pytest.mark.parametrize(("operation", "status"), FINAL_CASES, ids=str)
def test_other_status_is_sent_once(runtime: Runtime, operation: Operation, status: int) -> None:
    """400, 403, 404, 520 and the rest are final, and nobody sleeps."""
    clock = FakeClock()
    wire = ScriptedTransport(an_error_response(status, "40401"), GOOD)
    with pytest.raises(ApiError) as caught:
        operation.run(runtime.client(wire, clock=clock, developer_token=minted()))

    assert (caught.value.status_code, caught.value.attempts) == (status, 1)
    assert (len(wire.sent), clock.slept) == (1, [])


def test_jitter_of_the_clock_shortens_the_waits(runtime: Runtime) -> None:
    """By at most a quarter each."""
    clock = FakeClock(chance=0.8)
    with pytest.raises(ServerError):
        runtime.client(ScriptedTransport(a_response(503)), clock=clock).get_rating(SONG)

    assert clock.slept == pytest.approx([0.4, 0.8, 1.6, 3.2])


@pytest.mark.parametrize("max_attempts", [1, 2, 7])
def test_policy_of_the_client_is_obeyed(runtime: Runtime, max_attempts: int) -> None:
    """As many sends as were allowed."""
    wire = ScriptedTransport(a_response(503))
    with pytest.raises(ServerError) as caught:
        runtime.client(wire, retry=RetryPolicy(max_attempts=max_attempts)).get_rating(SONG)

    assert (len(wire.sent), caught.value.attempts) == (max_attempts, max_attempts)


def test_sum_of_the_waits_is_bounded(runtime: Runtime, clock: FakeClock) -> None:
    """No wait is begun that would exceed `max_total_wait`."""
    wire = ScriptedTransport(a_response(503))
    with pytest.raises(ServerError) as caught:
        runtime.client(wire, clock=clock, retry=RetryPolicy(max_total_wait=2.0)).get_rating(SONG)

    assert clock.slept == [0.5, 1.0]
    assert caught.value.attempts == 3


def test_last_answer_is_the_one_raised(runtime: Runtime) -> None:
    """Earlier troubles are gone, and the class is that of the end."""
    wire = ScriptedTransport(
        a_response(503), a_fault(httpx.ReadTimeout), an_error_response(403, "40300")
    )
    with pytest.raises(ForbiddenError) as caught:
        runtime.client(wire).get_rating(SONG)

    assert caught.value.attempts == 3


@pytest.mark.parametrize(
    ("header", "slept"),
    [
        ("7", [7.0]),
        ("0", [0.0]),
        ("1.5", [1.5]),
        ("30", [30.0]),
        ("Fri, 15 Jan 2027 08:00:20 GMT", [20.0]),
        ("Fri, 15 Jan 2027 07:00:00 GMT", [0.0]),
        ("soon", [0.5]),
        ("-3", [0.5]),
        ("", [0.5]),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_wait_that_the_service_asks_for_is_honoured(
    runtime: Runtime, clock: FakeClock, status: int, header: str, slept: list[float]
) -> None:
    """In both spellings, without jitter; nonsense leaves our own delay."""
    wire = ScriptedTransport(a_response(status, b"", Retry_After=header), GOOD)
    runtime.client(wire, clock=clock).get_rating(SONG)

    assert clock.slept == slept


@pytest.mark.parametrize(
    ("header", "retry_after"), [("31", 31.0), ("86400", 86400.0), ("9" * 400, float("inf"))]
)
def test_wait_over_the_cap_is_given_to_the_caller_at_once(
    runtime: Runtime, clock: FakeClock, header: str, retry_after: float
) -> None:
    """No sleep, no clipping: the caller plans, with the body at hand."""
    wire = ScriptedTransport(a_response(429, b"API capacity exceeded", Retry_After=header), GOOD)
    with pytest.raises(RateLimitError) as caught:
        runtime.client(wire, clock=clock).get_rating(SONG)

    error = caught.value
    assert (error.retry_after, error.body) == (retry_after, b"API capacity exceeded")
    assert (error.attempts, len(wire.sent), clock.slept) == (1, 1, [])


def test_wait_over_the_total_is_given_to_the_caller_at_once(
    runtime: Runtime, clock: FakeClock
) -> None:
    """Each wait is within its cap, their sum is not."""
    wire = ScriptedTransport(a_response(429, b"", Retry_After="25"))
    with pytest.raises(RateLimitError) as caught:
        runtime.client(wire, clock=clock).get_rating(SONG)

    assert clock.slept == [25.0, 25.0]
    assert (caught.value.retry_after, caught.value.attempts) == (25.0, 3)


def test_throttle_without_a_wished_wait_has_none(runtime: Runtime) -> None:
    """`retry_after` is None when nothing was asked."""
    with pytest.raises(RateLimitError) as caught:
        runtime.client(ScriptedTransport(a_response(429, "API capacity exceeded"))).get_rating(SONG)

    assert caught.value.retry_after is None
    assert caught.value.body == b"API capacity exceeded"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (httpx.ConnectTimeout, RequestTimeoutError),
        (httpx.ReadTimeout, RequestTimeoutError),
        (httpx.PoolTimeout, RequestTimeoutError),
        (httpx.ConnectError, TransportError),
        (httpx.RemoteProtocolError, TransportError),
        (httpx.ProxyError, TransportError),
    ],
)
def test_fault_is_wrapped_with_its_cause(
    runtime: Runtime, kind: type[httpx.RequestError], expected: type[TransportError]
) -> None:
    """Ours is raised from httpx's, with call and attempts; a timeout has its own class."""
    with pytest.raises(TransportError) as caught:
        runtime.client(ScriptedTransport(a_fault(kind))).get_rating(SONG)

    error = caught.value
    assert type(error) is expected
    assert type(error.__cause__) is kind
    assert (error.method, error.path) == ("GET", "/v1/me/ratings/songs/907242702")
    assert kind.__name__ in str(error)
    assert "GET songs/907242702" in str(error)
    assert "5 attempts" in str(error)


def test_cut_body_that_lasts_is_a_transport_error(runtime: Runtime) -> None:
    """No whole answer is no answer."""
    with pytest.raises(TransportError) as caught:
        runtime.client(ScriptedTransport(a_truncated_response())).like(SONG)

    assert type(caught.value.__cause__) is httpx.RemoteProtocolError


@pytest.mark.parametrize("kind", [httpx.UnsupportedProtocol, httpx.LocalProtocolError])
def test_hopeless_fault_is_not_sent_again(
    runtime: Runtime, clock: FakeClock, kind: type[httpx.RequestError]
) -> None:
    """A request that cannot be written will not be written later either."""
    wire = ScriptedTransport(a_fault(kind))
    with pytest.raises(TransportError) as caught:
        runtime.client(wire, clock=clock).get_rating(SONG)

    assert (caught.value.attempts, clock.slept) == (1, [])


def test_message_of_a_fault_holds_no_control_character(runtime: Runtime) -> None:
    """What a proxy or server made httpx say does not steer a terminal."""
    wire = ScriptedTransport(a_fault(httpx.RemoteProtocolError, "bad line\r\n\x1b[31mred"))
    with pytest.raises(TransportError) as caught:
        runtime.client(wire).get_rating(SONG)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("trouble", "status", "reason"),
    [
        (a_response(429), 429, "429"),
        (a_fault(httpx.ReadTimeout), None, "ReadTimeout"),
        (a_truncated_response(), None, "RemoteProtocolError"),
    ],
)
def test_callback_is_told_of_each_wait(
    runtime: Runtime, trouble: Answer, status: int | None, reason: str
) -> None:
    """Before it begins: which call, how many sends so far, how long, and why."""
    clock = FakeClock()
    told: list[tuple[RetryEvent, list[float]]] = []
    client = runtime.client(
        ScriptedTransport(trouble, trouble, GOOD),
        clock=clock,
        on_retry=lambda wait: told.append((wait, list(clock.slept))),
    )
    client.get_rating(SONG)

    (first, slept_before_first), (second, slept_before_second) = told
    assert (slept_before_first, slept_before_second) == ([], [0.5])
    assert (first.delay, first.attempts, second.delay, second.attempts) == (0.5, 1, 1.0, 2)
    assert (first.method, first.path) == ("GET", "/v1/me/ratings/songs/907242702")
    assert first.status_code == status
    assert reason in first.reason


def test_callback_is_not_told_when_nobody_waits(runtime: Runtime) -> None:
    """A good answer and a final one are no waits."""
    told: list[RetryEvent] = []
    runtime.client(ScriptedTransport(GOOD), on_retry=told.append).get_rating(SONG)
    with pytest.raises(ServerError):
        runtime.client(
            ScriptedTransport(a_response(503)),
            on_retry=told.append,
            retry=RetryPolicy(max_attempts=1),
        ).get_rating(SONG)

    assert told == []


@pytest.mark.parametrize("kind", [ValueError, KeyError, TypeError, RuntimeError])
def test_error_of_the_callback_is_the_callers(runtime: Runtime, kind: type[Exception]) -> None:
    """It is not mistaken for an answer that cannot be read."""

    def fail(_wait: RetryEvent) -> None:
        raise kind("of the caller")

    with pytest.raises(kind, match="of the caller"):
        runtime.client(ScriptedTransport(a_response(503)), on_retry=fail).get_rating(SONG)


def test_each_wait_is_one_line_at_debug(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    """Under the logger of the package: call, reason and delay; and no line without a wait."""
    caplog.set_level(logging.DEBUG)
    runtime.client(ScriptedTransport(a_response(503), a_fault(httpx.ReadError), GOOD)).get_rating(
        SONG
    )

    own = [record for record in caplog.records if record.name == "apple_music_ratings"]
    first, second = (record.getMessage() for record in own)
    assert {record.levelno for record in own} == {logging.DEBUG}
    assert all("GET songs/907242702" in line for line in (first, second))
    assert "503" in first
    assert "0.50" in first
    assert "ReadError" in second
    assert "1.00" in second


def test_logger_of_the_package_has_no_handlers() -> None:
    """Where lines go is the application's business."""
    assert logging.getLogger("apple_music_ratings").handlers == []


def test_send_after_a_mended_401_counts(runtime: Runtime) -> None:
    """`max_attempts` counts every send of the call."""
    wire = ScriptedTransport(a_response(401), a_response(503))
    with pytest.raises(ServerError) as caught:
        runtime.client(
            wire, developer_token=minted(), retry=RetryPolicy(max_attempts=3)
        ).get_rating(SONG)

    assert (len(wire.sent), caught.value.attempts) == (3, 3)


def test_401_is_not_mended_without_a_send_left(runtime: Runtime) -> None:
    """With one attempt, one send; the 401 is raised."""
    wire = ScriptedTransport(a_response(401), GOOD)
    with pytest.raises(UnauthorizedError) as caught:
        runtime.client(
            wire, developer_token=minted(), retry=RetryPolicy(max_attempts=1)
        ).get_rating(SONG)

    assert (len(wire.sent), caught.value.attempts) == (1, 1)


def test_401_of_the_last_send_is_raised(runtime: Runtime) -> None:
    """Trouble used up the sends before the 401 came."""
    wire = ScriptedTransport(a_response(503), a_response(401), GOOD)
    with pytest.raises(UnauthorizedError) as caught:
        runtime.client(
            wire, developer_token=minted(), retry=RetryPolicy(max_attempts=2)
        ).get_rating(SONG)

    assert (len(wire.sent), caught.value.attempts) == (2, 2)


TROUBLES: dict[str, Answer] = {
    "200": GOOD,
    "400": an_error_response(400, "40005"),
    "401": a_response(401),
    "401 cut": a_truncated_response(401),
    "403": an_error_response(403, "40300"),
    "404": an_error_response(404, "40401"),
    "429": a_response(429, b"", Retry_After="1"),
    "503": a_response(503),
    "503 cut": a_truncated_response(503),
    "200 cut": a_truncated_response(200),
    "200 page": a_response(200, "<html>"),
    "302": a_response(302, b"", Location="/x"),
    "connect": a_fault(httpx.ConnectError),
    "timeout": a_fault(httpx.ReadTimeout),
}


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    script=st.lists(st.sampled_from(sorted(TROUBLES)), min_size=1, max_size=7),
    max_attempts=st.integers(1, 6),
    can_renew=st.booleans(),
)
@example(script=["401", "503", "401"], max_attempts=6, can_renew=True)
@example(script=["401 cut", "400"], max_attempts=5, can_renew=True)
@example(script=["401 cut", "200"], max_attempts=2, can_renew=True)
def test_attempts_are_the_sends_on_the_wire(
    script: list[str], max_attempts: int, *, can_renew: bool
) -> None:
    """Whatever happens in whatever order, no call sends too often and every error counts right."""
    wire = ScriptedTransport(*(TROUBLES[name] for name in script))
    options: dict[str, Any] = {"developer_token": minted()} if can_renew else {}
    client = Runtime("sync", None).client(
        wire, retry=RetryPolicy(max_attempts=max_attempts), **options
    )
    try:
        client.get_rating(SONG)
    except (ApiError, TransportError, UnexpectedResponseError) as error:
        told = error.attempts
    else:
        told = len(wire.sent)

    assert told == len(wire.sent)
    assert 1 <= told <= max_attempts


def test_bad_request_is_an_answer_like_any_other(runtime: Runtime) -> None:
    """The service's list of errors is on the error, as values."""
    wire = ScriptedTransport(
        an_error_response(400, "40005", "Invalid Parameter Value", "Invalid language tag 'xx'")
    )
    with pytest.raises(BadRequestError, match="Invalid language tag") as caught:
        runtime.client(wire).get_rating(SONG)

    assert [(detail.code, detail.title) for detail in caught.value.errors] == [
        ("40005", "Invalid Parameter Value")
    ]
