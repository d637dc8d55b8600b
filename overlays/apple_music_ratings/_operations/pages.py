"""One page of a library, and what its `next` link means."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from attrs import frozen

from apple_music_ratings.errors import UnexpectedResponseError
from apple_music_ratings.models import LibraryItem

# Observed: 200 is rejected with 400 (music-assistant/server pull request 5391).
PAGE_SIZE = 100


@frozen
class Page:
    """One page of a library.

    Args:
        offset: The offset of its first entry.
        items: The entries that can be rated.
        count: How many entries it has.
        total: How many entries all pages have, if the service says so.
        next: The offset of the next page; `None` on the last.
        errors: Why entries could not be read, one error for each.
    """

    offset: int
    items: tuple[LibraryItem, ...] = ()
    count: int = 0
    total: int | None = None
    next: int | None = None
    errors: tuple[UnexpectedResponseError, ...] = ()


def parse_next_offset(link: str | None, *, offset: int, path: str, base_url: str) -> int | None:
    """Parse the offset of the next page, and validate that the link stays within the listing.

    Args:
        link: `next`, a path with a query or a whole URL; `None` on the last page.
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
    offsets = parse_qs(there.query).get("offset", [])
    if len(offsets) != 1 or not offsets[0].isascii() or not offsets[0].isdigit():
        raise ValueError(f"its `next` has no offset: {link[:200]!r}")
    following = int(offsets[0])
    if following <= offset:
        raise ValueError(f"its `next` leads from offset {offset} back to {following}")
    return following


def parse_date(text: object) -> datetime | None:
    """Parse a date and time of the service; `None` for anything else."""
    try:
        date = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date and date.tzinfo is None else date
