from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import (
    ApiError,
    BadRequestError,
    ErrorDetail,
    ForbiddenError,
    Item,
    RatingsError,
    RatingValue,
    RetryPolicy,
    ServerError,
)
from apple_music_ratings._bulk.batching import chunks
from apple_music_ratings._bulk.reading import ReadQueue, ReadRequest
from apple_music_ratings._operations.batch import BatchResult

LIKE = RatingValue.LIKE
CALL: dict[str, Any] = {"method": "GET", "path": "/p"}
TOO_LONG = ApiError("x", **CALL, status_code=414)
BAD_IDS = BadRequestError("x", **CALL, status_code=400, errors=(ErrorDetail(parameter="ids"),))
DOWN = ServerError("x", **CALL, status_code=503, attempts=5, retry_after=2.0)
REJECTED = ForbiddenError("x", **CALL, status_code=403)


def songs(count: int) -> list[Item]:
    """Build this many songs."""
    return [Item("songs", str(number)) for number in range(1, count + 1)]


def a_reading(count: int, size: int = 4, **options: Any) -> ReadQueue:
    """Begin to read this many songs."""
    return ReadQueue(songs(count), size=size, policy=RetryPolicy(), **options)


def asked(reading: ReadQueue) -> list[ReadRequest]:
    """Return every request that is known at the moment."""
    questions = []
    while (question := reading.take()) is not None:
        questions.append(question)
    return questions


def ids(question: ReadRequest) -> list[str]:
    """Name the ids of a question."""
    return [item.id for item in question.batch.items]


def test_questions_are_the_batches() -> None:
    """And every distinct item has a response from the start: unrated."""
    reading = a_reading(5)

    assert [ids(question) for question in asked(reading)] == [["1", "2", "3", "4"], ["5"]]
    assert reading.found == dict.fromkeys(songs(5))


def test_batch_that_is_too_big_is_halved_down_to_single_ids() -> None:
    """Halves come next, in order, the first never the smaller one."""
    reading = a_reading(3)
    seen = []
    for _ in range(5):
        question = reading.take()
        assert question is not None
        seen.append(ids(question))
        if len(question.batch.items) > 1:
            reading.failed(question, TOO_LONG)

    assert seen == [["1", "2", "3"], ["1", "2"], ["1"], ["2"], ["3"]]
    assert reading.take() is None


def test_single_id_that_is_too_long_is_a_failure() -> None:
    """There is nothing smaller to ask."""
    reading = a_reading(1)
    [question] = asked(reading)
    reading.failed(question, TOO_LONG)

    assert reading.errors == {songs(1)[0]: TOO_LONG}


def test_single_id_that_is_complained_about_is_asked_by_its_own_path() -> None:
    """What that says is final, even in the same words."""
    reading = a_reading(1)
    [question] = asked(reading)
    reading.failed(question, BAD_IDS)
    [single] = asked(reading)
    reading.failed(single, BAD_IDS)

    assert single == ReadRequest(question.batch, is_single=True)
    assert (asked(reading), reading.errors) == ([], {songs(1)[0]: BAD_IDS})


def test_persistent_reading_asks_again_at_the_end_twice() -> None:
    """After as many seconds as the service asked for."""
    reading = a_reading(5, retries_at_end=True)
    first, second = asked(reading)
    reading.failed(first, DOWN)
    reading.succeeded(BatchResult({songs(5)[4]: LIKE}))
    again = []
    while (question := reading.take()) is not None:
        again.append((question.requeues, question.delay))
        reading.failed(question, DOWN)

    assert second.delay == 0.0
    assert again == [(1, 2.0), (2, 2.0)]
    assert list(reading.errors) == songs(4)
    assert reading.found[songs(5)[4]] is LIKE


def test_reading_gives_up_at_the_first_failure() -> None:
    """Where part of a response is worth nothing, the rest is not asked for."""
    reading = a_reading(9)
    question = reading.take()
    assert question is not None
    reading.failed(question, DOWN)

    assert (reading.take(), reading.is_over) == (None, True)
    assert list(reading.errors) == songs(9)


@pytest.mark.parametrize(("error", "left"), [(DOWN, 2), (REJECTED, 0)])
def test_reading_continues_if_parts_are_useful(error: RatingsError, left: int) -> None:
    """Unless the failure would meet every question."""
    reading = a_reading(9, stops_on_error=False)
    question = reading.take()
    assert question is not None
    reading.failed(question, error)

    assert len(asked(reading)) == left
    assert reading.is_over is (left == 0)


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9))
def test_halving_asks_for_every_item_once(count: int, size: int, limit: int) -> None:
    """Whatever the service's limit is, every item is in one request that it accepted."""
    reading = a_reading(count, size)
    responded: list[Item] = []
    while (question := reading.take()) is not None:
        if len(question.batch.items) > limit:
            reading.failed(question, TOO_LONG)
        else:
            responded += question.batch.items
            reading.succeeded(BatchResult(dict.fromkeys(question.batch.items, LIKE)))

    assert responded == songs(count)
    assert reading.found == dict.fromkeys(songs(count), LIKE)


def test_chunks_keep_the_order() -> None:
    """Pieces of limited size, types mixed."""
    assert [list(chunk) for chunk in chunks(songs(5), size=2)] == [
        songs(5)[:2],
        songs(5)[2:4],
        songs(5)[4:],
    ]
