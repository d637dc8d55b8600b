"""Decide what to ask next while many ratings are read, and what each answer means.

Batches are halved where they are too big for the service, and tried again where it was in trouble.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

from apple_music_ratings._operations.batch import Batch
from apple_music_ratings.errors import BadRequestError, RatingsError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.retries import RetryPolicy

from .batching import batches
from .failures import OnFailure, is_batch_too_large, judge


@frozen
class ReadRequest:
    """One request: a batch, or one item asked for by its own path.

    Args:
        batch: What to ask for.
        requeues: How often it went back to the end already.
        is_single: Whether the item is asked for by its own path, since a batch of one was refused.
        delay: Seconds to wait before asking.
    """

    batch: Batch
    requeues: int = 0
    is_single: bool = False
    delay: float = 0.0


class ReadQueue:
    """The reading of many ratings, as far as it has come.

    Args:
        items: What to ask for; duplicates are asked for once.
        size: Most ids in one request.
        policy: How patient each call is.
        stops_on_error: Whether one failure makes the rest worthless.
        retries_at_end: Whether a question that ran out of attempts is asked again at the end, as a
            write is.
    """

    def __init__(
        self,
        items: Iterable[Item],
        *,
        size: int,
        policy: RetryPolicy,
        stops_on_error: bool = True,
        retries_at_end: bool = False,
    ) -> None:
        self.found: dict[Item, RatingValue | None] = dict.fromkeys(items)
        self.errors: dict[Item, RatingsError] = {}
        self.is_over = False
        self._policy = policy
        self._stops_at_failure = stops_on_error
        self._is_persistent = retries_at_end
        self._waiting = deque(ReadRequest(batch) for batch in batches(self.found, size=size))

    def take(self) -> ReadRequest | None:
        """Give the next question; `None` when there is none at the moment."""
        return self._waiting.popleft() if self._waiting and not self.is_over else None

    def answered(self, ratings: Mapping[Item, RatingValue | None]) -> None:
        """Take note of an answer."""
        self.found.update(ratings)

    def refused(self, question: ReadRequest, error: RatingsError) -> None:
        """Decide what becomes of a question without an answer."""
        smaller = _smaller(question, error)
        if smaller:
            self._waiting.extendleft(reversed(smaller))
            return
        verdict = judge(error, policy=self._policy, requeues=question.requeues)
        if verdict is OnFailure.REQUEUE and self._is_persistent:
            self._waiting.append(
                evolve(question, requeues=question.requeues + 1, delay=requested_delay(error))
            )
            return
        self.errors.update(dict.fromkeys(question.batch.items, error))
        if verdict is OnFailure.STOP or self._stops_at_failure:
            self._give_up(error)

    def _give_up(self, error: RatingsError) -> None:
        self.is_over = True
        while self._waiting:
            self.errors.update(dict.fromkeys(self._waiting.popleft().batch.items, error))


def requested_delay(error: RatingsError) -> float:
    """Give the seconds that the service asked to wait."""
    return getattr(error, "retry_after", None) or 0.0


def _smaller(question: ReadRequest, error: RatingsError) -> list[ReadRequest]:
    """Give smaller questions for one that is too big; none when it is something else."""
    if question.is_single or not is_batch_too_large(error, requeues=question.requeues):
        return []
    if len(question.batch.items) > 1:
        return [ReadRequest(half) for half in question.batch.halves()]
    # No list can be shorter. The path of a single item has no `ids` to complain about, so what it
    # answers is about the item.
    return (
        [ReadRequest(question.batch, is_single=True)] if isinstance(error, BadRequestError) else []
    )
