"""The request journal: each request with its verdict, and which operations were tested.

No token is stored, only fingerprints; long texts are cut.
"""

from __future__ import annotations

from collections import Counter, deque
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypedDict, Unpack

from attrs import define, field, frozen

from apple_music_ratings_mock.api.fingerprints import fingerprint
from apple_music_ratings_mock.api.intent import Intent
from apple_music_ratings_mock.api.operations import Operation
from apple_music_ratings_mock.api.parsed_request import ParsedRequest
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES

from .near_miss import NearMiss

RATING_OPERATIONS = (Operation.GET, Operation.LIST, Operation.PUT, Operation.DELETE)
_AUXILIARY = (
    *((Operation.LIBRARY, name) for name in RESOURCE_TYPES if name.startswith("library-")),
    (Operation.FAVORITES, None),
    (Operation.TEST, None),
    (Operation.STOREFRONT, None),
)

_MAX_TEXT = 1024
_REDACTED = "(redacted)"
_SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "media-user-token", "music-user-token", "proxy-authorization"}
)
# Different reasons that are counted for each operation.
_MAX_REASONS = 20

_Key = tuple[Operation | None, str | None]


class Verdict(StrEnum):
    """Whether a request is as the contract requires.

    `REJECTED` is a valid request whose token the mock is set to reject; `OUTSIDE` is a request
    that has nothing to do with the API, such as a browser's for an icon.
    """

    OK = "ok"
    INVALID = "invalid"
    REJECTED = "rejected"
    OUTSIDE = "outside"


@frozen
class JournalEntry:
    """A request and its outcome.

    Args:
        number: Its number, from 1.
        at: When it was received, in seconds since 1970.
        method: The method.
        target: Path and query, cut if long.
        body: The body, cut if long.
        user: The fingerprint of the Music User Token; `None` without one.
        operation: The intended operation; `None` if it cannot be inferred.
        type: The resource type; `None` without one.
        status: The status of the response.
        verdict: `ok`, `invalid`, `rejected` or `outside`.
        reason: Why it is invalid or rejected.
        closest_request: The closest valid request.
        faults: The kinds of the faults that were applied.
        headers: The headers; the values of those with tokens are redacted.
        response: The body of the response, cut if long.
    """

    number: int
    at: float
    method: str
    target: str
    body: bytes
    user: str | None
    operation: Operation | None
    type: str | None
    status: int
    verdict: Verdict
    reason: str | None = None
    closest_request: str | None = None
    faults: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    response: bytes = b""

    def as_mapping(self) -> dict[str, object]:
        """Return what the admin API shows."""
        return {
            "number": self.number,
            "at": format_time(self.at),
            "method": self.method,
            "target": self.target,
            "body": self.body.decode("utf-8", "replace"),
            "user": self.user,
            "operation": self.operation,
            "type": self.type,
            "status": self.status,
            "verdict": self.verdict,
            "reason": self.reason,
            "closest_request": self.closest_request,
            "faults": list(self.faults),
            "headers": [{"name": name, "value": value} for name, value in self.headers],
            "response": self.response.decode("utf-8", "replace"),
        }


def format_time(at: float) -> str:
    """Format a time, in seconds since 1970, as the admin API shows it."""
    found = datetime.fromtimestamp(min(max(at, 0.0), 2e11), UTC)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RequestFilters(TypedDict, total=False):
    """Filters for recorded requests.

    Args:
        since: Only greater numbers.
        operation: Only this intended operation.
        type: Only this resource type.
        user_token: Only this Music User Token, or its fingerprint.
        verdict: Only this verdict: `ok`, `invalid`, `rejected` or `outside`.
        text: Only those with this text in target, body or reason.
        limit: At most this many, the last ones.
    """

    since: int
    operation: str | None
    type: str | None
    user_token: str | None
    verdict: str | None
    text: str | None
    limit: int | None


@define
class Tally:
    """How often an operation was called.

    Args:
        ok: Calls that were as the contract requires.
        invalid: Calls that were not.
        reasons: The count of each reason, for the first twenty reasons.
    """

    ok: int = 0
    invalid: int = 0
    reasons: Counter[str] = field(factory=Counter)

    def count(self, verdict: Verdict, reason: str | None) -> None:
        """Count one call."""
        if verdict is Verdict.OK:
            self.ok += 1
        elif verdict is Verdict.INVALID:
            self.invalid += 1
            reason = reason or ""
            if reason in self.reasons or len(self.reasons) < _MAX_REASONS:
                self.reasons[reason] += 1


class RequestJournal:
    """The last requests, and a tally of all of them.

    Args:
        size: How many requests are stored.
    """

    def __init__(self, size: int = 1000) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=size)
        self._tallies: dict[_Key, Tally] = {}
        self._number = 0

    def record(
        self,
        parsed: ParsedRequest,
        intent: Intent,
        *,
        at: float,
        status: int,
        verdict: Verdict = Verdict.OK,
        near_miss: NearMiss | None = None,
        faults: tuple[str, ...] = (),
        response: bytes = b"",
    ) -> None:
        """Record one request."""
        self._number += 1
        request = parsed.request
        reason = None if near_miss is None else near_miss.reason
        self._entries.append(
            JournalEntry(
                self._number,
                at,
                request.method[:_MAX_TEXT],
                request.target[:_MAX_TEXT],
                request.body[:_MAX_TEXT],
                parsed.user,
                intent.operation,
                intent.type,
                status,
                verdict,
                reason,
                None if near_miss is None else near_miss.closest_request,
                faults,
                tuple(_redact(name, value) for name, value in request.headers),
                response[:_MAX_TEXT],
            )
        )
        key = (intent.operation, intent.type)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally()
        tally.count(verdict, reason)

    def entries(self, **filters: Unpack[RequestFilters]) -> list[JournalEntry]:
        """Return the requests that match every filter, oldest first."""
        since, text, limit = filters.get("since", 0), filters.get("text"), filters.get("limit")
        wanted: dict[str, object] = {
            "operation": filters.get("operation"),
            "type": filters.get("type"),
            "verdict": filters.get("verdict"),
        }
        user_token = filters.get("user_token")
        wanted["user"] = None if user_token is None else fingerprint(user_token)
        equal = [(name, value) for name, value in wanted.items() if value is not None]
        found = [
            entry
            for entry in self._entries
            if entry.number > since
            and all(getattr(entry, name) == value for name, value in equal)
            and (text is None or _mentions(entry, text))
        ]
        return found if limit is None else found[max(len(found) - limit, 0) :]

    @property
    def last(self) -> int:
        """The number of the last request; 0 before the first."""
        return self._number

    def clear(self) -> None:
        """Delete every request and every tally. Numbers continue."""
        self._entries.clear()
        self._tallies.clear()

    def coverage(self) -> dict[str, object]:
        """Return which operations were called correctly, incorrectly, or never."""
        ratings = [
            self._covered(operation, name)
            for name in RESOURCE_TYPES
            for operation in RATING_OPERATIONS
        ]
        auxiliary = [self._covered(operation, name) for operation, name in _AUXILIARY]
        known = {(each["operation"], each["type"]) for each in (*ratings, *auxiliary)}
        unmatched: Counter[str] = Counter()
        for (operation, name), tally in self._tallies.items():
            if (operation, name) not in known:
                unmatched.update(tally.reasons)
        states = Counter(each["state"] for each in ratings)
        return {
            "operations": len(ratings),
            **{state: states[state] for state in ("ok", "invalid", "never")},
            "ratings": ratings,
            "auxiliary": auxiliary,
            "unmatched": _reasons(unmatched),
        }

    def _covered(self, operation: Operation, type: str | None) -> dict[str, object]:
        tally = self._tallies.get((operation, type), Tally())
        state = "never"
        if tally.ok or tally.invalid:
            state = "invalid" if tally.invalid else "ok"
        return {
            "operation": operation.value,
            "type": type,
            "state": state,
            "ok": tally.ok,
            "invalid": tally.invalid,
            "reasons": _reasons(tally.reasons),
        }


def _redact(name: str, value: str) -> tuple[str, str]:
    return (name, _REDACTED if name.lower() in _SECRET_HEADERS else value[:_MAX_TEXT])


def _reasons(counter: Counter[str]) -> list[dict[str, object]]:
    return [{"reason": reason, "count": count} for reason, count in counter.most_common()]


def _mentions(entry: JournalEntry, text: str) -> bool:
    searched = f"{entry.target}\n{entry.body.decode('utf-8', 'replace')}\n{entry.reason}"
    return text.casefold() in searched.casefold()
