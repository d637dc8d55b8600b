"""Carry out flows: sync on threads, async in tasks of asyncio or trio.

The two look alike on purpose. What is decided is decided in the flows and in `_core`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, evolve, frozen

from apple_music_ratings._http.clients import AsyncRetryingClient, RetryingClient
from apple_music_ratings._http.settings import Settings
from apple_music_ratings._operations.exchange import run, run_async
from apple_music_ratings.clock import Clock, Interrupted, SystemClock
from apple_music_ratings.errors import RatingsError
from apple_music_ratings.limiters.protocol import Limiter
from apple_music_ratings.limiters.rate_limiter import SleepingLimiter

from .effects import Emit, Execute, Flow, FlowState, Request, Sleep, Work

if TYPE_CHECKING:
    from typing import Self

    from anyio import Event as AnyioEvent
    from anyio.abc import TaskGroup

T = TypeVar("T")


@frozen
class _InterruptibleClock:
    """A clock whose sleep ends when the work is interrupted."""

    clock: Clock
    interrupted: Event

    def now(self) -> float:
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        if isinstance(self.clock, SystemClock):
            self.interrupted.wait(seconds)
        else:
            self.clock.sleep(seconds)
        if self.interrupted.is_set():
            raise Interrupted

    async def sleep_async(self, seconds: float) -> None:  # pragma: no cover -- sync clients only
        await self.clock.sleep_async(seconds)

    def jitter(self) -> float:
        return self.clock.jitter()


@define
class _Interruption:
    """Whether the work of an async engine was interrupted."""

    is_set: bool = False
    _event: AnyioEvent | None = None

    def set(self) -> None:
        """End every sleep."""
        self.is_set = True
        if self._event is not None:
            self._event.set()

    async def wait(self, seconds: float) -> None:
        """Sleep for so long, or until the interruption."""
        from anyio import Event, move_on_after  # noqa: PLC0415  # slow to import; httpx brings it

        # Made here, since it belongs to the loop that runs.
        self._event = self._event or Event()
        with move_on_after(0 if self.is_set else seconds):
            await self._event.wait()


@frozen
class _InterruptibleAsyncClock:
    """A clock for async callers whose sleep ends when the work is interrupted."""

    clock: Clock
    interruption: _Interruption

    def now(self) -> float:
        return self.clock.now()

    def sleep(self, seconds: float) -> None:  # pragma: no cover -- async clients only
        self.clock.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        if isinstance(self.clock, SystemClock):
            await self.interruption.wait(seconds)
        else:
            await self.clock.sleep_async(seconds)
        if self.interruption.is_set:
            raise Interrupted

    def jitter(self) -> float:
        return self.clock.jitter()


@frozen
class _InterruptibleLimiter:
    """A limiter whose leave is void once the work is interrupted."""

    limiter: Limiter
    is_interrupted: Callable[[], bool]

    def acquire(self) -> None:
        self.limiter.acquire()
        self._check()

    async def aacquire(self) -> None:
        await self.limiter.aacquire()
        self._check()

    def _check(self) -> None:
        if self.is_interrupted():
            raise Interrupted


def _interruptible(
    settings: Settings, wrap: Callable[[Clock], Clock], is_interrupted: Callable[[], bool]
) -> Settings:
    """Let an interruption end the sleeps of the client and of its limiter."""
    limiter = settings.limiter
    if limiter is not None:
        if isinstance(limiter, SleepingLimiter):
            limiter = limiter.sleeping_by(wrap)
        limiter = _InterruptibleLimiter(limiter, is_interrupted)
    return evolve(settings, clock=wrap(settings.clock), limiter=limiter)


class ThreadRunner:
    """Carries out flows for a sync client. Made for one call.

    Args:
        http: Sends the requests; its settings are replaced.
        settings: What governs the calls.
    """

    def __init__(self, http: RetryingClient, settings: Settings) -> None:
        self._interrupted = Event()
        wrap = partial(_InterruptibleClock, interrupted=self._interrupted)
        settings = _interruptible(settings, wrap, self._interrupted.is_set)
        self._clock = settings.clock
        self._http = http.with_settings(settings)
        self._batch_http = http.with_settings(_for_batches(settings))
        self._room = settings.max_concurrency

    def follow(self, flow: Flow[T]) -> T:
        """Carry out a flow to its end.

        Returns:
            What the flow returns.

        Raises:
            RatingsError: What the flow raises.
        """
        return self._follow(flow, self._room)

    def iterate(self, flow: Flow[None]) -> Iterator[Any]:
        """Carry out a flow as far as results are asked for. No thread lives between two results."""
        turn = FlowState()
        try:
            while (asked := turn.take(flow)) is not None:
                if isinstance(asked, Emit):
                    yield from asked.results
                else:
                    self._answer(asked, turn, self._room)
        finally:
            flow.close()

    def _follow(self, flow: Flow[T], room: int) -> T:
        turn = FlowState()
        while (asked := turn.take(flow)) is not None:
            self._answer(asked, turn, room)
        result: T = turn.result
        return result

    def _answer(self, asked: Request, turn: FlowState, room: int) -> None:
        try:
            if isinstance(asked, Execute):
                http = self._batch_http if asked.is_batch else self._http
                turn.answer = run(http, asked.call)
            elif isinstance(asked, Sleep):
                self._clock.sleep(asked.seconds)
            elif isinstance(asked, Work):  # pragma: no branch -- `iterate` keeps the rest
                self._work(asked, room)
        except BaseException as error:  # noqa: BLE001  # the flow decides, and tidies up
            turn.error = error

    def _work(self, work: Work[Any], room: int) -> None:
        """Carry out jobs on threads. Whatever is decided and told is so in this thread."""
        flying: dict[Future[Any], Any] = {}
        with ExitStack() as stack:
            pool: ThreadPoolExecutor | None = None
            try:
                while (jobs := work.start(room - len(flying))) or flying:
                    if not flying and len(jobs) == 1:
                        # A lone job needs no thread.
                        _finish(work, jobs[0], partial(self._follow, work.flow(jobs[0]), 1))
                        continue
                    pool = pool or stack.enter_context(ThreadPoolExecutor(room))
                    for job in jobs:
                        flying[pool.submit(self._follow, work.flow(job), 1)] = job
                    for future in wait(flying, return_when=FIRST_COMPLETED).done:
                        with suppress(Interrupted):
                            _finish(work, flying.pop(future), future.result)
                    if work.is_over:
                        self._interrupted.set()
            except BaseException:
                # Whatever is waiting to be sent again gives up; whatever is on its way comes to
                # its end, so that it is known.
                self._interrupted.set()
                for future in wait(flying).done:
                    with suppress(Exception):  # The first one is what is raised.
                        _finish(work, flying.pop(future), future.result)
                work.interrupted()
                raise
        if pool is not None:
            self._interrupted.clear()


def _finish(work: Work[Any], job: Any, result: Callable[[], Any]) -> None:
    try:
        brought = result()
    except RatingsError as error:
        work.failed(job, error)
    else:
        work.succeeded(job, brought)


class TaskRunner:
    """Carries out flows for an async client. See `ThreadRunner`."""

    def __init__(self, http: AsyncRetryingClient, settings: Settings) -> None:
        self._interruption = _Interruption()
        wrap = partial(_InterruptibleAsyncClock, interruption=self._interruption)
        settings = _interruptible(settings, wrap, lambda: self._interruption.is_set)
        self._clock = settings.clock
        self._http = http.with_settings(settings)
        self._batch_http = http.with_settings(_for_batches(settings))
        self._room = settings.max_concurrency

    async def follow(self, flow: Flow[T]) -> T:
        """Carry out a flow to its end. See `Engine.follow`."""
        return await self._follow(flow, self._room)

    def iterate(self, flow: Flow[None]) -> AsyncIterator[Any]:
        """Carry out a flow as far as results are asked for. No task lives between two results."""
        return _ResultIterator(flow, partial(self._answer, room=self._room))

    async def _follow(self, flow: Flow[T], room: int) -> T:
        turn = FlowState()
        while (asked := turn.take(flow)) is not None:
            await self._answer(asked, turn, room)
        result: T = turn.result
        return result

    async def _answer(self, asked: Request, turn: FlowState, room: int) -> None:
        try:
            if isinstance(asked, Execute):
                http = self._batch_http if asked.is_batch else self._http
                turn.answer = await run_async(http, asked.call)
            elif isinstance(asked, Sleep):
                await self._clock.sleep_async(asked.seconds)
            elif isinstance(asked, Work):  # pragma: no branch -- as above
                await self._work(asked, room)
        except BaseException as error:  # noqa: BLE001  # as above; a cancellation goes on its way
            turn.error = error

    async def _work(self, work: Work[Any], room: int) -> None:
        """Carry out jobs in tasks."""
        try:
            while jobs := work.start(room):
                if len(jobs) > 1:
                    await _TaskPool(work, room, self._follow, self._interruption.set).execute_plan(
                        jobs
                    )
                    return
                # A lone job needs no task.
                await _finish_async(work, jobs[0], self._follow(work.flow(jobs[0]), 1))
        except BaseException:
            work.interrupted()
            raise


class _ResultIterator:
    """What a flow emits. No async generator, since one that is left early needs closing."""

    def __init__(
        self, flow: Flow[None], answer: Callable[[Request, FlowState], Awaitable[None]]
    ) -> None:
        self._flow = flow
        self._answer = answer
        self._turn = FlowState()
        self._waiting: deque[Any] = deque()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while not self._waiting:
            asked = self._turn.take(self._flow)
            if asked is None:
                raise StopAsyncIteration
            if isinstance(asked, Emit):
                self._waiting.extend(asked.results)
            else:
                await self._answer(asked, self._turn)
        return self._waiting.popleft()


class _TaskPool:
    """The tasks that carry out one piece of work."""

    def __init__(
        self,
        work: Work[Any],
        room: int,
        follow: Callable[[Flow[Any], int], Awaitable[Any]],
        interrupt: Callable[[], None],
    ) -> None:
        self._work = work
        self._interrupt = interrupt
        self._room = room
        self._follow = follow
        self._in_flight = 0
        # What went wrong beside the jobs themselves. Raised once those on their way have ended,
        # by itself and not in a group.
        self._trouble: Exception | None = None

    async def execute_plan(self, jobs: Sequence[Any]) -> None:
        from anyio import create_task_group  # noqa: PLC0415  # slow to import; httpx brings it

        try:
            async with create_task_group() as group:
                self._send_out(jobs, group)
        except BaseExceptionGroup as several:
            # An interruption met one of the tasks; callers await it as itself.
            raise _first(several) from several
        if self._trouble is not None:
            raise self._trouble

    def _send_out(self, jobs: Sequence[Any], group: TaskGroup) -> None:
        self._in_flight += len(jobs)
        for job in jobs:
            group.start_soon(self._carry_out, job, group)

    async def _carry_out(self, job: Any, group: TaskGroup) -> None:
        work = self._work
        try:
            with suppress(Interrupted):
                await _finish_async(work, job, self._follow(work.flow(job), 1))
            self._in_flight -= 1
            if work.is_over:
                group.cancel_scope.cancel()
            elif self._trouble is None:
                self._send_out(work.start(self._room - self._in_flight), group)
        except Exception as error:  # noqa: BLE001  # raised by `execute_plan`
            self._trouble = self._trouble or error
            self._interrupt()


def _first(several: BaseException) -> BaseException:
    while isinstance(several, BaseExceptionGroup):
        several = several.exceptions[0]
    return several


async def _finish_async(work: Work[Any], job: Any, result: Awaitable[Any]) -> None:
    try:
        brought = await result
    except RatingsError as error:
        work.failed(job, error)
    else:
        work.succeeded(job, brought)


def _for_batches(settings: Settings) -> Settings:
    return evolve(settings, is_batch=True)
