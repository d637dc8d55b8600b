"""Run flows for a sync client, on threads. `tasks` has the async counterpart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from functools import partial
from threading import Event
from typing import Any, TypeVar

from attrs import evolve

from apple_music_ratings._http.clients import RetryingClient
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

T = TypeVar("T")


class ThreadRunner:
    """Runs the flows of one bulk call.

    Args:
        http: Sends the requests.
        settings: The options that apply.
    """

    def __init__(self, http: RetryingClient, settings: Settings) -> None:
        # Ends every wait of the call early.
        self._interrupted = Event()
        self._clock = settings.clock
        self._http = http.with_settings(settings, until=self._interrupted)
        batches = evolve(settings, is_batch=True)
        self._batch_http = http.with_settings(batches, until=self._interrupted)
        self._max_in_flight = settings.max_concurrency

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end.

        Returns:
            What the flow returns.

        Raises:
            RatingsError: What the flow raises.
        """
        return self._run(flow, self._max_in_flight)

    def iterate(self, flow: Flow[None]) -> Iterator[Any]:
        """Run a flow as far as results are requested. No thread lives between two results."""
        state = FlowState()
        try:
            while (effect := state.advance(flow)) is not None:
                if isinstance(effect, Emit):
                    yield from effect.results
                else:
                    self._perform(effect, state, self._max_in_flight)
        finally:
            flow.close()

    def _run(self, flow: Flow[T], limit: int) -> T:
        state = FlowState()
        try:
            while (effect := state.advance(flow)) is not None:
                self._perform(effect, state, limit)
        finally:
            # After Ctrl-C between two effects; a recording ends with its last reference.
            flow.close()
            state.value = None
        result: T = state.result
        return result

    def _perform(self, effect: Effect, state: FlowState, limit: int) -> None:
        try:
            if isinstance(effect, Execute):
                http = self._batch_http if effect.is_batch else self._http
                state.value = exchange.run(http, effect.call)
            elif isinstance(effect, Sleep):
                if self._clock.sleep(effect.seconds, until=self._interrupted):
                    raise interrupted_error()  # noqa: TRY301  # thrown into the flow
            elif isinstance(effect, Record):
                state.value = effect.action()
            elif isinstance(effect, Drain):  # pragma: no branch -- `iterate` handles the rest
                self._drain(effect.queue, limit)
        except BaseException as error:  # noqa: BLE001  # the flow decides, and cleans up
            state.error = error

    def _drain(self, queue: RequestQueue[Any], limit: int) -> None:
        """Run jobs on threads. All decisions and callbacks happen in this thread."""
        in_flight: dict[Future[Any], Any] = {}
        with ExitStack() as stack:
            pool: ThreadPoolExecutor | None = None
            try:
                while (jobs := _take(queue, limit - len(in_flight))) or in_flight:
                    if not in_flight and len(jobs) == 1:
                        # A single job needs no thread.
                        _settle(queue, jobs[0], partial(self._run, queue.flow(jobs[0]), 1))
                        continue
                    pool = pool or stack.enter_context(ThreadPoolExecutor(limit))
                    for job in jobs:
                        in_flight[pool.submit(self._run, queue.flow(job), 1)] = job
                    for future in wait(in_flight, return_when=FIRST_COMPLETED).done:
                        _settle(queue, in_flight.pop(future), future.result)
                    if queue.is_over:
                        self._interrupted.set()
            except BaseException:
                # Waits for another attempt end; requests in flight complete, so that their outcome
                # is known.
                self._interrupted.set()
                for future in wait(in_flight).done:
                    with suppress(Exception):  # The first one is raised.
                        _settle(queue, in_flight.pop(future), future.result)
                with suppress(RatingsError):
                    _record(queue, ())
                raise
        if pool is not None:
            self._interrupted.clear()


def _take(queue: RequestQueue[Any], limit: int) -> Any:
    jobs = queue.take_up_to(limit)
    _record(queue, jobs)
    return jobs


def _record(queue: RequestQueue[Any], jobs: Any) -> None:
    record = queue.before_start(jobs)
    if record is not None:
        record.action()


def _settle(queue: RequestQueue[Any], job: Any, call: Callable[[], Any]) -> None:
    try:
        result = call()
    except RatingsError as error:
        queue.failed(job, error)
    else:
        queue.succeeded(job, result)
