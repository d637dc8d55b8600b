from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import (
    Action,
    ForbiddenError,
    Item,
    NotFoundError,
    OutcomeStatus,
    Plan,
    Progress,
    RatingsError,
    RetryPolicy,
    ServerError,
    Step,
)
from apple_music_ratings._bulk.failures import MAX_CONSECUTIVE_FAILURES
from apple_music_ratings._bulk.writing import WriteQueue, WriteRequest, make_outcome

CALL: dict[str, Any] = {"method": "PUT", "path": "/p"}
DOWN = ServerError("down", **CALL, status_code=503, attempts=5)
GONE = NotFoundError("gone", **CALL, status_code=404)
REJECTED = ForbiddenError("rejected", **CALL, status_code=403)


def steps(count: int, action: Action = Action.LIKE) -> list[Step]:
    """Build this many steps."""
    return [Step(Item("songs", str(number)), action) for number in range(1, count + 1)]


def a_writing(planned: list[Step], **options: Any) -> WriteQueue:
    """Begin to carry out a plan."""
    return WriteQueue(Plan(planned), policy=RetryPolicy(), **options)


def carried_out(
    writing: WriteQueue, respond: Callable[[WriteRequest], RatingsError | None]
) -> list[str]:
    """Send one after the other until there is nothing left, and name what was sent."""
    sent = []
    while (send := writing.take()) is not None:
        sent.append(send.step.item.id)
        error = respond(send)
        if error is None:
            writing.succeeded(send)
        else:
            writing.failed(send, error)
    return sent


def statuses(writing: WriteQueue) -> list[str]:
    """Name how each ended."""
    return [outcome.status.value for outcome in writing.result().outcomes]


def test_every_distinct_item_is_sent_once_and_reported_for_each() -> None:
    """In the order of the plan."""
    one, two = steps(2)
    writing = a_writing([two, one, two])

    assert carried_out(writing, lambda _send: None) == ["2", "1"]
    assert [outcome.item for outcome in writing.result().outcomes] == [two.item, one.item, two.item]
    assert statuses(writing) == ["done"] * 3
    assert writing.progress == Progress(2, 2, 0)


def test_item_that_is_left_alone_is_not_sent() -> None:
    """It is unchanged from the start."""
    writing = a_writing(steps(2, Action.LEAVE))

    assert writing.progress == Progress(2, 2, 0)
    assert carried_out(writing, lambda _send: None) == []
    assert statuses(writing) == ["unchanged", "unchanged"]


def test_failure_does_not_end_the_others() -> None:
    """It is reported beside them with its error."""
    writing = a_writing(steps(3))
    carried_out(writing, lambda send: GONE if send.step.item.id == "2" else None)

    assert statuses(writing) == ["done", "failed", "done"]
    assert writing.result().outcomes[1].error is GONE
    assert not writing.result().outcomes[1].is_retryable
    assert writing.progress == Progress(3, 3, 1)


def test_failed_item_returns_to_the_end_twice() -> None:
    """Before it counts as failed, and others come first."""
    writing = a_writing(steps(3))
    sent = carried_out(writing, lambda send: DOWN if send.step.item.id == "1" else None)

    assert sent == ["1", "2", "3", "1", "1"]
    assert statuses(writing) == ["failed", "done", "done"]
    assert writing.result().outcomes[0].is_retryable
    assert writing.result().stopped_by is None


def test_item_that_recovers_is_done() -> None:
    """Its error is forgotten, and it counts once."""
    writing = a_writing(steps(2))
    sent = carried_out(
        writing, lambda send: DOWN if send.step.item.id == "1" and send.requeues < 2 else None
    )

    assert sent == ["1", "2", "1", "1"]
    assert statuses(writing) == ["done", "done"]
    assert writing.progress == Progress(2, 2, 0)


def test_item_in_flight_again_has_not_ended() -> None:
    """Its error is known all the same."""
    writing = a_writing(steps(1))
    send = writing.take()
    assert send is not None
    outcome = writing.failed(send, DOWN)

    assert (outcome.status, outcome.is_retryable) == (OutcomeStatus.FAILED, True)
    assert not writing.is_finished(send.step.item)
    assert writing.progress == Progress(0, 1, 0)


def test_item_waits_as_long_as_the_service_asked() -> None:
    """Before it is sent again."""
    writing = a_writing(steps(1))
    send = writing.take()
    assert send is not None
    busy = ServerError("busy", **CALL, status_code=503, attempts=5, retry_after=7.0)
    writing.failed(send, busy)
    again = writing.take()

    assert again == WriteRequest(send.step, requeues=1, delay=7.0)


def test_rejected_token_stops_the_run() -> None:
    """The rest is not sent; what was in error is known to have been sent."""
    writing = a_writing(steps(4))
    responses = {"1": DOWN, "2": None, "3": REJECTED}
    sent = carried_out(writing, lambda send: responses[send.step.item.id])
    result = writing.result("a run")

    assert sent == ["1", "2", "3"]
    assert statuses(writing) == ["failed", "done", "failed", "not-sent"]
    assert (result.stopped_by, result.run) == (REJECTED, "a run")
    assert [step.item.id for step in result.retryable] == ["1", "3", "4"]


def test_first_reason_to_stop_is_kept() -> None:
    """Requests in flight when the run stops end in their own ways."""
    writing = a_writing(steps(3))
    first, second, third = (writing.take() for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is not None
    writing.failed(first, REJECTED)
    writing.failed(second, ForbiddenError("also", **CALL, status_code=403))
    writing.failed(third, DOWN)

    assert writing.result().stopped_by is REJECTED
    assert writing.take() is None
    assert statuses(writing) == ["failed"] * 3


def test_service_that_is_down_stops_the_run() -> None:
    """This many faults in a row are no chance; the rest is not tried for hours."""
    writing = a_writing(steps(2 * MAX_CONSECUTIVE_FAILURES))
    sent = carried_out(writing, lambda _send: DOWN)

    assert len(sent) == MAX_CONSECUTIVE_FAILURES
    assert writing.result().stopped_by is DOWN
    assert len(writing.result().not_sent) == MAX_CONSECUTIVE_FAILURES


@pytest.mark.parametrize("between", [None, GONE])
def test_response_between_faults_shows_that_the_service_is_up(between: RatingsError | None) -> None:
    """A success does, and so does a rejection of one item."""
    writing = a_writing(steps(3 * MAX_CONSECUTIVE_FAILURES))
    carried_out(writing, lambda send: between if int(send.step.item.id) % 50 == 0 else DOWN)

    assert writing.result().stopped_by is not None or not writing.result().not_sent
    assert len(writing.result().failed) + len(writing.result().done) > 2 * MAX_CONSECUTIVE_FAILURES


def test_what_ended_in_an_earlier_life_is_not_sent() -> None:
    """It counts, and is in the result as it ended then."""
    planned = steps(3)
    ended = {
        planned[0].item: make_outcome(planned[0], OutcomeStatus.DONE),
        planned[1].item: make_outcome(planned[1], OutcomeStatus.FAILED, GONE),
    }
    writing = a_writing(planned, ended=ended)

    assert writing.progress == Progress(2, 3, 1)
    assert carried_out(writing, lambda _send: None) == ["3"]
    assert statuses(writing) == ["done", "failed", "done"]


def test_write_that_did_not_stick_has_failed() -> None:
    """It was done, and reading says otherwise."""
    writing = a_writing(steps(1))
    carried_out(writing, lambda _send: None)
    writing.mark_unverified(Item("songs", "1"), DOWN)

    assert statuses(writing) == ["failed"]
    assert writing.progress == Progress(1, 1, 1)


@given(
    st.lists(st.tuples(st.integers(1, 12), st.sampled_from(list(Action)))),
    st.lists(st.sampled_from([None, None, GONE, DOWN, REJECTED]), max_size=60),
)
def test_every_item_ends_in_one_way(
    wanted: list[tuple[int, Action]], responses: list[RatingsError | None]
) -> None:
    """Whatever the service returns, there is an outcome for each, and nothing is sent too often."""
    planned = [Step(Item("songs", str(id)), action) for id, action in dict(wanted).items()]
    writing = a_writing(planned + planned[:1])
    script = iter(responses)
    sent = carried_out(writing, lambda _send: next(script, None))
    result = writing.result()

    assert [outcome.item for outcome in result.outcomes] == [
        step.item for step in planned + planned[:1]
    ]
    assert all(sent.count(id) <= 3 for id in sent)
    assert {outcome.item.id for outcome in result.not_sent}.isdisjoint(sent)
    assert {outcome.item.id for outcome in (*result.done, *result.failed)} == set(sent)
    assert bool(result.stopped_by) >= bool(result.not_sent)
