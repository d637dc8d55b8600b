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
    Wire,
    World,
    a_cut_answer,
    a_fault,
    a_key,
    an_answer,
    an_error,
    ratings,
)

from apple_music_ratings import (
    ApiError,
    BadRequestError,
    DeveloperToken,
    ForbiddenError,
    RateLimitError,
    RatingsError,
    RequestTimeoutError,
    RetryPolicy,
    RetryWait,
    ServerError,
    TransportError,
    UnauthorizedError,
)

GOOD = an_answer(200, ratings((SONG, 1)))
PASSING = {
    **{str(status): an_answer(status) for status in (429, 500, 502, 503, 504)},
    "429 text": an_answer(429, "API capacity exceeded"),
    "504 page": an_answer(504, "<html>Gateway Timeout</html>", content_type="application/json"),
    "connect": a_fault(httpx.ConnectError),
    "read": a_fault(httpx.ReadError),
    "write": a_fault(httpx.WriteError),
    "close": a_fault(httpx.CloseError),
    "connect timeout": a_fault(httpx.ConnectTimeout),
    "read timeout": a_fault(httpx.ReadTimeout),
    "write timeout": a_fault(httpx.WriteTimeout),
    "pool timeout": a_fault(httpx.PoolTimeout),
    "protocol": a_fault(httpx.RemoteProtocolError),
    "cut short": a_cut_answer(200),
    "cut short 503": a_cut_answer(503),
    "not really gzip": an_answer(200, b"plain", content_encoding="gzip"),
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
    world: World, clock: FakeClock, operation: Operation, trouble: Answer
) -> None:
    """All four operations outlive a throttle, a passing 5xx, a broken connection, a cut body."""
    wire = Wire(trouble, trouble, operation.good)
    operation.run(world.client(wire, clock=clock))

    assert len(wire.sent) == 3
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_send_of_a_call_is_the_same_request(world: World, operation: Operation) -> None:
    """Method, address, body and tokens are those of the first send."""
    wire = Wire(an_answer(503), a_fault(httpx.ReadError), a_cut_answer(), operation.good)
    operation.run(world.client(wire))

    first, *others = wire.sent
    assert len(others) == 3
    for sent in others:
        assert (sent.method, sent.target, sent.body) == (first.method, first.target, first.body)
        assert sent.headers == first.headers


@pytest.mark.parametrize(("operation", "trouble"), PASSING_CASES)
def test_lasting_trouble_ends_after_five_sends(
    world: World, clock: FakeClock, operation: Operation, trouble: Answer
) -> None:
    """The waits are 0.5, 1, 2 and 4 seconds; the last answer is what is raised, with attempts."""
    wire = Wire(trouble)
    with pytest.raises((ApiError, TransportError)) as caught:
        operation.run(world.client(wire, clock=clock))

    assert clock.slept == [0.5, 1.0, 2.0, 4.0]
    assert (len(wire.sent), caught.value.attempts) == (5, 5)
    assert (caught.value.method, caught.value.path) == (
        wire.sent[0].method,
        wire.targets[0].split("?")[0],
    )


@pytest.mark.parametrize(("operation", "status"), FINAL_CASES, ids=str)
def test_other_status_is_sent_once(world: World, operation: Operation, status: int) -> None:
    """400, 403, 404, 520 and the rest are final, and nobody sleeps."""
    clock = FakeClock()
    wire = Wire(an_error(status, "40401"), GOOD)
    with pytest.raises(ApiError) as caught:
        operation.run(world.client(wire, clock=clock, developer_token=minted()))

    assert (caught.value.status_code, caught.value.attempts) == (status, 1)
    assert (len(wire.sent), clock.slept) == (1, [])


def test_jitter_of_the_clock_shortens_the_waits(world: World) -> None:
    """By at most a quarter each."""
    clock = FakeClock(chance=0.8)
    with pytest.raises(ServerError):
        world.client(Wire(an_answer(503)), clock=clock).get_rating(SONG)

    assert clock.slept == pytest.approx([0.4, 0.8, 1.6, 3.2])


@pytest.mark.parametrize("max_attempts", [1, 2, 7])
def test_policy_of_the_client_is_obeyed(world: World, max_attempts: int) -> None:
    """As many sends as were allowed."""
    wire = Wire(an_answer(503))
    with pytest.raises(ServerError) as caught:
        world.client(wire, retry=RetryPolicy(max_attempts=max_attempts)).get_rating(SONG)

    assert (len(wire.sent), caught.value.attempts) == (max_attempts, max_attempts)


def test_sum_of_the_waits_is_bounded(world: World, clock: FakeClock) -> None:
    """No wait is begun that would exceed `max_total_wait`."""
    wire = Wire(an_answer(503))
    with pytest.raises(ServerError) as caught:
        world.client(wire, clock=clock, retry=RetryPolicy(max_total_wait=2.0)).get_rating(SONG)

    assert clock.slept == [0.5, 1.0]
    assert caught.value.attempts == 3


def test_last_answer_is_the_one_raised(world: World) -> None:
    """Earlier troubles are gone, and the class is that of the end."""
    wire = Wire(an_answer(503), a_fault(httpx.ReadTimeout), an_error(403, "40300"))
    with pytest.raises(ForbiddenError) as caught:
        world.client(wire).get_rating(SONG)

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
    world: World, clock: FakeClock, status: int, header: str, slept: list[float]
) -> None:
    """In both spellings, without jitter; nonsense leaves our own delay."""
    wire = Wire(an_answer(status, b"", Retry_After=header), GOOD)
    world.client(wire, clock=clock).get_rating(SONG)

    assert clock.slept == slept


@pytest.mark.parametrize(
    ("header", "retry_after"), [("31", 31.0), ("86400", 86400.0), ("9" * 400, float("inf"))]
)
def test_wait_over_the_cap_is_given_to_the_caller_at_once(
    world: World, clock: FakeClock, header: str, retry_after: float
) -> None:
    """No sleep, no clipping: the caller plans, with the body at hand."""
    wire = Wire(an_answer(429, b"API capacity exceeded", Retry_After=header), GOOD)
    with pytest.raises(RateLimitError) as caught:
        world.client(wire, clock=clock).get_rating(SONG)

    error = caught.value
    assert (error.retry_after, error.body) == (retry_after, b"API capacity exceeded")
    assert (error.attempts, len(wire.sent), clock.slept) == (1, 1, [])


def test_wait_over_the_total_is_given_to_the_caller_at_once(world: World, clock: FakeClock) -> None:
    """Each wait is within its cap, their sum is not."""
    wire = Wire(an_answer(429, b"", Retry_After="25"))
    with pytest.raises(RateLimitError) as caught:
        world.client(wire, clock=clock).get_rating(SONG)

    assert clock.slept == [25.0, 25.0]
    assert (caught.value.retry_after, caught.value.attempts) == (25.0, 3)


def test_throttle_without_a_wished_wait_has_none(world: World) -> None:
    """`retry_after` is None when nothing was asked."""
    with pytest.raises(RateLimitError) as caught:
        world.client(Wire(an_answer(429, "API capacity exceeded"))).get_rating(SONG)

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
    world: World, kind: type[httpx.RequestError], expected: type[TransportError]
) -> None:
    """Ours is raised from httpx's, with call and attempts; a timeout has its own class."""
    with pytest.raises(TransportError) as caught:
        world.client(Wire(a_fault(kind))).get_rating(SONG)

    error = caught.value
    assert type(error) is expected
    assert type(error.__cause__) is kind
    assert (error.method, error.path) == ("GET", "/v1/me/ratings/songs/907242702")
    assert kind.__name__ in str(error)
    assert "GET songs/907242702" in str(error)
    assert "5 attempts" in str(error)


def test_cut_body_that_lasts_is_a_transport_error(world: World) -> None:
    """No whole answer is no answer."""
    with pytest.raises(TransportError) as caught:
        world.client(Wire(a_cut_answer())).like(SONG)

    assert type(caught.value.__cause__) is httpx.RemoteProtocolError


@pytest.mark.parametrize("kind", [httpx.UnsupportedProtocol, httpx.LocalProtocolError])
def test_hopeless_fault_is_not_sent_again(
    world: World, clock: FakeClock, kind: type[httpx.RequestError]
) -> None:
    """A request that cannot be written will not be written later either."""
    wire = Wire(a_fault(kind))
    with pytest.raises(TransportError) as caught:
        world.client(wire, clock=clock).get_rating(SONG)

    assert (caught.value.attempts, clock.slept) == (1, [])


def test_message_of_a_fault_holds_no_control_character(world: World) -> None:
    """What a proxy or server made httpx say does not steer a terminal."""
    wire = Wire(a_fault(httpx.RemoteProtocolError, "bad line\r\n\x1b[31mred"))
    with pytest.raises(TransportError) as caught:
        world.client(wire).get_rating(SONG)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("trouble", "status", "reason"),
    [
        (an_answer(429), 429, "429"),
        (a_fault(httpx.ReadTimeout), None, "ReadTimeout"),
        (a_cut_answer(), None, "RemoteProtocolError"),
    ],
)
def test_callback_is_told_of_each_wait(
    world: World, trouble: Answer, status: int | None, reason: str
) -> None:
    """Before it begins: which call, how many sends so far, how long, and why."""
    clock = FakeClock()
    told: list[tuple[RetryWait, list[float]]] = []
    client = world.client(
        Wire(trouble, trouble, GOOD),
        clock=clock,
        on_wait=lambda wait: told.append((wait, list(clock.slept))),
    )
    client.get_rating(SONG)

    (first, slept_before_first), (second, slept_before_second) = told
    assert (slept_before_first, slept_before_second) == ([], [0.5])
    assert (first.delay, first.attempts, second.delay, second.attempts) == (0.5, 1, 1.0, 2)
    assert (first.method, first.path) == ("GET", "/v1/me/ratings/songs/907242702")
    assert first.status_code == status
    assert reason in first.reason


def test_callback_is_not_told_when_nobody_waits(world: World) -> None:
    """A good answer and a final one are no waits."""
    told: list[RetryWait] = []
    world.client(Wire(GOOD), on_wait=told.append).get_rating(SONG)
    with pytest.raises(ServerError):
        world.client(
            Wire(an_answer(503)), on_wait=told.append, retry=RetryPolicy(max_attempts=1)
        ).get_rating(SONG)

    assert told == []


@pytest.mark.parametrize("kind", [ValueError, KeyError, TypeError, RuntimeError])
def test_error_of_the_callback_is_the_callers(world: World, kind: type[Exception]) -> None:
    """It is not mistaken for an answer that cannot be read."""

    def fail(_wait: RetryWait) -> None:
        raise kind("of the caller")

    with pytest.raises(kind, match="of the caller"):
        world.client(Wire(an_answer(503)), on_wait=fail).get_rating(SONG)


def test_each_wait_is_one_line_at_debug(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Under the logger of the package: call, reason and delay; and no line without a wait."""
    caplog.set_level(logging.DEBUG)
    world.client(Wire(an_answer(503), a_fault(httpx.ReadError), GOOD)).get_rating(SONG)

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


def test_send_after_a_mended_401_counts(world: World) -> None:
    """`max_attempts` counts every send of the call."""
    wire = Wire(an_answer(401), an_answer(503))
    with pytest.raises(ServerError) as caught:
        world.client(wire, developer_token=minted(), retry=RetryPolicy(max_attempts=3)).get_rating(
            SONG
        )

    assert (len(wire.sent), caught.value.attempts) == (3, 3)


def test_401_is_not_mended_without_a_send_left(world: World) -> None:
    """With one attempt, one send; the 401 is raised."""
    wire = Wire(an_answer(401), GOOD)
    with pytest.raises(UnauthorizedError) as caught:
        world.client(wire, developer_token=minted(), retry=RetryPolicy(max_attempts=1)).get_rating(
            SONG
        )

    assert (len(wire.sent), caught.value.attempts) == (1, 1)


def test_401_of_the_last_send_is_raised(world: World) -> None:
    """Trouble used up the sends before the 401 came."""
    wire = Wire(an_answer(503), an_answer(401), GOOD)
    with pytest.raises(UnauthorizedError) as caught:
        world.client(wire, developer_token=minted(), retry=RetryPolicy(max_attempts=2)).get_rating(
            SONG
        )

    assert (len(wire.sent), caught.value.attempts) == (2, 2)


TROUBLES: dict[str, Answer] = {
    "200": GOOD,
    "400": an_error(400, "40005"),
    "401": an_answer(401),
    "401 cut": a_cut_answer(401),
    "403": an_error(403, "40300"),
    "404": an_error(404, "40401"),
    "429": an_answer(429, b"", Retry_After="1"),
    "503": an_answer(503),
    "503 cut": a_cut_answer(503),
    "200 cut": a_cut_answer(200),
    "200 page": an_answer(200, "<html>"),
    "302": an_answer(302, b"", Location="/x"),
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
    wire = Wire(*(TROUBLES[name] for name in script))
    options: dict[str, Any] = {"developer_token": minted()} if can_renew else {}
    client = World("sync", None).client(
        wire, retry=RetryPolicy(max_attempts=max_attempts), **options
    )
    try:
        client.get_rating(SONG)
    except RatingsError as error:
        told = error.attempts
    else:
        told = len(wire.sent)

    assert told == len(wire.sent)
    assert 1 <= told <= max_attempts


def test_bad_request_is_an_answer_like_any_other(world: World) -> None:
    """The service's list of errors is on the error, as values."""
    wire = Wire(an_error(400, "40005", "Invalid Parameter Value", "Invalid language tag 'xx'"))
    with pytest.raises(BadRequestError, match="Invalid language tag") as caught:
        world.client(wire).get_rating(SONG)

    assert [(detail.code, detail.title) for detail in caught.value.errors] == [
        ("40005", "Invalid Parameter Value")
    ]
