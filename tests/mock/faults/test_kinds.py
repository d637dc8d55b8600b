from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apple_music_ratings_mock import Fault, FaultKind, MockService, Response

LIKE = {"attributes": {"value": 1}}


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves."""
    return Clock()


@pytest.fixture
def service(clock: Clock) -> MockService:
    """A mock whose time a test moves."""
    return MockService(now=clock, error_ids=1)


def statuses(ask: Callable[..., Response], count: int, target: str = "songs/1") -> list[int]:
    """Return the statuses of this many gets."""
    return [ask("GET", target).status for _ in range(count)]


COUNTS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [500, 500, 500, 500]),
    ({"count": 2}, [500, 500, 404, 404]),
    ({"skip_first": 2}, [404, 404, 500, 500]),
    ({"skip_first": 1, "count": 1}, [404, 500, 404, 404]),
    ({"probability": 0.0}, [404, 404, 404, 404]),
]


def test_fault_applies_as_often_as_configured(ask: Callable[..., Response], clock: Clock) -> None:
    """To all, to the first ones, after the first ones, or to none."""
    found = []
    for fault, _ in COUNTS:
        service = MockService(now=clock, faults=[Fault("error", **fault)])
        found.append([ask("GET", "songs/1", of=service).status for _ in range(4)])

    assert found == [expected for _, expected in COUNTS]


TARGETS: list[tuple[dict[str, Any], tuple[str, str], tuple[str, str] | None]] = [
    ({"operation": "put"}, ("PUT", "songs/1"), ("GET", "songs/1")),
    ({"operation": "list"}, ("GET", "songs?ids=1,2"), ("GET", "songs/1")),
    ({"operation": "library"}, ("GET", "/v1/me/library/songs"), ("GET", "songs/1")),
    ({"operation": "favorites"}, ("POST", "/v1/me/favorites?ids[songs]=1"), ("GET", "songs/1")),
    ({"operation": "test"}, ("GET", "/v1/test"), ("GET", "/v1/me/storefront")),
    ({"type": "songs"}, ("DELETE", "songs/1"), ("DELETE", "albums/1")),
    ({"id": "2"}, ("GET", "songs?ids=1,2"), ("GET", "songs/1")),
    ({"id": "2"}, ("GET", "songs/2"), ("GET", "songs?ids=1,3")),
    ({"user": "anna"}, ("GET", "songs/1"), None),
    # An invalid request is targeted by its intent.
    ({"operation": "put"}, ("POST", "songs/1"), ("GET", "song/1")),
    ({"type": "songs"}, ("GET", "song/1"), ("GET", "other/1")),
    ({"operation": "library"}, ("POST", "/v1/me/library/songs"), ("GET", "/v1/me/library")),
    ({"operation": "storefront"}, ("PUT", "/v1/me/storefront"), ("GET", "/")),
]


def test_fault_applies_to_what_it_targets(ask: Callable[..., Response], clock: Clock) -> None:
    """Operation, type, id and user each narrow it down."""
    offenders = []
    for fault, hit, missed in TARGETS:
        service = MockService(now=clock, faults=[Fault("error", status=503, **fault)])
        other = ask(*(missed or hit), body=LIKE, user="anna" if missed else "bert", of=service)
        if ask(*hit, body=LIKE, of=service).status != 503 or other.status == 503:
            offenders.append((fault, hit))

    assert not offenders


def test_same_seed_injects_the_same_faults(ask: Callable[..., Response], clock: Clock) -> None:
    """Randomness comes from the seed, and a reset restarts it."""
    fault = Fault("error", probability=0.5)

    def run(service: MockService) -> list[int]:
        service.inject_fault(fault)
        return [ask("GET", "songs/1", of=service).status for _ in range(20)]

    first = MockService(now=clock, seed=7)
    before = run(first)
    first.reset()

    assert before == run(first) == run(MockService(now=clock, seed=7))
    assert before != run(MockService(now=clock, seed=8))
    assert set(before) == {404, 500}


def test_short_throttle_clears_and_lets_the_retry_pass(
    ask: Callable[..., Response], service: MockService, clock: Clock
) -> None:
    """Within the window all is rejected; after it the next request passes, then another begins."""
    service.inject_fault(Fault("throttle", seconds=0.5, max_seconds=0.5))

    rejected = ask("GET", "songs/1")
    clock.now += 0.25
    also_refused = ask("GET", "songs/1")
    clock.now += 0.25

    assert (rejected.status, also_refused.status) == (429, 429)
    assert rejected.body == b"API capacity exceeded"
    assert "Retry-After" not in dict(rejected.headers)
    assert statuses(ask, 2) == [404, 429]


def test_short_throttle_lasts_as_long_as_was_observed(
    ask: Callable[..., Response], service: MockService, clock: Clock
) -> None:
    """By default a window ends after 0.5 to 3.5 seconds."""
    service.inject_fault(Fault("throttle", count=1))

    rejected = ask("GET", "songs/1").status
    clock.now += 0.49
    still_refused = ask("GET", "songs/1").status
    clock.now += 3.02

    assert (rejected, still_refused) == (429, 429)
    assert statuses(ask, 3) == [404, 404, 404]


def test_long_throttle_is_prolonged_by_each_try(
    ask: Callable[..., Response], service: MockService, clock: Clock
) -> None:
    """Who keeps asking is truncate_at out; who waits the whole window is let in."""
    service.inject_fault(Fault("long-throttle", seconds=60.0, count=1))
    seen = []
    for wait in (0, 59, 59, 60):
        clock.now += wait
        seen.append(ask("GET", "songs/1").status)

    assert seen == [429, 429, 429, 404]


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [("seconds", "3"), ("date", "Fri, 15 Jan 2027 08:00:03 GMT"), ("none", None)],
)
def test_throttle_says_when_to_come_back_if_asked_to(
    ask: Callable[..., Response], service: MockService, spelling: str, expected: str | None
) -> None:
    """Retry-After comes in either spelling, or not at all."""
    service.inject_fault(Fault("throttle", seconds=2.5, max_seconds=2.5, retry_after=spelling))

    assert dict(ask("GET", "songs/1").headers).get("Retry-After") == expected


def test_team_has_a_limit_of_requests_a_second(
    ask: Callable[..., Response],
    service: MockService,
    clock: Clock,
    a_token: Callable[..., str],
) -> None:
    """A fresh token of the same team stays throttled, another team's does not."""
    service.inject_fault(Fault("team-throttle", max_per_second=2))
    other = a_token(claims={"iss": "OTHERTEAM1"})

    seen = statuses(ask, 3)
    fresh = ask("GET", "songs/1", token=a_token(head={"kid": "FRESHKEY01"})).status
    foreign = ask("GET", "songs/1", token=other).status
    clock.now += 1.0

    assert seen == [404, 404, 429]
    assert (fresh, foreign) == (429, 404)
    assert statuses(ask, 1) == [404]


def test_teams_are_not_remembered_indefinitely(
    ask: Callable[..., Response], service: MockService, a_token: Callable[..., str]
) -> None:
    """However many teams come, the book of them stays small."""
    service.inject_fault(Fault("team-throttle", max_per_second=1))
    for number in range(300):
        ask("GET", "songs/1", token=a_token(claims={"iss": f"TEAM{number:06}"}))

    assert len(service.faults[0].teams) <= 256


@pytest.mark.parametrize(
    ("status", "body", "content_type", "starts"),
    [
        (500, "errors", "application/json;charset=utf-8", b'{"errors":[{"id":"'),
        (502, "html", "text/html; charset=utf-8", b"<html><head><title>Bad Gateway"),
        (504, "html", "text/html; charset=utf-8", b"<html><head><title>Gateway Timeout"),
        (503, "text", "text/plain; charset=utf-8", b"upstream"),
        (500, "empty", "application/json;charset=utf-8", b""),
        (500, "partial-json", "application/json;charset=utf-8", b'{"errors":[{'),
        (500, "html-as-json", "application/json;charset=utf-8", b"<html>"),
        (418, "errors", "application/json;charset=utf-8", b'{"errors":[{'),
    ],
)
def test_error_has_the_body_of_its_options(
    ask: Callable[..., Response],
    service: MockService,
    status: int,
    body: str,
    content_type: str,
    starts: bytes,
) -> None:
    """Errors come as JSON, as a gateway's page, as text, as nothing, and as lies."""
    service.inject_fault(Fault("error", status=status, body=body, operation="get", count=1))
    service.inject_fault(
        Fault("error", status=status, body=body, operation="put", apply_write_first=True)
    )

    got, put = ask("GET", "songs/1"), ask("PUT", "songs/1", body=LIKE)

    assert got.status == put.status == status
    assert dict(got.headers)["Content-Type"] == dict(put.headers)["Content-Type"] == content_type
    assert got.body.startswith(starts)
    assert put.body.startswith(starts)
    assert (not starts) == (not got.body)
    assert service.get_rating("anna", "songs", "1") == 1


def test_truncated_errors_are_no_json(ask: Callable[..., Response], service: MockService) -> None:
    """What was cut off is not to be read."""
    service.inject_fault(Fault("error", body="partial-json"))

    with pytest.raises(ValueError, match="char"):
        json.loads(ask("GET", "songs/1").body)


def test_error_before_the_write_leaves_no_trace(
    ask: Callable[..., Response], service: MockService
) -> None:
    """By default a failed write is not applied."""
    service.inject_fault(Fault("error"))

    assert ask("PUT", "songs/1", body=LIKE).status == 500
    assert service.get_rating("anna", "songs", "1") is None


@pytest.mark.parametrize(
    ("body", "starts"),
    [("html", b"<html>"), ("empty", b""), ("partial-json", b'{"data"'), ("errors", b'{"errors"')],
)
def test_malformed_body_keeps_the_status(
    ask: Callable[..., Response], service: MockService, body: str, starts: bytes
) -> None:
    """The request was carried out, and only the body is wrong."""
    service.inject_fault(Fault("malformed-body", body=body))

    put = ask("PUT", "songs/1", body=LIKE)
    deleted = ask("DELETE", "songs/1")

    assert put.status == 200
    assert put.body.startswith(starts)
    assert deleted.status == 200
    assert service.get_rating("anna", "songs", "1") is None


@pytest.mark.parametrize(("applies_first", "value"), [(False, None), (True, 1)])
def test_reset_comes_before_or_after_the_write(
    ask: Callable[..., Response],
    service: MockService,
    applies_first: bool,  # noqa: FBT001  # a column of the table
    value: int | None,
) -> None:
    """The client cannot tell the two apart; the state can."""
    service.inject_fault(Fault("connection-reset", apply_write_first=applies_first))

    response = ask("PUT", "songs/1", body=LIKE)

    assert response.delivery is not None
    assert response.delivery.reset
    assert service.get_rating("anna", "songs", "1") == value


def test_delays_add_up(ask: Callable[..., Response], service: MockService) -> None:
    """Several latencies are one long one, combined with the other faults."""
    for fault in (
        Fault("latency", seconds=0.25),
        Fault("latency", seconds=0.5),
        Fault("slow-body", seconds=0.125, chunk_size=2),
        Fault("slow-headers", seconds=3.0),
        Fault("truncated-body"),
    ):
        service.inject_fault(fault)
    service.set_rating("anna", "songs", "1", 1)

    response = ask("GET", "songs/1")
    delivery = response.delivery

    assert delivery is not None
    assert (delivery.delay, delivery.header_delay) == (0.75, 3.0)
    assert (delivery.chunk_size, delivery.chunk_delay) == (2, 0.125)
    assert b"".join(delivery.chunks(response.body)) == response.body[: len(response.body) // 2]
    assert {len(chunk) for chunk in delivery.chunks(response.body)[:-1]} == {2}


@pytest.mark.parametrize("distribution", ["uniform", "log-normal"])
def test_latency_is_drawn_by_the_seed(
    ask: Callable[..., Response], service: MockService, distribution: str
) -> None:
    """Each delay differs, and the minimum or the median is as configured."""
    service.inject_fault(Fault("latency", seconds=1.0, max_seconds=2.0, distribution=distribution))
    delays = [
        response.delivery.delay
        for response in (ask("GET", "songs/1") for _ in range(101))
        if response.delivery
    ]

    assert len(set(delays)) == 101
    if distribution == "uniform":
        assert all(1.0 <= delay <= 2.0 for delay in delays)
    else:
        assert 0.8 < sorted(delays)[50] < 1.25


def test_expired_developer_token_stays_expired(
    ask: Callable[..., Response], service: MockService, a_token: Callable[..., str]
) -> None:
    """A token expires permanently, and a new one is accepted."""
    service.inject_fault(Fault("developer-token-expired", skip_first=1, count=1))
    fresh = a_token(head={"kid": "FRESHKEY01"})

    assert statuses(ask, 3) == [404, 401, 401]
    assert ask("GET", "songs/1", token=fresh).status == 404
    service.reset()
    assert statuses(ask, 1) == [404]


def test_all_developer_tokens_can_be_expired(
    ask: Callable[..., Response], service: MockService, a_token: Callable[..., str]
) -> None:
    """Tokens seen before are rejected, also on the test path; new ones are not."""
    statuses(ask, 1)

    service.expire_developer_tokens()

    assert statuses(ask, 1) == [401]
    assert ask("GET", "/v1/test").status == 401
    assert ask("GET", "songs/1", token=a_token(head={"kid": "FRESHKEY01"})).status == 404


def test_expired_tokens_are_not_remembered_indefinitely(
    ask: Callable[..., Response], service: MockService, a_token: Callable[..., str]
) -> None:
    """After thousands of expired tokens the first is forgotten."""
    service.inject_fault(Fault("developer-token-expired"))
    first = a_token(claims={"iat": 1_799_990_000})
    ask("GET", "songs/1", token=first)
    for number in range(4096):
        ask("GET", "songs/1", headers=(("Authorization", f"Bearer {number}"),), token=None)
    service.clear_faults()

    assert ask("GET", "songs/1", token=first).status == 404


def test_revoked_user_stays_revoked(ask: Callable[..., Response], service: MockService) -> None:
    """One user is rejected and the others are not."""
    service.inject_fault(Fault("user-token-revoked", user="anna", count=1))

    assert statuses(ask, 2) == [403, 403]
    assert ask("GET", "songs/1", user="bert").status == 404
    assert ask("GET", "/v1/test").status == 200
    assert ask("GET", "songs/1", user=None).status == 403


def test_users_are_revoked_and_unsubscribed_by_hand(
    ask: Callable[..., Response], service: MockService, error_of: Callable[..., Any]
) -> None:
    """A revoked token is 40300, an account without a subscription 40015."""
    service.revoke("anna")
    service.unsubscribe("bert")

    assert error_of(ask("GET", "songs/1"))["code"] == "40300"
    assert error_of(ask("GET", "songs/1", user="bert"))["code"] == "40015"


def test_reads_lag_behind_a_write(
    ask: Callable[..., Response], service: MockService, clock: Clock
) -> None:
    """The response to the write is new, later reads are stale until the time is over."""
    service.inject_fault(Fault("stale-read", seconds=1.0, max_seconds=1.0))

    put = ask("PUT", "songs/1", body=LIKE)
    before = statuses(ask, 1)
    clock.now += 1.0

    assert put.status == 200
    assert service.get_rating("anna", "songs", "1") == 1
    assert before == [404]
    assert statuses(ask, 1) == [200]


def test_lag_after_several_writes_shows_the_oldest_value(
    ask: Callable[..., Response], service: MockService, clock: Clock
) -> None:
    """A second write within the lag does not lift the set_stale_read of the first."""
    service.set_rating("anna", "songs", "1", -1)
    service.inject_fault(Fault("stale-read", seconds=2.0, max_seconds=2.0))

    ask("POST", "/v1/me/favorites?ids[songs]=1,2")
    ask("DELETE", "songs/1")
    old = json.loads(ask("GET", "songs?ids=1,2").body)["data"]
    clock.now += 2.0
    new = json.loads(ask("GET", "songs?ids=1,2").body)["data"]

    assert [(each["id"], each["attributes"]["value"]) for each in old] == [("1", -1)]
    assert [(each["id"], each["attributes"]["value"]) for each in new] == [("2", 1)]


def test_rejected_write_lags_nothing(ask: Callable[..., Response], service: MockService) -> None:
    """What was no write leaves nothing to hide."""
    service.inject_fault(Fault("stale-read"))

    assert ask("PUT", "songs/1", body={}).status == 400
    assert statuses(ask, 1) == [404]


def test_faults_are_counted_and_removed(ask: Callable[..., Response], service: MockService) -> None:
    """Each fault has a number, a count of what it met, and an end."""
    first = service.inject_fault(Fault("error", skip_first=1))
    second = service.inject_fault(Fault("latency", operation="put"))
    statuses(ask, 3)

    assert [(f.number, f.matched, f.applied) for f in service.faults] == [
        (first, 3, 2),
        (second, 0, 0),
    ]
    assert service.remove_fault(first) is True
    assert service.remove_fault(first) is False
    assert [each.number for each in service.faults] == [second]
    service.clear_faults()
    assert service.faults == []
    assert statuses(ask, 1) == [404]


def test_faults_can_be_given_at_the_start(ask: Callable[..., Response], clock: Clock) -> None:
    """What goes wrong from the first request on is an option of the service."""
    service = MockService(now=clock, faults=[Fault("error", count=1)])

    assert [ask("GET", "songs/1", of=service).status for _ in range(2)] == [500, 404]


INVALID_FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "fire"}, "kind is 'fire'"),
    ({"kind": "throtle"}, "; did you mean throttle?"),
    ({}, "needs a 'kind'"),
    ({"kind": "error", "operation": "post"}, "operation is 'post'"),
    ({"kind": "error", "operation": 7}, "operation is 7, which is not one of get"),
    ({"kind": "error", "type": "artists"}, "type is 'artists'"),
    ({"kind": "error", "probability": 1.5}, "probability is 1.5"),
    ({"kind": "error", "probability": "often"}, "probability is 'often'"),
    ({"kind": "error", "skip_first": -1}, "skip_first is -1"),
    ({"kind": "error", "count": True}, "count is True"),
    ({"kind": "error", "status": 200}, "status is 200, which is not an integer from 400"),
    ({"kind": "error", "body": "xml"}, "body is 'xml'"),
    ({"kind": "error", "apply_write_first": "yes"}, "apply_write_first is 'yes'"),
    ({"kind": "error", "seconds": 1}, "error has no option 'seconds'; its options: status"),
    ({"kind": "truncated-body", "seconds": 1}, "its options: none"),
    ({"kind": "latency", "seconds": float("nan")}, "seconds is nan"),
    ({"kind": "latency", "seconds": -1}, "seconds is -1"),
    ({"kind": "latency", "distribution": "normal"}, "distribution is 'normal'"),
    ({"kind": "throttle", "retry_after": "soon"}, "retry_after is 'soon'"),
    ({"kind": "team-throttle", "max_per_second": 0}, "max_per_second is 0"),
    ({"kind": "error", "color": "red"}, "'color' is not one of"),
]


def test_invalid_fault_is_rejected() -> None:
    """A misspelled fault raises instead of never applying."""
    offenders = []
    for mapping, complaint in INVALID_FAULTS:
        with pytest.raises(ValueError, match=r".") as caught:
            Fault.from_mapping(mapping)
        if complaint not in str(caught.value):
            offenders.append((mapping, str(caught.value)))

    assert not offenders


def test_every_kind_survives_a_file() -> None:
    """Every kind has its defaults and is equal after the way through a file."""
    faults = [Fault(kind, operation="put", skip_first=1) for kind in FaultKind]

    assert faults == [
        Fault.from_mapping(json.loads(json.dumps(fault.as_mapping()))) for fault in faults
    ]


def test_least_above_the_default_of_the_most_moves_it() -> None:
    """A least that lies above the default of the most moves it."""
    assert Fault("throttle", seconds=10.0).max_seconds == 10.0


def test_of_several_rejections_the_first_applies(
    ask: Callable[..., Response], service: MockService
) -> None:
    """A second rejection waits for its turn; faults of other kinds are combined."""
    for fault in (
        Fault("error", status=503, count=1),
        Fault("error", status=502, count=1),
        Fault("latency", count=2),
    ):
        service.inject_fault(fault)

    responses = [ask("GET", "songs/1") for _ in range(3)]

    assert [response.status for response in responses] == [503, 502, 404]
    assert [response.delivery is None for response in responses] == [False, False, True]
