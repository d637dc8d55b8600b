"""The writes of a run as a queue of requests, with what is recorded of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from apple_music_ratings._http.settings import Settings
from apple_music_ratings._operations import operations
from apple_music_ratings.errors import RatingsError
from apple_music_ratings.models import Item
from apple_music_ratings.plans import Outcome, Progress

from .effects import Execute, Flow, Record, RequestQueue, Sleep, take_up_to
from .queues import OnProgress
from .writing import WriteQueue, WriteRequest

if TYPE_CHECKING:
    from apple_music_ratings.journal.recording import Recording


class WriteRequests(RequestQueue[WriteRequest]):
    """The requests of a plan. What is known is recorded before the next request is sent."""

    def __init__(
        self,
        writes: WriteQueue,
        recording: Recording | None,
        on_progress: OnProgress | None,
        settings: Settings,
    ) -> None:
        self.written: set[Item] = set()
        self._writes = writes
        self._recording = recording
        self._on_progress = on_progress
        self._settings = settings
        self._unsaved: list[Outcome] = []
        self._unreported: list[Progress] = []

    def take_up_to(self, limit: int) -> Sequence[WriteRequest]:
        """Report progress, and return the next requests."""
        # First the callback, which may raise: then no write is marked as sent that was not.
        while self._unreported:
            progress = self._unreported.pop(0)
            if self._on_progress is not None:
                self._on_progress(progress)
        return take_up_to(self._writes.take, limit)

    def before_start(self, jobs: Sequence[WriteRequest]) -> Record | None:
        """Record the outcomes so far, and which writes are about to be sent."""
        if self._recording is None or not (jobs or self._unsaved):
            return None
        return Record(partial(self._save, self._recording, [job.step.item for job in jobs]))

    def flow(self, job: WriteRequest) -> Flow[None]:
        """Write one rating."""
        if job.delay:
            yield Sleep(job.delay)
        item, value, language = job.step.item, job.step.after, self._settings.language
        if value is None:
            yield Execute(operations.delete_rating(item, language=language))
        else:
            yield Execute(operations.set_rating(item, value, language=language))

    def succeeded(self, job: WriteRequest, result: object) -> None:  # noqa: ARG002  # no new facts
        """Record that the service confirmed a write."""
        self.written.add(job.step.item)
        self._add(self._writes.succeeded(job))

    def failed(self, job: WriteRequest, error: RatingsError) -> None:
        """Record the error."""
        self._add(self._writes.failed(job, error))

    def mark_unverified(self, item: Item, error: RatingsError) -> None:
        """Record that a confirmed write reads back differently, or could not be read back."""
        self._add(self._writes.mark_unverified(item, error))

    def _add(self, outcome: Outcome) -> None:
        self._unsaved.append(outcome)
        if self._writes.is_finished(outcome.item):
            self._unreported.append(self._writes.progress)

    def _save(self, recording: Recording, sending: Sequence[Item]) -> None:
        recording.record(sending=sending, ended=self._unsaved, at=self._settings.clock.now())
        self._unsaved = []
