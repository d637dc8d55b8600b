"""What was asked of the mock: each request with its verdict, and what was covered.

No token is kept, only fingerprints; what was sent is kept up to a limit.
"""

from __future__ import annotations

from collections import Counter, deque
from datetime import UTC, datetime

from attrs import define, field, frozen

from apple_music_ratings_mock.api.intent import Intent
from apple_music_ratings_mock.api.messages import Request
from apple_music_ratings_mock.api.operations import Call, Operation
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES

from .near_miss import NearMiss

RATING_OPERATIONS = (Operation.GET, Operation.LIST, Operation.PUT, Operation.DELETE)
_LIBRARY_TYPES = tuple(name for name in RESOURCE_TYPES if name.startswith("library-"))
_AUXILIARY = (
    *((Operation.LIBRARY, name) for name in _LIBRARY_TYPES),
    (Operation.FAVORITES, None),
    (Operation.TEST, None),
    (Operation.STOREFRONT, None),
)

_MAX_TEXT = 1024
# Different ways to be invalid that are kept for each operation.
_MAX_REASONS = 20

_Key = tuple[Operation | None, str | None]
# A request without fault, as it is kept: number, time, method, path, query,
# body, user, operation, type and status.
_Ok = tuple[int, float, str, str, str, bytes, str, Operation, str, int]


@frozen
class JournalEntry:
    """One request, and what became of it.

    Args:
        number: Its place in the run, from 1.
        at: When it came, in seconds since 1970.
        method: The method.
        target: Path and query, up to a limit.
        body: The body, up to a limit.
        user: The fingerprint of the Music User Token; None for none.
        operation: What it was meant to be; None when that cannot be told.
        type: The resource type it was about; None for none.
        status: The status of the answer.
        verdict: `ok`; `invalid`, with a reason; or `refused`, where the
            request was ok and its token was not welcome any more.
        reason: How it differs from the closest_request ok request.
        closest_request: That request.
        faults: The kinds of the faults that struck.
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
    verdict: str
    reason: str | None = None
    closest_request: str | None = None
    faults: tuple[str, ...] = ()

    def as_mapping(self) -> dict[str, object]:
        """Give what the admin API shows."""
        at = datetime.fromtimestamp(min(max(self.at, 0.0), 2e11), UTC)
        return {
            "number": self.number,
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
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
        }


@define
class Tally:
    """How one operation was called.

    Args:
        ok: Calls that were as the contract wants them.
        invalid: Calls that were not.
        reasons: How often each reason was seen; the first twenty of them.
    """

    ok: int = 0
    invalid: int = 0
    reasons: Counter[str] = field(factory=Counter)

    def count(self, verdict: str, reason: str | None) -> None:
        """Count one call."""
        if verdict == "ok":
            self.ok += 1
        elif verdict == "invalid":
            self.invalid += 1
            reason = reason or ""
            if reason in self.reasons or len(self.reasons) < _MAX_REASONS:
                self.reasons[reason] += 1


class RequestJournal:
    """The last requests, and a tally of all of them.

    Args:
        size: How many requests are kept.
    """

    def __init__(self, size: int = 1000) -> None:
        self._entries: deque[JournalEntry | _Ok] = deque(maxlen=size)
        self._tallies: dict[_Key, Tally] = {}
        self._ok_counts: dict[_Key, int] = {}
        self._number = 0

    def record_ok(self, at: float, request: Request, call: Call, status: int) -> None:
        """Write down a request without fault; the rest is worked out when somebody looks."""
        self._number += 1
        self._entries.append(
            (
                self._number,
                at,
                request.method,
                request.path[:_MAX_TEXT],
                request.query[:_MAX_TEXT],
                request.body[:_MAX_TEXT],
                call.user,
                call.operation,
                call.type.name,
                status,
            )
        )
        key = (call.operation, call.type.name)
        self._ok_counts[key] = self._ok_counts.get(key, 0) + 1

    def record(
        self,
        *,
        at: float,
        method: str,
        target: str,
        body: bytes,
        user: str | None,
        intent: Intent,
        status: int,
        verdict: str,
        near_miss: NearMiss | None = None,
        faults: tuple[str, ...] = (),
    ) -> None:
        """Write down one request."""
        self._number += 1
        reason, closest_request = (
            (near_miss.reason, near_miss.closest_request) if near_miss else (None, None)
        )
        self._entries.append(
            JournalEntry(
                self._number,
                at,
                method[:_MAX_TEXT],
                target[:_MAX_TEXT],
                body[:_MAX_TEXT],
                user,
                intent.operation,
                intent.type,
                status,
                verdict,
                reason,
                closest_request,
                faults,
            )
        )
        key = (intent.operation, intent.type)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally()
        tally.count(verdict, reason)

    def entries(
        self,
        *,
        since: int = 0,
        operation: str | None = None,
        type: str | None = None,
        user: str | None = None,
        verdict: str | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> list[JournalEntry]:
        """Find requests, oldest first.

        Args:
            since: Only those with a greater number.
            operation: Only those meant to be this.
            type: Only those about this type.
            user: Only those of this fingerprint.
            verdict: Only those with this verdict.
            text: Only those with this in their target, body or reason.
            limit: At most so many, and of more the last.
        """
        wanted = {"operation": operation, "type": type, "user": user, "verdict": verdict}
        asked = {name: value for name, value in wanted.items() if value is not None}
        found = [
            entry
            for entry in map(_whole, self._entries)
            if entry.number > since
            and all(getattr(entry, name) == value for name, value in asked.items())
            and (text is None or _mentions(entry, text))
        ]
        return found if limit is None else found[max(len(found) - limit, 0) :]

    @property
    def last(self) -> int:
        """The number of the last request; 0 before the first."""
        return self._number

    def clear(self) -> None:
        """Forget every request and every tally. Numbers go on."""
        self._entries.clear()
        self._tallies.clear()
        self._ok_counts.clear()

    def coverage(self) -> dict[str, object]:
        """Tell which operations were called rightly, wrongly, and never."""
        ratings = [
            self._covered(operation, name)
            for name in RESOURCE_TYPES
            for operation in RATING_OPERATIONS
        ]
        auxiliary = [self._covered(operation, name) for operation, name in _AUXILIARY]
        known = {(each["operation"], each["type"]) for each in (*ratings, *auxiliary)}
        rest: Counter[str] = Counter()
        for (operation, name), tally in self._tallies.items():
            if (operation, name) not in known:
                rest.update(tally.reasons)
        return {
            "operations": len(ratings),
            "ok": sum(each["state"] == "ok" for each in ratings),
            "invalid": sum(each["state"] == "invalid" for each in ratings),
            "never": sum(each["state"] == "never" for each in ratings),
            "ratings": ratings,
            "auxiliary": auxiliary,
            "unmatched": _reasons(rest),
        }

    def _covered(self, operation: Operation, type_: str | None) -> dict[str, object]:
        tally = self._tallies.get((operation, type_), Tally())
        ok = tally.ok + self._ok_counts.get((operation, type_), 0)
        state = "never"
        if ok or tally.invalid:
            state = "invalid" if tally.invalid else "ok"
        return {
            "operation": operation.value,
            "type": type_,
            "state": state,
            "ok": ok,
            "invalid": tally.invalid,
            "reasons": _reasons(tally.reasons),
        }


def _whole(entry: JournalEntry | _Ok) -> JournalEntry:
    if isinstance(entry, JournalEntry):
        return entry
    number, at, method, path, query, body, user, operation, type_, status = entry
    target = f"{path}?{query}" if query else path
    return JournalEntry(
        number, at, method, target, body, user, operation, type_, status, verdict="ok"
    )


def _reasons(counter: Counter[str]) -> list[dict[str, object]]:
    return [{"reason": words, "count": count} for words, count in counter.most_common()]


def _mentions(entry: JournalEntry, text: str) -> bool:
    haystack = f"{entry.target}\n{entry.body.decode('utf-8', 'replace')}\n{entry.reason}"
    return text.casefold() in haystack.casefold()
