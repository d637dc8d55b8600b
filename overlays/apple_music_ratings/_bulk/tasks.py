"""Run flows for an async client, in tasks of asyncio or trio. `threads` has the counterpart."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

from apple_music_ratings._http.clients import AsyncRetryingClient
from apple_music_ratings._http.settings import Settings
from apple_music_ratings._operations import exchange
from apple_music_ratings.errors import RatingsError

from .effects import (
    Drain,
    Effect,
    Emit,
    Execute,
    Flow,
    FlowState,
    Record,
    RequestQueue,
    Sleep,
    interrupted_error,
)

if TYPE_CHECKING:
    from typing import Self

    from anyio import Event
    from anyio.abc import TaskGroup

T = TypeVar("T")


class TaskRunner:
    """Runs the flows of one bulk call. See `ThreadRunner`."""

    def __init__(self, http: AsyncRetryingClient, settings: Settings) -> None:
        self._original_http = http
        self._settings = settings
        self._max_in_flight = settings.max_concurrency
        # Made when the event loop runs, which an event belongs to.
        self._interrupted: Event | None = None

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end. See `ThreadRunner.run`."""
        return await self._run(flow, self._max_in_flight)

    def iterate(self, flow: Flow[None]) -> AsyncIterator[Any]:
        """Run a flow as far as results are requested. No task lives between two results."""
        return _ResultIterator(flow, partial(self._perform, limit=self._max_in_flight))

    async def _run(self, flow: Flow[T], limit: int) -> T:
        state = FlowState()
        while (effect := state.advance(flow)) is not None:
            await self._perform(effect, state, limit)
        result: T = state.result
        return result

    async def _perform(self, effect: Effect, state: FlowState, limit: int) -> None:
        until = self._start()
        try:
            if isinstance(effect, Execute):
                http = self._batch_http if effect.is_batch else self._http
                state.value = await exchange.run_async(http, effect.call)
            elif isinstance(effect, Sleep):
                if await self._settings.clock.sleep_async(effect.seconds, until=until):
                    raise interrupted_error()  # noqa: TRY301  # thrown into the flow
            elif isinstance(effect, Record):
                state.value = await _perform_in_thread(effect)
            elif isinstance(effect, Drain):  # pragma: no branch -- as in `ThreadRunner`
                await self._drain(effect.queue, limit)
        except BaseException as error:  # noqa: BLE001  # as in `ThreadRunner`
            state.error = error

    def _start(self) -> Event:
        if self._interrupted is None:
            from anyio import Event  # noqa: PLC0415  # slow to import; httpx requires it

            self._interrupted = Event()
            http, settings = self._original_http, self._settings
            self._http = http.with_settings(settings, until=self._interrupted)
            batches = evolve(settings, is_batch=True)
            self._batch_http = http.with_settings(batches, until=self._interrupted)
        return self._interrupted

    async def _drain(self, queue: RequestQueue[Any], limit: int) -> None:
        """Run jobs in tasks. All decisions and callbacks happen in this task."""
        try:
            while jobs := await _take(queue, limit):
                if len(jobs) > 1:
                    await _TaskPool(queue, limit, self._run, self._start().set).run(jobs)
                    return
                # A single job needs no task.
                outcome = await _outcome(self._run(queue.flow(jobs[0]), 1))
                _settle(queue, jobs[0], outcome)
        except GeneratorExit:  # The event loop is gone.
            raise
        except BaseException:
            with suppress(RatingsError):
                await _record(queue, ())
            raise


class _TaskPool:
    """The tasks that run the jobs of one queue."""

    def __init__(
        self,
        queue: RequestQueue[Any],
        limit: int,
        run: Callable[[Flow[Any], int], Awaitable[Any]],
        interrupt: Callable[[], object],
    ) -> None:
        from anyio import Event  # noqa: PLC0415  # as above

        self._queue = queue
        self._limit = limit
        self._run_flow = run
        self._interrupt = interrupt
        self._make_event = Event
        self._in_flight = 0
        self._ended: deque[tuple[Any, Callable[[], Any]]] = deque()
        self._has_ended = Event()

    async def run(self, jobs: Sequence[Any]) -> None:
        from anyio import create_task_group  # noqa: PLC0415  # as above

        try:
            async with create_task_group() as group:
                await self._run_jobs(jobs, group)
        except BaseExceptionGroup as group_error:
            # Raised as itself, as callers expect.
            raise _first(group_error) from group_error
        finally:
            # What ended while this task was canceled.
            with suppress(Exception):
                self._settle_ended()

    async def _run_jobs(self, jobs: Sequence[Any], group: TaskGroup) -> None:
        try:
            while jobs or self._in_flight:
                for job in jobs:
                    self._in_flight += 1
                    group.start_soon(self._run_job, job)
                await self._wait_for_end()
                self._settle_ended()
                if self._queue.is_over:
                    group.cancel_scope.cancel()
                    return
                jobs = await _take(self._queue, self._limit - self._in_flight)
        except Exception:
            # As in `ThreadRunner`: waits end, requests in flight complete.
            self._interrupt()
            while self._in_flight:
                await self._wait_for_end()
                with suppress(Exception):  # The first one is raised.
                    self._settle_ended()
            raise

    async def _run_job(self, job: Any) -> None:
        outcome = await _outcome(self._run_flow(self._queue.flow(job), 1))
        self._ended.append((job, outcome))
        self._has_ended.set()

    async def _wait_for_end(self) -> None:
        if not self._ended:
            await self._has_ended.wait()
        self._has_ended = self._make_event()

    def _settle_ended(self) -> None:
        while self._ended:
            self._in_flight -= 1
            _settle(self._queue, *self._ended.popleft())


class _ResultIterator:
    """The results of a flow. Not an async generator, which would have to be closed."""

    def __init__(
        self, flow: Flow[None], perform: Callable[[Effect, FlowState], Awaitable[None]]
    ) -> None:
        self._flow = flow
        self._perform = perform
        self._state = FlowState()
        self._results: deque[Any] = deque()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while not self._results:
            effect = self._state.advance(self._flow)
            if effect is None:
                raise StopAsyncIteration
            if isinstance(effect, Emit):
                self._results.extend(effect.results)
            else:
                await self._perform(effect, self._state)
        return self._results.popleft()


class _InterruptibleCall:
    """An action in a worker thread, which either ends or never starts once it is abandoned."""

    def __init__(self, action: Callable[[], Any]) -> None:
        self._action = action
        self._lock = Lock()
        self._is_abandoned = False

    def __call__(self) -> Any:
        with self._lock:
            return None if self._is_abandoned else self._action()

    def abandon(self) -> None:
        """Wait for the action if it has started, and prevent it otherwise."""
        with self._lock:
            self._is_abandoned = True


async def _perform_in_thread(record: Record) -> Any:
    """Perform an effect in a worker thread. No disk I/O happens in the event loop."""
    from anyio import CancelScope, to_thread  # noqa: PLC0415  # as above

    call = _InterruptibleCall(record.action)
    try:
        with CancelScope(shield=True):
            return await to_thread.run_sync(call)
    except BaseException:
        # The shield does not hold against asyncio's own `Task.cancel`.
        call.abandon()
        raise


async def _take(queue: RequestQueue[Any], limit: int) -> Sequence[Any]:
    jobs = queue.take_up_to(limit)
    await _record(queue, jobs)
    return jobs


async def _record(queue: RequestQueue[Any], jobs: Sequence[Any]) -> None:
    record = queue.before_start(jobs)
    if record is not None:
        await _perform_in_thread(record)


async def _outcome(result: Awaitable[Any]) -> Callable[[], Any]:
    """Await a job; return a function that returns its result or raises its error."""
    try:
        value = await result
    except Exception as error:  # noqa: BLE001  # raised where the outcome is read
        return partial(_raise, error)
    return partial(_return, value)


def _return(value: Any) -> Any:
    return value


def _raise(error: Exception) -> None:
    raise error


def _settle(queue: RequestQueue[Any], job: Any, outcome: Callable[[], Any]) -> None:
    try:
        result = outcome()
    except RatingsError as error:
        queue.failed(job, error)
    else:
        queue.succeeded(job, result)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
