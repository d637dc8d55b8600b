"""What only writes on items that the user named can settle."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from apple_music_ratings.models import Item, ResourceType

from .exchanges import Exchange, ProbeRequest, ProbeResponse, delete, get, get_several, rate
from .steps import Observation, Pause, Report, Script, code_finding, error_body, unexpected

# Reads may lag behind writes by some seconds (observed: 1 to 4 s between devices).
_LAG_DELAYS = (0.0, 1.0, 2.0, 4.0, 8.0)
_ALL_REJECTED = "A valid rating was not accepted either."


def write_script(report: Report, items: Sequence[Item]) -> Script:
    """Ask what only writes can settle. Leaves the items in any state: the caller restores them.

    Args:
        report: Called with each finding as it is made.
        items: The items that may be written to; a catalog item first serves best.
    """
    item = items[0]
    word = yield from _request_type(report, item)
    yield from _put_response(report, item, word)
    yield from _bad_body(report, item, word)
    yield from _rated(report, item)
    yield from _delete_unrated(report, item)
    yield from _album_ratings(report, items, word)


def _put_response(report: Report, item: Item, word: str | None) -> Script:
    seen = Observation("put_response")
    response = yield from seen.ask(rate("put", item, 1, type_word=word))
    if response is not None and response.is_success and not response.content:
        report(seen.finding("204", f"{response.status} with an empty body."))
    elif response is not None and response.is_success and _value(response, item) == 1:
        report(seen.finding("200", f"{response.status} with the rating."))
    else:
        report(seen.finding(None, unexpected(response)))


def _value(response: ProbeResponse, item: Item) -> int | None:
    """Return the rating of an item in a response; `None` if it is not in it."""
    for entry in response.entries or ():
        attributes = entry.get("attributes")
        if entry.get("id") == item.id and isinstance(attributes, dict):
            value = attributes.get("value")
            return value if value in (-1, 1) else None
    return None


def _request_type(report: Report, item: Item) -> Generator[ProbeRequest, Exchange, str | None]:
    """Settle the `type` of the body; return one that is accepted, `rating` if that is unknown."""
    seen = Observation("request_type")
    accepted: list[str | None] = []
    for word in ("rating", "ratings", None):
        response = yield from seen.ask(rate(f"put-type-{word or 'none'}", item, 1, type_word=word))
        if response is None or not (response.is_success or response.status == 400):
            report(seen.finding(None, unexpected(response)))
            return accepted[0] if accepted else "rating"
        if response.is_success:
            accepted.append(word)
    if 0 < len(accepted) < 3 and not (yield from _is_still_accepted(seen, item, accepted[0])):
        report(seen.finding(None, _ALL_REJECTED))
        return accepted[0]
    words = " ".join(word or "none" for word in accepted)
    known = {"rating ratings none": "lenient", "rating": "rating", "ratings": "ratings"}
    report(seen.finding(known.get(words), f"Accepted: {words or 'nothing'}."))
    return accepted[0] if accepted else "rating"


def _bad_body(report: Report, item: Item, word: str | None) -> Script:
    seen = Observation("bad_body_code")
    response = yield from seen.ask(rate("put-value-2", item, 2, type_word=word))
    if not (yield from _is_still_accepted(seen, item, word)):
        report(seen.finding(None, _ALL_REJECTED))
        return
    report(seen.finding(*code_finding(response, 400, ("40005", "40000"))))


def _is_still_accepted(
    seen: Observation, item: Item, word: str | None
) -> Generator[ProbeRequest, Exchange, bool]:
    """Return whether a valid rating is accepted, so that a rejection was about its request."""
    response = yield from seen.ask(rate("put-valid-again", item, 1, type_word=word))
    return response is not None and response.is_success


def _rated(report: Report, item: Item) -> Script:
    """Settle what reads of a rated item show."""
    duplicates, content = Observation("duplicates"), Observation("include_content")
    is_rated = yield from _reaches(duplicates, item, 1)
    if not is_rated:
        for seen in (duplicates, content):
            report(seen.finding(None, "The item never read as rated."))
        return
    response = yield from duplicates.ask(
        get_several("same-id-twice", item.type, (item.id, item.id))
    )
    entries = response.entries if response is not None and response.status == 200 else None
    count = sum(entry.get("id") == item.id for entry in entries or ())
    value = {1: "collapse", 2: "repeat"}.get(count)
    report(duplicates.finding(value, f"{count} entries." if value else unexpected(response)))
    response = yield from content.ask(get("include-content", item, query=(("include", "content"),)))
    if response is not None and response.status == 400:
        control = yield from content.ask(get("without-include", item))
        if control is None or not control.is_success:
            report(content.finding(None, "The same read was rejected without `include`, too."))
            return
    report(content.finding(*_content(response, item)))


def _content(response: ProbeResponse | None, item: Item) -> tuple[str | None, str]:
    if response is not None and response.status == 400 and response.code is not None:
        return "reject", f"400 with code {response.code if response.code.isdigit() else 'unknown'}."
    if response is None or response.status != 200 or _value(response, item) is None:
        return None, unexpected(response)
    entry: dict[str, Any] = dict((response.entries or [{}])[0])
    relationships = entry.get("relationships")
    if isinstance(relationships, dict) and "content" in relationships:
        return "include", "The rating has the relationship."
    return "ignore", "The rating has no such relationship."


def _reaches(
    seen: Observation, item: Item, value: int | None
) -> Generator[ProbeRequest | Pause, Any, bool]:
    """Read an item until it reads as it was written, for some seconds."""
    for delay in _LAG_DELAYS:
        if delay:
            yield Pause(delay)
        response = yield from seen.ask(get(f"read-{item.type}-after-{delay:g}-s", item))
        if response is not None and value is None and error_body(response, 404, "40400"):
            return True
        if response is not None and value is not None and _value(response, item) == value:
            return True
    return False


def _delete_unrated(report: Report, item: Item) -> Script:
    seen = Observation("delete_unrated")
    response = yield from seen.ask(delete("delete", item))
    is_unrated = yield from _reaches(seen, item, None)
    if response is None or not response.is_success or not is_unrated:
        report(seen.finding(None, "The item could not be made unrated."))
        return
    response = yield from seen.ask(delete("delete-again", item))
    if response is not None and response.status == 204:
        report(seen.finding("204", "204."))
    elif response is not None and error_body(response, 404, "40400") is not None:
        report(seen.finding("404", "404."))
    else:
        report(seen.finding(None, unexpected(response)))


def _album_ratings(report: Report, items: Sequence[Item], word: str | None) -> Script:
    seen = Observation("album_ratings")
    catalog = next((item for item in items if item.type is ResourceType.ALBUMS), None)
    library = next((item for item in items if item.type is ResourceType.LIBRARY_ALBUMS), None)
    if catalog is None or library is None:
        report(seen.finding(None, "Name an album and its library counterpart with --write."))
        return
    # From two different ratings, written one after the other, the last one decides.
    for item, value in ((library, -1), (catalog, 1)):
        response = yield from seen.ask(rate(f"put-{item.type}", item, value, type_word=word))
        reached = yield from _reaches(seen, item, value)
        if response is None or not response.is_success or not reached:
            report(seen.finding(None, f"{item.type} could not be rated."))
            return
    if (yield from _reaches(seen, library, 1)):
        report(seen.finding("shared", "The library album follows the catalog album."))
        return
    response = yield from seen.ask(get("library-album-at-last", library))
    if response is not None and _value(response, library) == -1:
        report(seen.finding("separate", "The library album keeps its rating."))
    else:
        report(seen.finding(None, unexpected(response)))
