"""What bulk calls do, in order, as flows: read many ratings, carry out a plan, add favorites.

The decisions are in `_core`; an engine sends and waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from attrs import frozen

from apple_music_ratings._http.settings import Settings
from apple_music_ratings._operations import operations
from apple_music_ratings.errors import JournalError, RatingsError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import Action, BulkResult, Outcome, Plan, Progress, Step

from .batching import chunks
from .effects import Execute, Flow, Sleep, Work
from .failures import is_batch_too_large
from .reading import ReadQueue, ReadRequest
from .verification import READ_LAG_DELAYS, mismatched, verification_error
from .writing import WriteQueue, WriteRequest

if TYPE_CHECKING:
    from apple_music_ratings.journal.journal import Journal
    from apple_music_ratings.journal.recording import Recording

J = TypeVar("J")
OnProgress: TypeAlias = Callable[[Progress], object]
Ratings: TypeAlias = dict[Item, RatingValue | None]


@frozen(kw_only=True)
class Wishes:
    """What a caller wants of a bulk write beside the writes.

    Args:
        verify: Whether to read back what was written.
        on_progress: Told about each item that has come to its end.
    """

    verify: bool = False
    on_progress: OnProgress | None = None


@frozen
class _StableRead:
    """What was read of many items, once reads had time to catch up with writes."""

    found: Ratings
    errors: dict[Item, RatingsError]
    reads: int


@frozen
class BulkFlows:
    """Makes the flows of one client.

    Args:
        settings: The options that apply.
    """

    settings: Settings

    def get_ratings(self, items: Iterable[Item], *, retries_at_end: bool = False) -> Flow[Ratings]:
        """Read many ratings. The first failure ends it, unless it passes and we are persistent."""
        reading = self._reading(items, stops_on_error=True, retries_at_end=retries_at_end)
        yield _Reads(reading, self.settings.language)
        for error in reading.errors.values():
            raise error
        return reading.found

    def write(
        self, items: Sequence[Item], action: Action, journal: Journal | None, wishes: Wishes
    ) -> Flow[BulkResult]:
        """Do the same with every item. With a journal, what stands so already is left alone."""
        steps = [Step(item, action) for item in items]
        if journal is None:
            return (yield from self._carry_out(Plan(steps), None, wishes))
        standing = yield from self.get_ratings(items, retries_at_end=True)
        looked = [
            Step(step.item, Action.LEAVE if value == step.after else action, value)
            for step in steps
            for value in [standing[step.item]]
        ]
        return (yield from self._begin(Plan(looked), journal, wishes))

    def apply(self, plan: Plan, journal: Journal | None, wishes: Wishes) -> Flow[BulkResult]:
        """Carry out a plan. With a journal, look first at what stands now, to come back to."""
        if journal is None:
            return (yield from self._carry_out(plan, None, wishes))
        # A write that was planned is sent even where the look finds it done: reads may lag.
        expected = {step.item: step.before for step in plan.writes}
        settled = yield from self._settle(expected, stops_on_error=True)
        looked = [
            Step(step.item, step.action, settled.found.get(step.item, step.before)) for step in plan
        ]
        return (yield from self._begin(Plan(looked), journal, wishes))

    def resume(self, journal: Journal, run: str | None, wishes: Wishes) -> Flow[BulkResult]:
        """Finish a run. What was confirmed is left alone; what is uncertain is sent again.

        Reading it back instead would not do: a read may lag behind the write, and the write is
        harmless when it is repeated.
        """
        from apple_music_ratings.journal.recording import Recording  # noqa: PLC0415  # SQLite

        with closing(Recording.reopen(journal, run, service=self._service)) as recording:
            return (yield from self._carry_out(recording.plan, recording, wishes))

    def add_favorites(self, items: Sequence[Item]) -> Flow[None]:
        """Add items of the catalog to the favorites, in requests of limited size."""
        waiting = list(reversed(chunks(items, size=self.settings.batch_size)))
        while waiting:
            chunk = waiting.pop()
            try:
                call = operations.add_favorites(chunk, language=self.settings.language)
                yield Execute(call, is_batch=True)
            except RatingsError as error:
                if len(chunk) == 1 or not is_batch_too_large(error):
                    raise
                waiting += reversed(chunks(chunk, size=(len(chunk) + 1) // 2))

    @property
    def _service(self) -> str:
        return str(self.settings.base_url)

    def _begin(self, plan: Plan, journal: Journal, wishes: Wishes) -> Flow[BulkResult]:
        now = self.settings.clock.now()
        from apple_music_ratings.journal.recording import Recording  # noqa: PLC0415  # SQLite

        with closing(Recording.begin(journal, plan, service=self._service, at=now)) as recording:
            return (yield from self._carry_out(plan, recording, wishes))

    def _carry_out(
        self, plan: Plan, recording: Recording | None, wishes: Wishes
    ) -> Flow[BulkResult]:
        writing = WriteQueue(
            plan, policy=self.settings.retry, ended=recording.ended if recording else None
        )
        writes = _Writes(writing, recording, wishes.on_progress, self.settings)
        yield writes
        if recording is not None and writing.stopped_by is not None:
            recording.stop(writing.stopped_by)
        # Where a token was refused, reading would be refused as well.
        if wishes.verify and writing.stopped_by is None:
            yield from self._verify(plan, writes)
        return writing.result(recording.run if recording else None)

    def _verify(self, plan: Plan, writes: _Writes) -> Flow[None]:
        """Read back what was written in this life of the run."""
        expected = {step.item: step.after for step in plan.writes if step.item in writes.written}
        settled = yield from self._settle(expected, stops_on_error=False)
        for item in mismatched(expected, settled.found):
            found = settled.found[item]
            writes.mark_unverified(
                item, verification_error(item, expected[item], found, reads=settled.reads)
            )
        for item, error in settled.errors.items():
            writes.mark_unverified(item, error)
        writes.start(0)

    def _settle(
        self, expected: Mapping[Item, RatingValue | None], *, stops_on_error: bool
    ) -> Flow[_StableRead]:
        """Read items until they are as expected, or reads had time to catch up with writes."""
        found: Ratings = {}
        errors: dict[Item, RatingsError] = {}
        reads = 0
        odd: Iterable[Item] = expected
        for delay in (None, *READ_LAG_DELAYS):
            if delay is not None:
                yield Sleep(delay)
            reading = self._reading(odd, stops_on_error=stops_on_error)
            yield _Reads(reading, self.settings.language)
            reads += 1
            errors |= reading.errors
            if errors and stops_on_error:
                raise next(iter(errors.values()))
            found |= reading.found
            for item in reading.errors:
                del found[item]
            odd = mismatched(expected, found)
            if not odd:
                break
        return _StableRead(found, errors, reads)

    def _reading(
        self, items: Iterable[Item], *, stops_on_error: bool, retries_at_end: bool = True
    ) -> ReadQueue:
        return ReadQueue(
            items,
            size=self.settings.batch_size,
            policy=self.settings.retry,
            stops_on_error=stops_on_error,
            retries_at_end=retries_at_end,
        )


class _Reads(Work[ReadRequest]):
    """The requests of a reading."""

    def __init__(self, reading: ReadQueue, language: str | None) -> None:
        self._reading = reading
        self._language = language

    @property
    def is_over(self) -> bool:
        return self._reading.is_over

    def start(self, room: int) -> list[ReadRequest]:
        return taken(self._reading.take, room)

    def flow(self, question: ReadRequest) -> Flow[Ratings]:
        if question.delay:
            yield Sleep(question.delay)
        if not question.is_single:
            call = operations.get_ratings(question.batch, language=self._language)
            found: Ratings = yield Execute(call, is_batch=len(question.batch.items) > 1)
            return found
        [item] = question.batch.items
        value: RatingValue | None = yield Execute(
            operations.get_rating(item, language=self._language)
        )
        return {item: value}

    def succeeded(self, question: ReadRequest, result: Ratings) -> None:  # noqa: ARG002  # by item
        self._reading.answered(result)

    def failed(self, question: ReadRequest, error: RatingsError) -> None:
        self._reading.refused(question, error)


class _Writes(Work[WriteRequest]):
    """The requests of a plan. What is known goes to the journal before the next one is sent."""

    def __init__(
        self,
        writing: WriteQueue,
        recording: Recording | None,
        on_progress: OnProgress | None,
        settings: Settings,
    ) -> None:
        self.written: set[Item] = set()
        self._writing = writing
        self._recording = recording
        self._on_progress = on_progress
        self._settings = settings
        self._unsaved: list[Outcome] = []
        self._unreported: list[Progress] = []

    def start(self, room: int) -> list[WriteRequest]:
        # First the caller, who may raise: then nothing is marked as sent that was not.
        while self._unreported:
            progress = self._unreported.pop(0)
            if self._on_progress is not None:
                self._on_progress(progress)
        sends = taken(self._writing.take, room)
        self._record(sends)
        return sends

    def flow(self, send: WriteRequest) -> Flow[object]:
        if send.delay:
            yield Sleep(send.delay)
        item, value, language = send.step.item, send.step.after, self._settings.language
        if value is None:
            yield Execute(operations.delete_rating(item, language=language))
        else:
            yield Execute(operations.set_rating(item, value, language=language))
        return None

    def succeeded(self, send: WriteRequest, result: object) -> None:  # noqa: ARG002  # nothing new
        self.written.add(send.step.item)
        self._note(self._writing.succeeded(send))

    def failed(self, send: WriteRequest, error: RatingsError) -> None:
        self._note(self._writing.failed(send, error))

    def mark_unverified(self, item: Item, error: RatingsError) -> None:
        """Take in that a write did not stick, or could not be read back."""
        self._note(self._writing.mark_unverified(item, error))

    def interrupted(self) -> None:
        # What interrupted the work is what the caller hears of.
        with suppress(JournalError):
            self._record(())

    def _note(self, outcome: Outcome) -> None:
        self._unsaved.append(outcome)
        if self._writing.is_finished(outcome.item):
            self._unreported.append(self._writing.progress)

    def _record(self, sends: Sequence[WriteRequest]) -> None:
        if self._recording is not None:
            self._recording.record(
                sending=[send.step.item for send in sends],
                ended=self._unsaved,
                at=self._settings.clock.now(),
            )
        self._unsaved = []


def taken(take: Callable[[], J | None], room: int) -> list[J]:
    """Take at most so many, until there is none at the moment."""
    found: list[J] = []
    while len(found) < room and (job := take()) is not None:
        found.append(job)
    return found
