"""The steps of each bulk call, as flows: read many ratings, apply a plan, add favorites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen

from apple_music_ratings._http.settings import Settings
from apple_music_ratings._operations import operations
from apple_music_ratings.errors import JournalError, RatingsError
from apple_music_ratings.models import Item, RatingValue
from apple_music_ratings.plans import Action, BulkResult, Plan, Step, UndoPlan

from .batching import chunks
from .effects import Drain, Execute, Flow, Record, Sleep
from .failures import is_batch_too_large
from .queues import OnError, OnProgress, Ratings, ReadRequests
from .reading import ReadQueue
from .verification import READ_LAG_DELAYS, mismatched, verification_error
from .write_requests import WriteRequests
from .writing import WriteQueue

if TYPE_CHECKING:
    from apple_music_ratings.journal.journal import Journal
    from apple_music_ratings.journal.recording import Recording


@frozen
class _StableRead:
    """The ratings of many items, once reads had time to show recent writes."""

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

    def get_ratings(
        self,
        items: Iterable[Item],
        *,
        retries_at_end: bool = False,
        on_error: OnError | None = None,
        on_progress: OnProgress | None = None,
    ) -> Flow[Ratings]:
        """Read many ratings. The first error ends it, unless it is transient and retried.

        An item that cannot be read is passed to `on_error`, and left out.
        """
        reads = self._read_queue(items, stops_on_error=True, retries_at_end=retries_at_end)
        yield Drain(ReadRequests(reads, language=self.settings.language, on_progress=on_progress))
        for item, error in reads.errors.items():
            if on_error is None or reads.is_over:
                raise error
            on_error(error)
            del reads.found[item]
        return reads.found

    def write(
        self,
        items: Sequence[Item],
        action: Action,
        journal: Journal | None,
        *,
        verify: bool,
        on_progress: OnProgress | None,
    ) -> Flow[BulkResult]:
        """Take one action on every item. With a journal, items that already match are left."""
        steps = [Step(item, action) for item in items]
        if journal is not None:
            current = yield from self.get_ratings(items, retries_at_end=True)
            steps = [
                Step(step.item, Action.LEAVE if value == step.after else action, value)
                for step in steps
                for value in [current[step.item]]
            ]
        return (
            yield from self._start(Plan(steps), journal, verify=verify, on_progress=on_progress)
        )

    def apply(
        self,
        plan: Plan,
        journal: Journal | None,
        *,
        verify: bool,
        on_progress: OnProgress | None,
    ) -> Flow[BulkResult]:
        """Apply a plan. With a journal, read the current ratings first, for undo."""
        if journal is not None:
            # A planned write is sent even if the item already matches: reads may lag.
            expected = {step.item: step.before for step in plan.writes}
            stable = yield from self._read_until_stable(expected, stops_on_error=True)
            plan = Plan(
                Step(step.item, step.action, stable.found.get(step.item, step.before))
                for step in plan
            )
        return (yield from self._start(plan, journal, verify=verify, on_progress=on_progress))

    def resume(
        self,
        journal: Journal,
        run: str | None,
        *,
        verify: bool,
        on_progress: OnProgress | None,
    ) -> Flow[BulkResult]:
        """Finish a run. What was confirmed is not sent again; what is uncertain is.

        Reading it back instead would not do: a read may lag behind the write, and repeating the
        write is harmless.
        """
        from apple_music_ratings.journal.recording import Recording  # noqa: PLC0415  # SQLite

        reopen = partial(
            Recording.reopen,
            journal,
            run,
            service=self._service,
            fingerprint=self.settings.auth.fingerprint,
        )
        return (yield from self._execute_recorded(reopen, verify=verify, on_progress=on_progress))

    def plan_undo(self, journal: Journal, run: str, *, force: bool) -> Flow[UndoPlan]:
        """Plan the changes back to the ratings before a run, and find what was changed since."""
        read = partial(
            journal._undo_plan_for,  # noqa: SLF001  # for the clients
            run,
            service=self._service,
            fingerprint=self.settings.auth.fingerprint,
        )
        undo: Plan = yield Record(read)
        expected = {step.item: step.before for step in undo}
        stable = yield from self._read_until_stable(expected, stops_on_error=True)
        current = [Step(step.item, step.action, stable.found[step.item]) for step in undo]
        # An item that is as before the run is planned too: reads may lag behind the run's write.
        changed = [
            now
            for step, now in zip(undo, current, strict=True)
            if now.before not in {step.before, step.after}
        ]
        if force:
            return UndoPlan(Plan(current))
        return UndoPlan(Plan(step for step in current if step not in changed), tuple(changed))

    def add_favorites(self, items: Sequence[Item]) -> Flow[None]:
        """Add catalog items to the favorites, in requests of limited size."""
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

    def _start(
        self,
        plan: Plan,
        journal: Journal | None,
        *,
        verify: bool,
        on_progress: OnProgress | None,
    ) -> Flow[BulkResult]:
        if journal is None:
            return (yield from self._execute(plan, None, verify=verify, on_progress=on_progress))
        from apple_music_ratings.journal.recording import Recording  # noqa: PLC0415  # SQLite

        now = self.settings.clock.now()
        begin = partial(
            Recording.begin,
            journal,
            plan,
            service=self._service,
            fingerprint=self.settings.auth.fingerprint,
            at=now,
        )
        return (
            yield from self._execute_recorded(
                begin, verify=verify, on_progress=on_progress, plan=plan
            )
        )

    def _execute_recorded(
        self,
        start: Callable[[], Recording],
        *,
        verify: bool,
        on_progress: OnProgress | None,
        plan: Plan | None = None,
    ) -> Flow[BulkResult]:
        """Execute a plan, or what the recording has left of it, and close the recording."""
        recording: Recording = yield Record(start)
        plan = recording.plan if plan is None else plan
        try:
            result = yield from self._execute(
                plan, recording, verify=verify, on_progress=on_progress
            )
            yield Record(recording.close)
        except GeneratorExit:
            # The caller is gone, and no effect can be performed. To the journal this is a crash.
            recording.release()
            raise
        except BaseException as error:
            if isinstance(error, JournalError):
                error.run = recording.run
            with suppress(JournalError):  # The first error is raised.
                yield Record(recording.close)
            raise
        return result

    def _execute(
        self,
        plan: Plan,
        recording: Recording | None,
        *,
        verify: bool,
        on_progress: OnProgress | None,
    ) -> Flow[BulkResult]:
        writes = WriteQueue(
            plan, policy=self.settings.retry, ended=recording.ended if recording else None
        )
        requests = WriteRequests(writes, recording, on_progress, self.settings)
        yield Drain(requests)
        if recording is not None and writes.stopped_by is not None:
            yield Record(partial(recording.stop, writes.stopped_by))
        # If a token was rejected, reading would be rejected as well.
        if verify and writes.stopped_by is None:
            yield from self._verify(plan, requests)
        return writes.result(recording.run if recording else None)

    def _verify(self, plan: Plan, requests: WriteRequests) -> Flow[None]:
        """Read back what was written in this call."""
        expected = {step.item: step.after for step in plan.writes if step.item in requests.written}
        stable = yield from self._read_until_stable(expected, stops_on_error=False)
        for item in mismatched(expected, stable.found):
            found = stable.found[item]
            requests.mark_unverified(
                item, verification_error(item, expected[item], found, reads=stable.reads)
            )
        for item, error in stable.errors.items():
            requests.mark_unverified(item, error)
        record = requests.before_start(requests.take_up_to(0))
        if record is not None:
            yield record

    def _read_until_stable(
        self, expected: Mapping[Item, RatingValue | None], *, stops_on_error: bool
    ) -> Flow[_StableRead]:
        """Read items until they are as expected, or reads had time to show recent writes."""
        found: Ratings = {}
        errors: dict[Item, RatingsError] = {}
        reads = 0
        remaining: Iterable[Item] = expected
        for delay in (None, *READ_LAG_DELAYS):
            if delay is not None:
                yield Sleep(delay)
            queue = self._read_queue(remaining, stops_on_error=stops_on_error)
            yield Drain(ReadRequests(queue, language=self.settings.language))
            reads += 1
            errors |= queue.errors
            if errors and stops_on_error:
                raise next(iter(errors.values()))
            found |= queue.found
            for item in queue.errors:
                del found[item]
            remaining = mismatched(expected, found)
            if not remaining:
                break
        return _StableRead(found, errors, reads)

    def _read_queue(
        self, items: Iterable[Item], *, stops_on_error: bool, retries_at_end: bool = True
    ) -> ReadQueue:
        return ReadQueue(
            items,
            size=self.settings.batch_size,
            policy=self.settings.retry,
            stops_on_error=stops_on_error,
            retries_at_end=retries_at_end,
        )
