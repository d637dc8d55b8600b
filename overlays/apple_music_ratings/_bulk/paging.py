"""Decide which pages of a library to request, even while the library changes.

A page is requested by `limit` and `offset`. Only the offset of `next` is used, since `next` drops
every other parameter (observed by three projects).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from apple_music_ratings._operations.pages import Page
from apple_music_ratings.models import LibraryItem

# A page in the middle was seen to be 404 for a moment (observed: Music Assistant). Seconds
# before each further attempt.
MISSING_PAGE_DELAYS = (0.5, 1.0, 2.0)
# How often a library that shifts during the walk is walked.
MAX_PASSES = 3
# A pass ends after this many consecutive pages without an item that is new in it: the service, or a
# proxy before it, ignores the offset.
MAX_STALE_PAGES = 10


class LibraryPager:
    """The state of a walk through one library.

    Pages are planned from the total on the first page and accepted in the order in which they were
    requested. When the total changes or an item comes up twice, the library has shifted, and an
    item may have been missed; it is then walked again for new items, at most three times in all.
    Every item comes up once.
    """

    def __init__(self) -> None:
        # Each id with the number of the pass in which it came up last.
        self._seen: dict[str, int] = {}
        self._pass = 0
        self._offsets: Iterator[int]
        self._requested: set[int]
        self._extra: set[int]
        self._planned: range
        self._total: int | None
        self._in_flight: int
        self._is_first: bool
        self._stale_pages: int
        self._has_shifted: bool
        self._begin_pass()

    def next_page(self) -> int | None:
        """Return the offset to request next; `None` when none is known at the moment."""
        offset = next(self._offsets, None)
        is_over = offset is None and self._in_flight == 0
        if is_over and self._has_shifted and self._pass < MAX_PASSES:
            self._begin_pass()
            offset = next(self._offsets)
        if offset is not None:
            self._in_flight += 1
            self._requested.add(offset)
        return offset

    def accept(self, page: Page) -> list[LibraryItem]:
        """Record a page.

        Returns:
            The items on it that did not come up before.
        """
        self._in_flight -= 1
        if self._is_first:
            self._plan(page)
        elif page.total != self._total:
            self._has_shifted = True
        ids = [item.item.id for item in page.items]
        is_stale = all(self._seen.get(id) == self._pass for id in ids)
        self._stale_pages = self._stale_pages + 1 if is_stale else 0
        if page.count == 0:
            # Beyond the end; the pages planned after it no longer exist.
            self._offsets = iter(())
            self._has_shifted |= page.offset < (page.total or 0)
        elif self._stale_pages >= MAX_STALE_PAGES:
            self._offsets = iter(())
            self._has_shifted = True
        elif page.next is not None and not self._covers(page.next):
            self._extra.add(page.next)
            self._offsets = chain(self._offsets, (page.next,))
        return [item for item in page.items if self._is_new(item.item.id)]

    def _begin_pass(self) -> None:
        self._pass += 1
        self._offsets = iter((0,))
        self._requested = set()
        self._extra = set()
        self._planned = range(0)
        self._total = None
        self._in_flight = 0
        self._is_first = True
        self._stale_pages = 0
        self._has_shifted = False

    def _plan(self, page: Page) -> None:
        self._is_first = False
        self._total = page.total
        # A service that returns shorter pages than requested shows it in its `next`.
        step = page.count if page.next is None else page.next
        if page.total is not None and step > 0:
            self._planned = range(step, page.total, step)
            self._offsets = iter(self._planned)

    def _covers(self, offset: int) -> bool:
        return offset in self._planned or offset in self._requested or offset in self._extra

    def _is_new(self, id: str) -> bool:
        last = self._seen.get(id)
        self._seen[id] = self._pass
        if last == self._pass:
            self._has_shifted = True
        return last is None
