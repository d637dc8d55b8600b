"""Decide which pages of a library are read, whatever the library does meanwhile.

A page is asked for by `limit` and `offset`. `next` is believed for its offset alone, since it drops
every other parameter (measured by three projects).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from urllib.parse import parse_qs, urlsplit

from attrs import frozen

from apple_music_ratings.models import LibraryItem

# Observed: 200 is answered with 400 (music-assistant/server pull request 5391).
PAGE_SIZE = 100
# A page in the middle was seen to answer 404 for a moment (Music Assistant). Seconds before each
# further try.
MISSING_PAGE_DELAYS = (0.5, 1.0, 2.0)
# How often a library that shifts under the walk is walked.
MAX_PASSES = 3


@frozen
class Page:
    """One page of a library.

    Args:
        offset: Where it begins.
        items: What is on it, as far as it can be rated.
        count: How many entries were on it.
        total: How many entries all pages hold, as far as the service says so.
        next: The offset of the next page; `None` on the last.
    """

    offset: int
    items: tuple[LibraryItem, ...] = ()
    count: int = 0
    total: int | None = None
    next: int | None = None


def next_offset(link: str | None, *, offset: int, path: str, base_url: str) -> int | None:
    """Read the offset of the next page, and refuse to be led astray.

    Args:
        link: `next`, a path with a query or a whole address; `None` on the last page.
        offset: The offset of this page.
        path: The path of the listing.
        base_url: The service.

    Returns:
        The offset; `None` when there is no next page.

    Raises:
        ValueError: The link leaves the service or the listing, or does not lead forward.
    """
    if link is None:
        return None
    here, there = urlsplit(base_url), urlsplit(link)
    # The user token must not follow a link to another host, nor a read become another operation.
    if (there.scheme or here.scheme, there.netloc or here.netloc) != (here.scheme, here.netloc):
        raise ValueError(f"its `next` leaves the service: {link[:200]!r}")
    if there.path not in {path, here.path.rstrip("/") + path}:
        raise ValueError(f"its `next` leaves {path}: {link[:200]!r}")
    given = parse_qs(there.query).get("offset", [])
    if len(given) != 1 or not given[0].isascii() or not given[0].isdigit():
        raise ValueError(f"its `next` has no offset: {link[:200]!r}")
    following = int(given[0])
    if following <= offset:
        raise ValueError(f"its `next` leads from offset {offset} back to {following}")
    return following


def parse_date(text: object) -> datetime | None:
    """Read a date and time as the service writes it; `None` for anything else."""
    try:
        date = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date and date.tzinfo is None else date


class LibraryPager:
    """The walk through one library, as far as it has come.

    Pages are planned from the total on the first page and given back in the order in which they
    were taken. When the total changes or an item comes up twice, the library has shifted and may
    have slipped an item past the walk; it is then walked again, at most three times in all, for
    what is new. Every item comes up once.
    """

    def __init__(self) -> None:
        # Each id with the number of the pass in which it came up last.
        self._seen: dict[str, int] = {}
        self._pass = 0
        self._offsets: Iterator[int]
        self._taken: set[int]
        self._extra: set[int]
        self._planned: range
        self._total: int | None
        self._in_flight: int
        self._is_first: bool
        self._has_shifted: bool
        self._begin_pass()

    def take(self) -> int | None:
        """Give the offset to ask for next; `None` when none is known at the moment."""
        offset = next(self._offsets, None)
        is_over = offset is None and self._in_flight == 0
        if is_over and self._has_shifted and self._pass < MAX_PASSES:
            self._begin_pass()
            offset = next(self._offsets)
        if offset is not None:
            self._in_flight += 1
            self._taken.add(offset)
        return offset

    def give(self, page: Page) -> list[LibraryItem]:
        """Take in a page.

        Returns:
            The items on it that did not come up before.
        """
        self._in_flight -= 1
        if self._is_first:
            self._plan(page)
        elif page.total != self._total:
            self._has_shifted = True
        if page.count == 0:
            # Beyond the end; whatever was planned after it is there no more.
            self._offsets = iter(())
            self._has_shifted |= page.offset < (page.total or 0)
        elif page.next is not None and not self._covers(page.next):
            self._extra.add(page.next)
            self._offsets = chain(self._offsets, (page.next,))
        return [item for item in page.items if self._is_new(item.item.id)]

    def _begin_pass(self) -> None:
        self._pass += 1
        self._offsets = iter((0,))
        self._taken = set()
        self._extra = set()
        self._planned = range(0)
        self._total = None
        self._in_flight = 0
        self._is_first = True
        self._has_shifted = False

    def _plan(self, page: Page) -> None:
        self._is_first = False
        self._total = page.total
        # A service that gives shorter pages than were asked for says so by its `next`.
        step = page.count if page.next is None else page.next
        if page.total is not None and step > 0:
            self._planned = range(step, page.total, step)
            self._offsets = iter(self._planned)

    def _covers(self, offset: int) -> bool:
        return offset in self._planned or offset in self._taken or offset in self._extra

    def _is_new(self, id: str) -> bool:
        last = self._seen.get(id)
        self._seen[id] = self._pass
        if last == self._pass:
            self._has_shifted = True
        return last is None
