"""The requests of a bulk read as a queue that a runner drains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from apple_music_ratings._operations import operations
from apple_music_ratings._operations.batch import BatchResult
from apple_music_ratings.errors import RatingsError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import Progress

from .effects import Execute, Flow, RequestQueue, Sleep, take_up_to
from .reading import ReadQueue, ReadRequest

OnError: TypeAlias = Callable[[RatingsError], object]
OnProgress: TypeAlias = Callable[[Progress], object]
Ratings: TypeAlias = dict[Item, RatingValue | None]


class ReadRequests(RequestQueue[ReadRequest]):
    """The requests of a bulk read."""

    def __init__(
        self, reads: ReadQueue, *, language: str | None, on_progress: OnProgress | None = None
    ) -> None:
        self._reads = reads
        self._language = language
        self._on_progress = on_progress

    @property
    def is_over(self) -> bool:
        """Whether one failure has made the rest worthless."""
        return self._reads.is_over

    def take_up_to(self, limit: int) -> Sequence[ReadRequest]:
        """Return the next requests."""
        return take_up_to(self._reads.take, limit)

    def flow(self, job: ReadRequest) -> Flow[BatchResult]:
        """Read the ratings of one batch."""
        if job.delay:
            yield Sleep(job.delay)
        if not job.is_single:
            call = operations.get_ratings(job.batch, language=self._language)
            result: BatchResult = yield Execute(call, is_batch=len(job.batch.items) > 1)
            return result
        [item] = job.batch.items
        value: RatingValue | None = yield Execute(
            operations.get_rating(item, language=self._language)
        )
        return BatchResult({item: value})

    def succeeded(self, job: ReadRequest, result: BatchResult) -> None:  # noqa: ARG002  # by item
        """Record the ratings."""
        self._reads.succeeded(result)
        if self._on_progress is not None:
            self._on_progress(self._reads.progress)

    def failed(self, job: ReadRequest, error: RatingsError) -> None:
        """Record the error."""
        self._reads.failed(job, error)
