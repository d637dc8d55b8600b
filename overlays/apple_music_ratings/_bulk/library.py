"""Walks a person's library, page by page, and joins it with the ratings. As flows.

Which pages are read is decided in `_core/walking.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from apple_music_ratings._http.responses import means_unrated
from apple_music_ratings._operations import operations
from apple_music_ratings._operations.pages import Page
from apple_music_ratings.errors import InvalidItemError, NotFoundError, RatingsError
from apple_music_ratings.models import LibraryItem, ResourceType

from .effects import Emit, Execute, Flow, Sleep, Work
from .failures import OnFailure, judge
from .flows import BulkFlows, taken
from .paging import MISSING_PAGE_DELAYS, LibraryPager
from .reading import requested_delay

# So many page reads in a wave for each that may be on its way at once: enough that the end of a
# wave, where the last ones are waited for, costs little; few enough that memory stays small.
_ROUNDS = 4
_NO_RESOURCES = "40403"


def as_library_type(resource_type: ResourceType | str) -> ResourceType:
    """Refuse what no library has.

    Raises:
        InvalidItemError: It is no resource type, or one of the catalog.
    """
    try:
        checked = ResourceType(resource_type)
    except ValueError:
        checked = None
    if checked is None or not checked.is_library:
        known = ", ".join(kind for kind in ResourceType if kind.is_library)
        raise InvalidItemError(f"{resource_type!r} is not a type of a library. There are: {known}.")
    return checked


def as_library_types(resource_types: Sequence[ResourceType | str]) -> list[ResourceType]:
    """Refuse what no library has; none stands for all there are, each once."""
    asked = [as_library_type(kind) for kind in resource_types]
    return list(dict.fromkeys(asked)) or [kind for kind in ResourceType if kind.is_library]


def items(bulk: BulkFlows, resource_type: ResourceType) -> Flow[None]:
    """Walk one library; emits its items, each once."""
    walk = LibraryPager()
    while offsets := taken(walk.next_page, _ROUNDS * bulk.settings.max_concurrency):
        pages = yield from _together([_page(bulk, resource_type, offset) for offset in offsets])
        for page in pages:
            yield Emit(walk.accept(page))


def rated_items(bulk: BulkFlows, resource_types: Iterable[ResourceType]) -> Flow[None]:
    """Walk libraries and read the ratings; emits pairs of an item and its rating.

    While further pages are read, so are the ratings of the items on those read before.
    """
    size = bulk.settings.batch_size
    walks = deque((resource_type, LibraryPager()) for resource_type in resource_types)
    unread: list[LibraryItem] = []
    while walks or unread:
        reads: list[Flow[Any]] = []
        if walks:
            resource_type, walk = walks[0]
            offsets = taken(walk.next_page, _ROUNDS * bulk.settings.max_concurrency)
            if not offsets:
                walks.popleft()
                continue
            reads = [_page(bulk, resource_type, offset) for offset in offsets]
        # What does not fill a request waits for more, while there may be more.
        ready = len(unread) - len(unread) % size if walks else len(unread)
        chunks = [unread[start : start + size] for start in range(0, ready, size)]
        del unread[:ready]
        ratings = [
            bulk.get_ratings([entry.item for entry in chunk], retries_at_end=True)
            for chunk in chunks
        ]
        answers = yield from _together([*reads, *ratings])
        for page in answers[: len(reads)]:
            unread += walk.accept(page)
        for chunk, found in zip(chunks, answers[len(reads) :], strict=True):
            yield Emit([(entry, found[entry.item]) for entry in chunk])


def _page(bulk: BulkFlows, resource_type: ResourceType, offset: int) -> Flow[Page]:
    """Read one page. A page that is missing for a moment is asked for again."""
    ask = Execute(
        operations.library_page(
            resource_type,
            offset,
            base_url=str(bulk.settings.base_url),
            language=bulk.settings.language,
        )
    )
    delays = iter(MISSING_PAGE_DELAYS)
    requeues = 0
    while True:
        try:
            page: Page = yield ask
        except NotFoundError as error:
            if not means_unrated(error):
                raise
            if offset == 0 and _is_empty(error):
                return Page(0, total=0)
            delay = next(delays, None)
            missing = error
        except RatingsError as error:
            if judge(error, policy=bulk.settings.retry, requeues=requeues) is not OnFailure.REQUEUE:
                raise
            requeues += 1
            delay = requested_delay(error)
        else:
            return page
        if delay is None:
            return (yield from _beyond_the_end(bulk, resource_type, offset, missing))
        yield Sleep(delay)


def _beyond_the_end(
    bulk: BulkFlows, resource_type: ResourceType, offset: int, missing: NotFoundError
) -> Flow[Page]:
    """Give an empty page if the library has become shorter, and raise the error otherwise."""
    if offset == 0 or not _is_empty(missing):
        raise missing
    first: Page = yield from _page(bulk, resource_type, 0)
    if first.total is None or first.total > offset:
        raise missing
    return Page(offset, total=first.total)


def _is_empty(error: NotFoundError) -> bool:
    return any(detail.code == _NO_RESOURCES for detail in error.errors)


def _together(flows: Sequence[Flow[Any]]) -> Flow[list[Any]]:
    """Carry out several flows at once; the first error ends them."""
    wave = _Wave(flows)
    yield wave
    if wave.error is not None:
        raise wave.error
    return [wave.results[position] for position in range(len(flows))]


class _Wave(Work[int]):
    """Some flows at once."""

    def __init__(self, flows: Sequence[Flow[Any]]) -> None:
        self.results: dict[int, Any] = {}
        self.error: RatingsError | None = None
        self._flows = flows
        self._waiting = deque(range(len(flows)))

    @property
    def is_over(self) -> bool:
        return self.error is not None

    def start(self, room: int) -> list[int]:
        return [] if self.is_over else taken(self._next, room)

    def flow(self, job: int) -> Flow[Any]:
        return self._flows[job]

    def succeeded(self, job: int, result: Any) -> None:
        self.results[job] = result

    def failed(self, job: int, error: RatingsError) -> None:  # noqa: ARG002  # which one is no matter
        self.error = self.error or error

    def _next(self) -> int | None:
        return self._waiting.popleft() if self._waiting else None
