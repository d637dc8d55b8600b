"""What flows ask for: a bulk call is a generator of effects, performed by a sync or async runner.

A flow does no I/O. It yields an effect, and the runner sends its result back, or throws its error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import define, frozen

from apple_music_ratings._operations.exchange import OperationCall
from apple_music_ratings.errors import RatingsError, TransportError

T = TypeVar("T")
J = TypeVar("J")


@frozen
class Execute:
    """Run one operation; its result is sent back.

    Args:
        call: The operation.
        is_batch: Whether it has many ids, so that a second 504 ends it.
    """

    call: OperationCall[Any]
    is_batch: bool = False


@frozen
class Sleep:
    """Wait for this many seconds."""

    seconds: float


@frozen
class Record:
    """Read or write the journal; the result of the action is sent back.

    Async runners call it in a worker thread, and wait for its end even when they are canceled.

    Args:
        action: Safe to call twice.
    """

    action: Callable[[], Any]


@frozen
class Emit:
    """Pass results to the iterating caller. Only in flows that are iterated."""

    results: Sequence[Any]


class RequestQueue(ABC, Generic[J]):
    """Many jobs, some of them in flight at once, which may add further jobs.

    Everything but the flows of the jobs is called by one thread or task.
    """

    @property
    def is_over(self) -> bool:
        """Whether jobs in flight are not worth waiting for."""
        return False

    @abstractmethod
    def take_up_to(self, limit: int) -> Sequence[J]:
        """Return at most this many jobs to start now. Called again after some have ended."""
        ...

    def before_start(self, jobs: Sequence[J]) -> Record | None:  # noqa: ARG002  # for subclasses
        """Return what to record before these jobs start; also called once an interrupted one ended.

        Args:
            jobs: What `take_up_to` returned; empty after an interruption.
        """
        return None

    @abstractmethod
    def flow(self, job: J) -> Flow[Any]:
        """Return the flow of a job."""
        ...

    @abstractmethod
    def succeeded(self, job: J, result: Any) -> None:
        """Record the result of a job."""
        ...

    @abstractmethod
    def failed(self, job: J, error: RatingsError) -> None:
        """Record the error of a job."""
        ...


@frozen
class Drain:
    """Run the jobs of a queue, several at a time, until it has no more."""

    queue: RequestQueue[Any]


@define
class FlowState:
    """What a runner sends to its flow next, or what the flow returned."""

    value: Any = None
    error: BaseException | None = None
    result: Any = None

    def advance(self, flow: Flow[Any]) -> Effect | None:
        """Resume the flow, and return its next effect; `None` when it has returned."""
        try:
            effect = flow.send(self.value) if self.error is None else flow.throw(self.error)
        except StopIteration as end:
            self.result = end.value
            return None
        finally:
            self.value = self.error = None
        return effect


Effect: TypeAlias = Execute | Sleep | Record | Emit | Drain
Flow: TypeAlias = Generator[Effect, Any, T]


def interrupted_error() -> TransportError:
    """Return the error of a job whose wait for another attempt was interrupted."""
    return TransportError(
        "The run was interrupted before another attempt.", method="", path="", attempts=0
    )


def take_up_to(take: Callable[[], J | None], limit: int) -> list[J]:
    """Take at most this many, until none is left for now."""
    found: list[J] = []
    while len(found) < limit and (job := take()) is not None:
        found.append(job)
    return found
