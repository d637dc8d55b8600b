from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from anyio import run
from support.builders import DISLIKE, LIKE, USER_TOKEN, FakeClock, Runtime
from support.meddling import InterceptingTransport, a_client, an_error_response, ratings_of, songs

from apple_music_ratings import (
    Action,
    AsyncRatingsClient,
    BulkError,
    ForbiddenError,
    InvalidItemError,
    InvalidRatingError,
    Item,
    NotFoundError,
    OutcomeStatus,
    Plan,
    Progress,
    RateLimitError,
    RetryPolicy,
    ServerError,
    Step,
    UnexpectedResponseError,
    VerificationError,
    make_plan,
)
from apple_music_ratings.clock import SystemClock
from apple_music_ratings_mock import MockService

ALBUM = Item("albums", "7")


def about(request: httpx.Request) -> str:
    """Name the item in the path of a request."""
    return request.url.path.removeprefix("/v1/me/ratings/")


def statuses(result: Any) -> list[str]:
    """Name how each item ended."""
    return [outcome.status.value for outcome in result.outcomes]


@pytest.mark.parametrize("value", [LIKE, DISLIKE, 1, -1])
def test_many_get_the_same_rating(each_runtime: Runtime, service: MockService, value: Any) -> None:
    """One request for each distinct item, one outcome for each given, in order."""
    items = [*songs(20), ALBUM]
    transport = InterceptingTransport(service)
    result = a_client(each_runtime, transport).set_ratings(items + items[:2], value)

    assert ratings_of(service, items) == [value] * 21
    assert sorted(transport.sent) == sorted(f"PUT /v1/me/ratings/{item}" for item in items)
    assert [outcome.item for outcome in result.outcomes] == items + items[:2]
    assert statuses(result) == ["done"] * 23
    assert (result.run, result.stopped_by, len(result.retryable)) == (None, None, 0)


def test_many_ratings_are_cleared(runtime: Runtime, service: MockService) -> None:
    """Those that had none are done as well."""
    items = songs(6)
    for item in items[:3]:
        service.set_rating(USER_TOKEN, item.type, item.id, 1)
    transport = InterceptingTransport(service)
    result = a_client(runtime, transport).delete_ratings(items)

    assert ratings_of(service, items) == [None] * 6
    assert statuses(result) == ["done"] * 6
    assert transport.count("DELETE") == len(transport.sent) == 6


def test_plan_is_carried_out(runtime: Runtime, service: MockService) -> None:
    """Likes, dislikes and removals together; an item that already matches needs no write."""
    one, two, three, four = songs(4)
    for item in (three, four):
        service.set_rating(USER_TOKEN, item.type, item.id, 1)
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport)
    desired = {one: LIKE, two: DISLIKE, three: None, four: LIKE}
    wanted = make_plan(desired=desired, current=client.get_ratings(desired))
    result = client.apply(wanted)

    assert ratings_of(service, [one, two, three, four]) == [1, -1, None, 1]
    assert statuses(result) == ["done", "done", "done", "unchanged"]
    assert [outcome.action for outcome in result.outcomes] == list(Action)
    assert len(transport.sent) == 1 + 3


def test_nothing_is_sent_for_nothing(runtime: Runtime, service: MockService) -> None:
    """An empty list has an empty result."""
    transport = InterceptingTransport(service)
    client = a_client(runtime, transport)
    results = [client.set_ratings([], 1), client.delete_ratings(iter(())), client.apply(Plan(()))]

    assert [result.outcomes for result in results] == [(), (), ()]
    assert transport.sent == []


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.set_ratings([*songs(3), "songs/4"], LIKE), InvalidItemError),
        (lambda client: client.delete_ratings([*songs(3), None]), InvalidItemError),
        (lambda client: client.set_ratings(songs(3), 0), InvalidRatingError),
        (lambda client: client.set_ratings(songs(3), None), InvalidRatingError),
        (lambda client: client.apply({songs(1)[0]: LIKE}), InvalidItemError),
    ],
)
def test_wrong_arguments_are_found_before_anything_is_sent(
    runtime: Runtime, service: MockService, call: Callable[[Any], Any], error: type[Exception]
) -> None:
    """Also when the wrong one comes last."""
    transport = InterceptingTransport(service)
    with pytest.raises(error):
        call(a_client(runtime, transport))

    assert transport.sent == []


def test_failure_of_one_is_reported_beside_the_others(
    runtime: Runtime, service: MockService
) -> None:
    """It carries its error, and is not sent again."""
    gone = songs(5)[2]
    transport = InterceptingTransport(
        service,
        lambda request: an_error_response(404, "40400") if about(request) == str(gone) else None,
    )
    result = a_client(runtime, transport).set_ratings(songs(5), LIKE)

    assert statuses(result) == ["done", "done", "failed", "done", "done"]
    assert isinstance(result.failed[0].error, NotFoundError)
    assert len(result.retryable) == 0
    assert transport.count(f"PUT /v1/me/ratings/{gone}") == 1
    with pytest.raises(BulkError) as caught:
        result.raise_for_failures()
    assert caught.value.result is result


@pytest.mark.parametrize("limit", [1, 3, 6])
def test_as_many_writes_are_in_flight_as_allowed(
    each_runtime: Runtime, service: MockService, limit: int
) -> None:
    """No fewer, and no more."""
    transport = InterceptingTransport(service, crowd=limit)
    a_client(each_runtime, transport, max_concurrency=limit).set_ratings(songs(18), LIKE)

    assert transport.most_at_once == limit


def test_failed_item_is_retried_at_the_end(runtime: Runtime, service: MockService) -> None:
    """It ran out of attempts, went back, and was done."""
    troubled = iter([httpx.Response(503)] * 5)
    transport = InterceptingTransport(
        service, lambda request: next(troubled, None) if about(request) == "songs/1" else None
    )
    result = a_client(runtime, transport, max_concurrency=1).set_ratings(songs(3), LIKE)

    order = [line.rpartition("/")[2] for line in transport.sent]
    assert order == ["1"] * 5 + ["2", "3", "1"]
    assert statuses(result) == ["done"] * 3


@pytest.mark.parametrize("fault", [503, 429, 200, None])
def test_item_fails_after_two_more_retries(
    runtime: Runtime, service: MockService, fault: int | None
) -> None:
    """Whether it is throttled, the service fails, the response makes no sense or none comes."""

    def respond(request: httpx.Request) -> httpx.Response | None:
        if about(request) != "songs/1":
            return None
        if fault is None:
            raise httpx.ReadError("reset", request=request)
        return httpx.Response(fault, content=b'{"data": [{')

    transport = InterceptingTransport(service, respond)
    result = a_client(runtime, transport).set_ratings(songs(3), LIKE)

    assert statuses(result) == ["failed", "done", "done"]
    assert transport.count("PUT /v1/me/ratings/songs/1") == (3 if fault == 200 else 15)
    assert [step.item.id for step in result.retryable] == ["1"]


def test_item_waits_as_long_as_the_service_asked_before_it_is_tried_again(
    runtime: Runtime, service: MockService
) -> None:
    """Also across tries."""
    clock = FakeClock()
    troubled = iter([httpx.Response(429, headers={"Retry-After": "3"})] * 5)
    transport = InterceptingTransport(service, lambda _request: next(troubled, None))
    result = a_client(runtime, transport, clock=clock).set_ratings(songs(1), LIKE)

    assert statuses(result) == ["done"]
    assert clock.slept == [3.0] * 5


@pytest.mark.parametrize(
    ("respond", "error"),
    [
        (lambda: an_error_response(403, "40300"), ForbiddenError),
        (lambda: httpx.Response(429, headers={"Retry-After": "3600"}), RateLimitError),
        (lambda: httpx.Response(503, headers={"Retry-After": "3600"}), ServerError),
    ],
)
def test_what_would_meet_all_stops_the_run(
    each_runtime: Runtime,
    service: MockService,
    respond: Callable[[], httpx.Response],
    error: type[Exception],
) -> None:
    """What is done is known, the rest is not sent, and both can be finished later."""
    fixed = False

    def reject(request: httpx.Request) -> httpx.Response | None:
        return respond() if about(request) == "songs/4" and not fixed else None

    transport = InterceptingTransport(service, reject)
    client = a_client(each_runtime, transport, max_concurrency=1)
    result = client.set_ratings(songs(8), LIKE)
    sent = len(transport.sent)
    fixed = True
    client.apply(result.retryable).raise_for_failures()

    assert statuses(result) == ["done"] * 3 + ["failed"] + ["not-sent"] * 4
    assert isinstance(result.stopped_by, error)
    assert result.failed[0].error is result.stopped_by
    assert sent == 4
    assert ratings_of(service, songs(8)) == [1] * 8


def test_requests_in_flight_complete_when_the_run_stops(
    each_runtime: Runtime, service: MockService
) -> None:
    """Each has an outcome of its own; nothing new is begun."""
    transport = InterceptingTransport(
        service,
        lambda request: an_error_response(403, "40300") if about(request) == "songs/2" else None,
    )
    result = a_client(each_runtime, transport, max_concurrency=4).set_ratings(songs(12), LIKE)

    assert len(result.not_sent) == 12 - len(transport.sent)
    assert len(result.failed) == 1
    assert ratings_of(service, [outcome.item for outcome in result.done]) == [1] * len(result.done)


def test_throttled_fifth_is_done_in_the_end(runtime: Runtime, service: MockService) -> None:
    """5,000 writes would be no different."""
    sent = 0

    def throttle(_request: httpx.Request) -> httpx.Response | None:
        nonlocal sent
        sent += 1
        return httpx.Response(429, text="API capacity exceeded") if sent % 5 == 0 else None

    result = a_client(runtime, InterceptingTransport(service, throttle)).set_ratings(
        songs(100), LIKE
    )

    assert statuses(result) == ["done"] * 100
    assert ratings_of(service, songs(100)) == [1] * 100


def test_progress_is_reported_for_each_item(each_runtime: Runtime, service: MockService) -> None:
    """From one thread, rising by one, with failures counted."""
    reported: list[tuple[Progress, int]] = []
    transport = InterceptingTransport(
        service, lambda request: an_error_response(404) if about(request) == "songs/3" else None
    )
    a_client(each_runtime, transport).set_ratings(
        [*songs(10), *songs(2)],
        LIKE,
        on_progress=lambda progress: reported.append((progress, threading.get_ident())),
    )

    assert [progress.finished for progress, _ in reported] == list(range(1, 11))
    assert {progress.total for progress, _ in reported} == {10}
    assert reported[-1][0].failed == 1
    assert len({thread for _, thread in reported}) == 1


def test_exception_in_the_callback_ends_the_run(
    each_runtime: Runtime, service: MockService
) -> None:
    """It comes out as it is, and nothing more is sent."""

    def tell(progress: Progress) -> None:
        if progress.finished == 5:
            raise RuntimeError("from the callback")

    transport = InterceptingTransport(service)
    with pytest.raises(RuntimeError, match="from the callback"):
        a_client(each_runtime, transport, max_concurrency=2).set_ratings(
            songs(30), LIKE, on_progress=tell
        )

    assert len(transport.sent) < 12


def test_interrupted_run_waits_for_no_further_attempt(
    each_runtime: Runtime, service: MockService
) -> None:
    """Those who wait to send again, here twenty seconds, give up; what was sent stays unknown."""

    def tell(_progress: Progress) -> None:
        raise RuntimeError("from the callback")

    transport = InterceptingTransport(
        service, lambda request: None if about(request) == "songs/1" else httpx.Response(503)
    )
    slow = RetryPolicy(max_attempts=2, first_delay=20.0)
    client = a_client(each_runtime, transport, max_concurrency=4, retry=slow, clock=SystemClock())
    with pytest.raises(RuntimeError, match="from the callback"):
        client.set_ratings(songs(4), LIKE, on_progress=tell)

    assert len(transport.sent) == 4


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_interruption_in_a_task_comes_out_as_itself(service: MockService, backend: str) -> None:
    """Not as a group of one, whichever task it meets."""
    transport = InterceptingTransport(service)

    def tell(_progress: Progress) -> None:
        raise KeyboardInterrupt

    async def write() -> None:
        async with AsyncRatingsClient(
            developer_token=transport.developer_token,
            music_user_token=USER_TOKEN,
            transport=transport,
        ) as client:
            await client.set_ratings(songs(30), LIKE, on_progress=tell)

    with pytest.raises(KeyboardInterrupt):
        run(write, backend=backend)

    assert len(transport.sent) < 30


def lagging(reads: int) -> Callable[[httpx.Request], httpx.Response | None]:
    """Responder this many reads as if nothing had been written."""
    left = iter([httpx.Response(200, json={"data": []}) for _ in range(reads)])
    return lambda request: next(left, None) if request.method == "GET" else None


@pytest.mark.parametrize(
    ("reads", "slept"), [(0, []), (1, [0.5]), (3, [0.5, 1.0, 2.0]), (4, [0.5, 1.0, 2.0, 4.0])]
)
def test_reading_back_allows_for_a_few_seconds_of_lag(
    runtime: Runtime, service: MockService, reads: int, slept: list[float]
) -> None:
    """What shows late is done."""
    clock = FakeClock()
    transport = InterceptingTransport(service, lagging(reads))
    result = a_client(runtime, transport, clock=clock).set_ratings(songs(5), LIKE, verify=True)

    assert statuses(result) == ["done"] * 5
    assert clock.slept == slept
    assert transport.count("GET") == reads + 1


def test_what_did_not_stick_is_reported(runtime: Runtime, service: MockService) -> None:
    """As failed, with what was written and what is read; only it is read again."""

    def keep_one_out(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT" and about(request) == "songs/2":
            return httpx.Response(200)
        return None

    transport = InterceptingTransport(service, keep_one_out)
    reported: list[Progress] = []
    result = a_client(runtime, transport).set_ratings(
        songs(3), LIKE, verify=True, on_progress=reported.append
    )
    error = result.failed[0].error

    assert statuses(result) == ["done", "failed", "done"]
    assert isinstance(error, VerificationError)
    assert isinstance(error, UnexpectedResponseError)
    assert (error.expected, error.found, error.attempts) == (LIKE, None, 5)
    assert [step.item.id for step in result.retryable] == ["2"]
    assert [line.partition("=")[2] for line in transport.sent[3:]] == ["1,2,3", *["2"] * 4]
    assert reported[-1] == Progress(3, 3, 1)


def test_reading_back_looks_at_removals_too(runtime: Runtime, service: MockService) -> None:
    """A rating that is still there did not go."""
    service.set_rating(USER_TOKEN, "songs", "1", -1)
    transport = InterceptingTransport(
        service, lambda request: httpx.Response(204) if request.method == "DELETE" else None
    )
    result = a_client(runtime, transport).delete_ratings(songs(2), verify=True)

    assert statuses(result) == ["failed", "done"]


def test_what_cannot_be_read_back_has_not_succeeded(runtime: Runtime, service: MockService) -> None:
    """Its outcome is unknown, and the error says why. What was read is done."""

    def reject(request: httpx.Request) -> httpx.Response | None:
        is_read = request.method == "GET" and "1" in request.url.params["ids"].split(",")
        return httpx.Response(501) if is_read else None

    transport = InterceptingTransport(service, reject)
    result = a_client(runtime, transport, batch_size=2).set_ratings(songs(4), LIKE, verify=True)

    assert statuses(result) == ["failed", "failed", "done", "done"]
    assert isinstance(result.failed[0].error, ServerError)
    assert len(result.retryable) == 2


def test_stopped_run_is_not_read_back(runtime: Runtime, service: MockService) -> None:
    """The token that was rejected would be rejected again."""
    transport = InterceptingTransport(
        service, lambda request: an_error_response(403) if about(request) == "songs/2" else None
    )
    result = a_client(runtime, transport, max_concurrency=1).set_ratings(
        songs(3), LIKE, verify=True
    )

    assert statuses(result) == ["done", "failed", "not-sent"]
    assert transport.count("GET") == 0


def test_body_of_each_write_is_the_one_of_its_step(runtime: Runtime, service: MockService) -> None:
    """Threads do not mix them up."""
    bodies = {}

    def keep(request: httpx.Request) -> None:
        bodies[about(request)] = json.loads(request.content)["attributes"]["value"]

    steps = [
        Step(item, Action.LIKE if number % 2 else Action.DISLIKE)
        for number, item in enumerate(songs(40))
    ]
    result = a_client(runtime, InterceptingTransport(service, keep)).apply(Plan(steps))

    assert bodies == {str(step.item): step.after for step in steps}
    assert {outcome.status for outcome in result.outcomes} == {OutcomeStatus.DONE}
