from __future__ import annotations

from typing import Any

import httpx
import pytest
from support.builders import DISLIKE, LIKE, USER_TOKEN, FakeClock, Runtime
from support.meddling import InterceptingTransport, a_client, an_error_response, ids_of, songs

from apple_music_ratings import (
    ApiError,
    BadRequestError,
    ConfigurationError,
    ForbiddenError,
    Item,
    RetryPolicy,
    ServerError,
)
from apple_music_ratings.clock import SystemClock
from apple_music_ratings_mock import MockService


def rated(service: MockService, items: list[Item]) -> None:
    """Like every third of them and dislike the one after."""
    for number, item in enumerate(items):
        if number % 3 < 2:
            service.set_rating(USER_TOKEN, item.type, item.id, 1 if number % 3 == 0 else -1)


def expected(items: list[Item]) -> list[tuple[Item, Any]]:
    """Return the ratings that `rated` set."""
    return [(item, (LIKE, DISLIKE, None)[number % 3]) for number, item in enumerate(items)]


def test_any_number_is_read_a_hundred_at_a_time(runtime: Runtime, service: MockService) -> None:
    """Grouped by type, each distinct item once, and responded in the order asked."""
    items = [item for song in songs(250) for item in (song, Item("albums", song.id))][:470]
    rated(service, items)
    transport = InterceptingTransport(service)
    found = a_client(runtime, transport).get_ratings(items + items[:30])

    assert list(found.items()) == expected(items)
    assert sorted(len(line.split(",")) for line in transport.sent) == [35, 35, 100, 100, 100, 100]


def test_batch_size_is_a_setting(runtime: Runtime, service: MockService) -> None:
    """Of the client and of a copy."""
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport, batch_size=30)
    client.get_ratings(songs(60))
    client.with_options(batch_size=60).get_ratings(songs(60))
    client.with_options(language="de").get_ratings(songs(60))

    sizes = [len(line.partition("&")[0].split(",")) for line in transport.sent]
    assert sizes == [30, 30, 60, 30, 30]


@pytest.mark.parametrize("option", ["batch_size", "max_concurrency"])
def test_limits_are_checked_when_the_client_is_made(runtime: Runtime, option: str) -> None:
    """And when it is copied."""
    with pytest.raises(ConfigurationError, match=option):
        a_client(runtime, **{option: 0})
    with pytest.raises(ConfigurationError, match=option):
        a_client(runtime).with_options(**{option: 0})


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_as_many_reads_are_in_flight_as_allowed(
    each_runtime: Runtime, service: MockService, limit: int
) -> None:
    """No fewer where there is work for them, and no more."""
    items = songs(20)
    rated(service, items)
    transport = InterceptingTransport(service, crowd=limit)
    client = a_client(each_runtime, transport, batch_size=2, max_concurrency=limit)

    assert list(client.get_ratings(items).items()) == expected(items)
    assert transport.most_at_once == limit


@pytest.mark.parametrize("limit", [1, 7, 30, 99])
@pytest.mark.parametrize("rejection", [413, 414, 400])
def test_batch_that_is_too_big_is_halved(
    runtime: Runtime, service: MockService, rejection: int, limit: int
) -> None:
    """Until the service takes it; nothing is lost and nothing is waited for."""
    clock, items = FakeClock(), songs(100)
    rated(service, items)

    def reject(request: httpx.Request) -> httpx.Response | None:
        return (
            an_error_response(rejection, parameter="ids") if len(ids_of(request)) > limit else None
        )

    found = a_client(runtime, InterceptingTransport(service, reject), clock=clock).get_ratings(
        items
    )

    assert list(found.items()) == expected(items)
    assert clock.slept == []


def test_second_504_of_a_batch_halves_it(runtime: Runtime, service: MockService) -> None:
    """The first is waited for once; what is too heavy is not sent five times."""
    clock, items = FakeClock(), songs(8)
    rated(service, items)

    def time_out(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(504, html="<html>") if len(ids_of(request)) > 4 else None

    transport = InterceptingTransport(service, time_out)
    found = a_client(runtime, transport, clock=clock).get_ratings(items)

    assert list(found.items()) == expected(items)
    assert [len(line.split(",")) for line in transport.sent[:2]] == [8, 8]
    assert len(transport.sent) == 4
    assert clock.slept == [0.5]


def test_single_504_halves_nothing(runtime: Runtime, service: MockService) -> None:
    """It passes like any other fault."""
    responses = iter([httpx.Response(504), httpx.Response(503), None])
    transport = InterceptingTransport(service, lambda _request: next(responses))
    a_client(runtime, transport).get_ratings(songs(8))

    assert len(set(transport.sent)) == 1


def test_single_id_with_504_has_every_retry(runtime: Runtime, service: MockService) -> None:
    """It cannot be halved."""
    transport = InterceptingTransport(service, lambda _request: httpx.Response(504))
    with pytest.raises(ServerError) as caught:
        a_client(runtime, transport).get_ratings(songs(1))

    assert (caught.value.attempts, len(transport.sent)) == (5, 5)


def test_id_that_is_complained_about_is_asked_for_by_its_own_path(
    runtime: Runtime, service: MockService
) -> None:
    """What that says is about the item: here that it has no rating."""
    items = songs(4)
    rated(service, items)

    def complain(request: httpx.Request) -> httpx.Response | None:
        return an_error_response(400, "40005", parameter="ids") if "3" in ids_of(request) else None

    transport = InterceptingTransport(service, complain)
    found = a_client(runtime, transport).get_ratings(items)

    assert list(found.items()) == expected(items)
    assert transport.count("GET /v1/me/ratings/songs/3") == 1


def test_id_that_no_path_takes_is_named(runtime: Runtime, service: MockService) -> None:
    """The error is about the item, not about a list."""
    transport = InterceptingTransport(
        service, lambda _request: an_error_response(400, "40005", parameter="ids")
    )
    with pytest.raises(BadRequestError, match="GET songs/"):
        a_client(runtime, transport, max_concurrency=1).get_ratings(songs(4))


@pytest.mark.parametrize(
    ("respond", "error"),
    [
        (lambda: an_error_response(400, "40005", parameter="l"), BadRequestError),
        (lambda: an_error_response(400, "40005"), BadRequestError),
        (lambda: an_error_response(403, "40300"), ForbiddenError),
        (lambda: an_error_response(405), ApiError),
    ],
)
def test_other_rejections_halve_nothing(
    runtime: Runtime, service: MockService, respond: Any, error: type[ApiError]
) -> None:
    """They are raised after one send, and the rest is not asked for."""
    transport = InterceptingTransport(service, lambda _request: respond())
    with pytest.raises(error):
        a_client(runtime, transport, batch_size=4, max_concurrency=1).get_ratings(songs(12))

    assert len(transport.sent) == 1


def test_failure_cuts_the_waits_of_the_others_short(
    each_runtime: Runtime, service: MockService
) -> None:
    """Where part of the response is worth nothing, nothing is waited for: here twenty seconds."""

    def respond(request: httpx.Request) -> httpx.Response | None:
        return an_error_response(403, "40300") if ids_of(request)[0] == "1" else httpx.Response(503)

    transport = InterceptingTransport(service, respond)
    slow = RetryPolicy(max_attempts=2, first_delay=20.0)
    client = a_client(
        each_runtime, transport, batch_size=1, max_concurrency=4, retry=slow, clock=SystemClock()
    )
    with pytest.raises(ForbiddenError):
        client.get_ratings(songs(4))

    assert len(transport.sent) == 4


def test_one_batch_needs_no_thread(each_runtime: Runtime, service: MockService) -> None:
    """A small call costs no more than it must."""
    import threading

    transport = InterceptingTransport(service)
    client = a_client(each_runtime, transport)
    client.get_ratings(songs(100))

    if each_runtime.name == "sync":
        assert transport.threads == {threading.get_ident()}
    assert len(transport.threads) == 1
