"""Walk a user's library, page by page, and join it with the ratings. As flows.

Which pages are requested is decided in `paging`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from apple_music_ratings._http.responses import means_unrated
from apple_music_ratings._operations import operations
from apple_music_ratings._operations.pages import Page
from apple_music_ratings.errors import InvalidItemError, NotFoundError, RatingsError
from apple_music_ratings.models import LibraryItem, ResourceType
from apple_music_ratings.plans import Progress

from .effects import Drain, Emit, Execute, Flow, RequestQueue, Sleep, take_up_to
from .failures import OnFailure, classify
from .flows import BulkFlows
from .paging import MISSING_PAGE_DELAYS, LibraryPager
from .queues import OnError, OnProgress, Ratings
from .reading import requested_delay

# Page reads in a wave for each request in flight: enough that waiting for the last ones of a wave
# costs little, few enough that memory stays small.
_ROUNDS = 4
_NO_RESOURCES = "40403"


def as_library_type(resource_type: ResourceType | str) -> ResourceType:
    """Validate a resource type of the library.

    Raises:
        InvalidItemError: It is not a resource type, or one of the catalog.
    """
    try:
        known = ResourceType(resource_type)
    except ValueError:
        known = None
    if known is None or not known.is_library:
        types = ", ".join(each for each in ResourceType if each.is_library)
        raise InvalidItemError(f"{resource_type!r} is not a type of a library. Types: {types}.")
    return known


def as_library_types(resource_types: Sequence[ResourceType | str]) -> list[ResourceType]:
    """Validate resource types of the library, each once; an empty sequence means all of them."""
    types = [as_library_type(each) for each in resource_types]
    return list(dict.fromkeys(types)) or [each for each in ResourceType if each.is_library]


def items(
    bulk: BulkFlows,
    resource_type: ResourceType,
    *,
    with_favorites: bool,
    on_error: OnError | None,
    on_progress: OnProgress | None,
) -> Flow[None]:
    """Walk one library; emits its items, each once."""
    pager = LibraryPager()
    progress = Progress(0, 0, 0)
    while offsets := take_up_to(pager.next_page, _ROUNDS * bulk.settings.max_concurrency):
        pages = yield from _together(
            [_page(bulk, resource_type, offset, with_favorites) for offset in offsets]
        )
        for page in pages:
            _report(page, on_error)
            found = pager.accept(page)
            finished = progress.finished + len(found) + len(page.errors)
            failed = progress.failed + len(page.errors)
            progress = Progress(finished, max(page.total or 0, finished), failed)
            if on_progress is not None:
                on_progress(progress)
            yield Emit(found)


def rated_items(
    bulk: BulkFlows,
    resource_types: Iterable[ResourceType],
    *,
    with_favorites: bool,
    on_error: OnError | None,
    on_progress: OnProgress | None,
) -> Flow[None]:
    """Walk libraries and read the ratings; emits pairs of an item and its rating.

    The ratings of the items on earlier pages are read while further pages are.
    """
    size = bulk.settings.batch_size
    pagers = deque((resource_type, LibraryPager()) for resource_type in resource_types)
    # The first page of each type has its total.
    offsets = [pager.next_page() or 0 for _, pager in pagers]
    pages: list[Page] = yield from _together(
        [
            _page(bulk, type, offset, with_favorites)
            for (type, _), offset in zip(pagers, offsets, strict=True)
        ]
    )
    first_pages = {type: page for (type, _), page in zip(pagers, pages, strict=True)}
    total = sum(page.total or page.count for page in pages)
    progress = Progress(0, total, 0)
    unread: list[LibraryItem] = []

    def count(chunk: Sequence[LibraryItem], found: Ratings) -> None:
        nonlocal progress
        finished = progress.finished + len(chunk)
        failed = progress.failed + len(chunk) - len(found)
        progress = Progress(finished, max(total, finished), failed)
        if on_progress is not None:
            on_progress(progress)

    if on_progress is not None:
        on_progress(progress)
    while pagers or unread:
        reads: list[Flow[Any]] = []
        if pagers:
            resource_type, pager = pagers[0]
            if first := first_pages.pop(resource_type, None):
                _report(first, on_error)
                unread += pager.accept(first)
            offsets = take_up_to(pager.next_page, _ROUNDS * bulk.settings.max_concurrency)
            if not offsets:
                pagers.popleft()
                continue
            reads = [_page(bulk, resource_type, offset, with_favorites) for offset in offsets]
        # Items that do not fill a request wait for more, while there may be more.
        ready = len(unread) - len(unread) % size if pagers else len(unread)
        chunks = [unread[start : start + size] for start in range(0, ready, size)]
        del unread[:ready]
        ratings = [
            bulk.get_ratings(
                [entry.item for entry in chunk], retries_at_end=True, on_error=on_error
            )
            for chunk in chunks
        ]
        counts = [partial(count, chunk) for chunk in chunks]
        results = yield from _together(
            [*reads, *ratings], on_results=[*[None] * len(reads), *counts]
        )
        for page in results[: len(reads)]:
            _report(page, on_error)
            unread += pager.accept(page)
        for chunk, found in zip(chunks, results[len(reads) :], strict=True):
            yield Emit([(entry, found[entry.item]) for entry in chunk if entry.item in found])


def _report(page: Page, on_error: OnError | None) -> None:
    for error in page.errors:
        if on_error is None:
            raise error
        on_error(error)


def _page(
    bulk: BulkFlows,
    resource_type: ResourceType,
    offset: int,
    with_favorites: bool,  # noqa: FBT001  # passed through
) -> Flow[Page]:
    """Read one page. A page that is missing for a moment is requested again."""
    execute = Execute(
        operations.library_page(
            resource_type,
            offset,
            base_url=str(bulk.settings.base_url),
            language=bulk.settings.language,
            with_favorites=with_favorites,
        )
    )
    delays = iter(MISSING_PAGE_DELAYS)
    requeues = 0
    while True:
        try:
            page: Page = yield execute
        except NotFoundError as error:
            if not means_unrated(error):
                raise
            if offset == 0 and _is_empty(error):
                return Page(0, total=0)
            delay = next(delays, None)
            missing = error
        except RatingsError as error:
            decision = classify(error, policy=bulk.settings.retry, requeues=requeues)
            if decision is not OnFailure.REQUEUE:
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
    """Return an empty page if the library has become shorter, and raise the error otherwise."""
    if offset == 0 or not _is_empty(missing):
        raise missing
    first: Page = yield from _page(bulk, resource_type, 0, with_favorites=False)
    if first.total is None or first.total > offset:
        raise missing
    return Page(offset, total=first.total)


def _is_empty(error: NotFoundError) -> bool:
    return any(detail.code == _NO_RESOURCES for detail in error.errors)


def _together(
    flows: Sequence[Flow[Any]], *, on_results: Sequence[Callable[[Any], None] | None] = ()
) -> Flow[list[Any]]:
    """Run several flows at once; the first error ends them."""
    queue = _FlowQueue(flows, on_results or [None] * len(flows))
    yield Drain(queue)
    if queue.error is not None:
        raise queue.error
    return [queue.results[position] for position in range(len(flows))]


class _FlowQueue(RequestQueue[int]):
    """Several flows at once."""

    def __init__(
        self, flows: Sequence[Flow[Any]], on_results: Sequence[Callable[[Any], None] | None]
    ) -> None:
        self._on_results = on_results
        self.results: dict[int, Any] = {}
        self.error: RatingsError | None = None
        self._flows = flows
        self._waiting = deque(range(len(flows)))

    @property
    def is_over(self) -> bool:
        return self.error is not None

    def take_up_to(self, limit: int) -> Sequence[int]:
        return [] if self.is_over else take_up_to(self._next, limit)

    def flow(self, job: int) -> Flow[Any]:
        return self._flows[job]

    def succeeded(self, job: int, result: Any) -> None:
        self.results[job] = result
        on_result = self._on_results[job]
        if on_result is not None:
            on_result(result)

    def failed(self, job: int, error: RatingsError) -> None:  # noqa: ARG002  # any of them
        self.error = self.error or error

    def _next(self) -> int | None:
        return self._waiting.popleft() if self._waiting else None
