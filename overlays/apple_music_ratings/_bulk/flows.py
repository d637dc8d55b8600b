"""What bulk calls do, in order, as flows: read many ratings, carry out a plan, add favorites.

The decisions are in `_core`; an engine sends and waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from attrs import frozen

from apple_music_ratings._http.clients import Settings
from apple_music_ratings._operations import operations as _adapter
from apple_music_ratings.errors import JournalError, RatingsError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import Action, BulkResult, Outcome, Plan, Progress, Step

from .batching import Limits, chunks
from .effects import Ask, Flow, Pause, Work
from .failures import is_too_big
from .reading import Question, Reading
from .verification import LAG_DELAYS, disagreeing, not_kept
from .writing import Send, Writing

if TYPE_CHECKING:
    from apple_music_ratings.journal.journal import Journal, Recording

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
class _Settled:
    """What was read of many items, once reads had time to catch up with writes."""

    found: Ratings
    errors: dict[Item, RatingsError]
    reads: int


@frozen
class Bulk:
    """Makes the flows of one client.

    Args:
        settings: What governs its calls.
        limits: How much is done at a time.
    """

    settings: Settings
    limits: Limits

    def get_ratings(self, items: Iterable[Item], *, is_persistent: bool = False) -> Flow[Ratings]:
        """Read many ratings. The first failure ends it, unless it passes and we are persistent."""
        reading = self._reading(items, stops_at_failure=True, is_persistent=is_persistent)
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
        standing = yield from self.get_ratings(items, is_persistent=True)
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
        settled = yield from self._settle(expected, stops_at_failure=True)
        looked = [
            Step(step.item, step.action, settled.found.get(step.item, step.before)) for step in plan
        ]
        return (yield from self._begin(Plan(looked), journal, wishes))

    def resume(self, journal: Journal, run: str | None, wishes: Wishes) -> Flow[BulkResult]:
        """Finish a run. What was confirmed is left alone; what is uncertain is sent again.

        Reading it back instead would not do: a read may lag behind the write, and the write is
        harmless when it is repeated.
        """
        with closing(journal.reopen(run, service=self._service)) as recording:
            return (yield from self._carry_out(recording.plan, recording, wishes))

    def add_favorites(self, items: Sequence[Item]) -> Flow[None]:
        """Add items of the catalog to the favorites, in requests of limited size."""
        waiting = list(reversed(chunks(items, size=self.limits.batch_size)))
        while waiting:
            chunk = waiting.pop()
            try:
                call = _adapter.add_favorites(chunk, language=self.settings.language)
                yield Ask(call, is_batch=True)
            except RatingsError as error:
                if len(chunk) == 1 or not is_too_big(error):
                    raise
                waiting += reversed(chunks(chunk, size=(len(chunk) + 1) // 2))

    @property
    def _service(self) -> str:
        return str(self.settings.base_url)

    def _begin(self, plan: Plan, journal: Journal, wishes: Wishes) -> Flow[BulkResult]:
        now = self.settings.clock.now()
        with closing(journal.begin(plan, service=self._service, at=now)) as recording:
            return (yield from self._carry_out(plan, recording, wishes))

    def _carry_out(
        self, plan: Plan, recording: Recording | None, wishes: Wishes
    ) -> Flow[BulkResult]:
        writing = Writing(
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
        settled = yield from self._settle(expected, stops_at_failure=False)
        for item in disagreeing(expected, settled.found):
            found = settled.found[item]
            writes.refuted(item, not_kept(item, expected[item], found, reads=settled.reads))
        for item, error in settled.errors.items():
            writes.refuted(item, error)
        writes.start(0)

    def _settle(
        self, expected: Mapping[Item, RatingValue | None], *, stops_at_failure: bool
    ) -> Flow[_Settled]:
        """Read items until they are as expected, or reads had time to catch up with writes."""
        found: Ratings = {}
        errors: dict[Item, RatingsError] = {}
        reads = 0
        odd: Iterable[Item] = expected
        for delay in (None, *LAG_DELAYS):
            if delay is not None:
                yield Pause(delay)
            reading = self._reading(odd, stops_at_failure=stops_at_failure)
            yield _Reads(reading, self.settings.language)
            reads += 1
            errors |= reading.errors
            if errors and stops_at_failure:
                raise next(iter(errors.values()))
            found |= reading.found
            for item in reading.errors:
                del found[item]
            odd = disagreeing(expected, found)
            if not odd:
                break
        return _Settled(found, errors, reads)

    def _reading(
        self, items: Iterable[Item], *, stops_at_failure: bool, is_persistent: bool = True
    ) -> Reading:
        return Reading(
            items,
            size=self.limits.batch_size,
            policy=self.settings.retry,
            stops_at_failure=stops_at_failure,
            is_persistent=is_persistent,
        )


class _Reads(Work[Question]):
    """The requests of a reading."""

    def __init__(self, reading: Reading, language: str | None) -> None:
        self._reading = reading
        self._language = language

    @property
    def is_over(self) -> bool:
        return self._reading.is_over

    def start(self, room: int) -> list[Question]:
        return taken(self._reading.take, room)

    def flow(self, question: Question) -> Flow[Ratings]:
        if question.delay:
            yield Pause(question.delay)
        if not question.is_single:
            call = _adapter.get_ratings(question.batch, language=self._language)
            found: Ratings = yield Ask(call, is_batch=len(question.batch.items) > 1)
            return found
        [item] = question.batch.items
        value: RatingValue | None = yield Ask(_adapter.get_rating(item, language=self._language))
        return {item: value}

    def succeeded(self, question: Question, result: Ratings) -> None:  # noqa: ARG002  # by item
        self._reading.answered(result)

    def failed(self, question: Question, error: RatingsError) -> None:
        self._reading.refused(question, error)


class _Writes(Work[Send]):
    """The requests of a plan. What is known goes to the journal before the next one is sent."""

    def __init__(
        self,
        writing: Writing,
        recording: Recording | None,
        on_progress: OnProgress | None,
        settings: Settings,
    ) -> None:
        self.written: set[Item] = set()
        self._writing = writing
        self._recording = recording
        self._on_progress = on_progress
        self._settings = settings
        self._unrecorded: list[Outcome] = []
        self._untold: list[Progress] = []

    def start(self, room: int) -> list[Send]:
        # First the caller, who may raise: then nothing is marked as sent that was not.
        while self._untold:
            progress = self._untold.pop(0)
            if self._on_progress is not None:
                self._on_progress(progress)
        sends = taken(self._writing.take, room)
        self._record(sends)
        return sends

    def flow(self, send: Send) -> Flow[object]:
        if send.delay:
            yield Pause(send.delay)
        item, value, language = send.step.item, send.step.after, self._settings.language
        if value is None:
            yield Ask(_adapter.delete_rating(item, language=language))
        else:
            yield Ask(_adapter.set_rating(item, value, language=language))
        return None

    def succeeded(self, send: Send, result: object) -> None:  # noqa: ARG002  # nothing new
        self.written.add(send.step.item)
        self._note(self._writing.succeeded(send))

    def failed(self, send: Send, error: RatingsError) -> None:
        self._note(self._writing.failed(send, error))

    def refuted(self, item: Item, error: RatingsError) -> None:
        """Take in that a write did not stick, or could not be read back."""
        self._note(self._writing.refuted(item, error))

    def interrupted(self) -> None:
        # What interrupted the work is what the caller hears of.
        with suppress(JournalError):
            self._record(())

    def _note(self, outcome: Outcome) -> None:
        self._unrecorded.append(outcome)
        if self._writing.has_ended(outcome.item):
            self._untold.append(self._writing.progress)

    def _record(self, sends: Sequence[Send]) -> None:
        if self._recording is not None:
            self._recording.record(
                sending=[send.step.item for send in sends],
                ended=self._unrecorded,
                at=self._settings.clock.now(),
            )
        self._unrecorded = []


def taken(take: Callable[[], J | None], room: int) -> list[J]:
    """Take at most so many, until there is none at the moment."""
    found: list[J] = []
    while len(found) < room and (job := take()) is not None:
        found.append(job)
    return found
