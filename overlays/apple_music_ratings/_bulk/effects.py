"""The shape of work that asks for more than one thing: generators, and what they ask for.

A flow says what is to be done next and is sent the answer, so that it is written once and carried
out by a sync and by an async engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import define, frozen

from apple_music_ratings._operations.exchange import OperationCall
from apple_music_ratings.errors import RatingsError

T = TypeVar("T")
J = TypeVar("J")


@frozen
class Execute:
    """Run one operation; answered with its result.

    Args:
        call: The operation.
        is_batch: Whether it holds many ids, so that a second 504 ends it.
    """

    call: OperationCall[Any]
    is_batch: bool = False


@frozen
class Sleep:
    """Wait for so many seconds."""

    seconds: float


@frozen
class Emit:
    """Hand results to whoever iterates. Only in flows that are iterated."""

    results: Sequence[Any]


class Work(ABC, Generic[J]):
    """Many jobs, some of them on their way at once, that may bring up further ones.

    Everything but the flows of the jobs is called from one thread, or between two awaits.
    """

    @property
    def is_over(self) -> bool:
        """Whether whatever is still on its way is not worth waiting for."""
        return False

    @abstractmethod
    def start(self, room: int) -> Sequence[J]:
        """Give at most so many jobs to start now. Called again after some have ended."""
        ...

    @abstractmethod
    def flow(self, job: J) -> Flow[Any]:
        """Give what carries out a job."""
        ...

    @abstractmethod
    def succeeded(self, job: J, result: Any) -> None:
        """Take in what a job brought."""
        ...

    @abstractmethod
    def failed(self, job: J, error: RatingsError) -> None:
        """Take in that a job failed."""
        ...

    def interrupted(self) -> None:  # most have nothing to keep
        """Keep what is known. No further job will start."""


@define
class FlowState:
    """Between a flow and its engine: what the flow is told next, or what it returned."""

    answer: Any = None
    error: BaseException | None = None
    result: Any = None

    def take(self, flow: Flow[Any]) -> Request | None:
        """Tell the flow, and give what it asks for next; `None` when it has returned."""
        try:
            asked = flow.send(self.answer) if self.error is None else flow.throw(self.error)
        except StopIteration as end:
            self.result = end.value
            return None
        self.answer = self.error = None
        return asked


Request: TypeAlias = Execute | Sleep | Emit | Work[Any]
Flow: TypeAlias = Generator[Request, Any, T]
