"""Decide what to request next in a bulk read, and what each result means.

Batches are halved if they are too large for the service, and retried after transient errors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from attrs import evolve, frozen

from apple_music_ratings._operations.batch import Batch, BatchResult
from apple_music_ratings.errors import BadRequestError, RatingsError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import Progress
from apple_music_ratings.retries import RetryPolicy

from .batching import batches
from .failures import OnFailure, classify, is_batch_too_large


@frozen
class ReadRequest:
    """One request: a batch, or one item by its own path.

    Args:
        batch: The items to read.
        requeues: How often it returned to the end of the queue already.
        is_single: Whether the item is requested by its own path, because a batch of one was
            rejected.
        delay: Seconds to wait before sending.
    """

    batch: Batch
    requeues: int = 0
    is_single: bool = False
    delay: float = 0.0


class ReadQueue:
    """The state of a bulk read.

    Args:
        items: What to read; duplicates are requested once.
        size: Most ids in one request.
        policy: The limits of each call.
        stops_on_error: Whether one failure makes the rest worthless.
        retries_at_end: Whether a request that ran out of attempts is sent again at the end, as a
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
        self._read = 0
        self._policy = policy
        self._stops_on_error = stops_on_error
        self._retries_at_end = retries_at_end
        self._waiting = deque(ReadRequest(batch) for batch in batches(self.found, size=size))

    def take(self) -> ReadRequest | None:
        """Return the next request; `None` when none is left for now."""
        return self._waiting.popleft() if self._waiting and not self.is_over else None

    @property
    def progress(self) -> Progress:
        """How many items were read, or cannot be."""
        return Progress(self._read + len(self.errors), len(self.found), len(self.errors))

    def succeeded(self, result: BatchResult) -> None:
        """Record the result of a request. An item that cannot be read does not stop the others."""
        self.found.update(result.ratings)
        self._read += len(result.ratings)
        self.errors.update(result.errors)

    def failed(self, request: ReadRequest, error: RatingsError) -> None:
        """Decide what to do after a request failed."""
        smaller = _smaller(request, error)
        if smaller:
            self._waiting.extendleft(reversed(smaller))
            return
        decision = classify(error, policy=self._policy, requeues=request.requeues)
        if decision is OnFailure.REQUEUE and self._retries_at_end:
            self._waiting.append(
                evolve(request, requeues=request.requeues + 1, delay=requested_delay(error))
            )
            return
        self.errors.update(dict.fromkeys(request.batch.items, error))
        if decision is OnFailure.STOP or self._stops_on_error:
            self._stop(error)

    def _stop(self, error: RatingsError) -> None:
        self.is_over = True
        while self._waiting:
            self.errors.update(dict.fromkeys(self._waiting.popleft().batch.items, error))


def requested_delay(error: RatingsError) -> float:
    """Return the seconds that the service asked to wait."""
    return getattr(error, "retry_after", None) or 0.0


def _smaller(request: ReadRequest, error: RatingsError) -> list[ReadRequest]:
    """Return smaller requests in place of one that is too large; none after any other error."""
    if request.is_single or not is_batch_too_large(error, requeues=request.requeues):
        return []
    if len(request.batch.items) > 1:
        return [ReadRequest(half) for half in request.batch.halves()]
    # No list can be shorter. The path of a single item has no `ids` to reject, so an error there is
    # about the item.
    return (
        [ReadRequest(request.batch, is_single=True)] if isinstance(error, BadRequestError) else []
    )
