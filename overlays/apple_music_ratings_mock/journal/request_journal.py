"""What was asked of the mock: each request with its verdict, and what was covered.

No token is kept, only fingerprints; what was sent is kept up to a limit.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apple_music_ratings_mock.api.intent import Aim
from apple_music_ratings_mock.api.messages import Request
from apple_music_ratings_mock.api.operations import Call, Operation
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES

from .near_miss import Advice

RATING_OPERATIONS = (Operation.GET, Operation.LIST, Operation.PUT, Operation.DELETE)
_LIBRARY_TYPES = tuple(name for name in RESOURCE_TYPES if name.startswith("library-"))
_AROUND = (
    *((Operation.LIBRARY, name) for name in _LIBRARY_TYPES),
    (Operation.FAVORITES, None),
    (Operation.TEST, None),
    (Operation.STOREFRONT, None),
)

_MAX_TEXT = 1024
# Different ways to be wrong that are kept for each operation.
_MAX_REASONS = 20

_Key = tuple[Operation | None, str | None]
# A request without fault, as it is kept: number, time, method, path, query,
# body, user, operation, type and status.
_Right = tuple[int, float, str, str, str, bytes, str, Operation, str, int]


@dataclass(frozen=True, slots=True)
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
        verdict: `right`; `wrong`, with a difference; or `refused`, where the
            request was right and its token was not welcome any more.
        difference: How it differs from the nearest right request.
        nearest: That request.
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
    difference: str | None = None
    nearest: str | None = None
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
            "difference": self.difference,
            "nearest": self.nearest,
            "faults": list(self.faults),
        }


@dataclass(slots=True)
class Tally:
    """How one operation was called.

    Args:
        right: Calls that were as the contract wants them.
        wrong: Calls that were not.
        reasons: How often each difference was seen; the first twenty of them.
    """

    right: int = 0
    wrong: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def count(self, verdict: str, difference: str | None) -> None:
        """Count one call."""
        if verdict == "right":
            self.right += 1
        elif verdict == "wrong":
            self.wrong += 1
            reason = difference or ""
            if reason in self.reasons or len(self.reasons) < _MAX_REASONS:
                self.reasons[reason] += 1


class Journal:
    """The last requests, and a tally of all of them.

    Args:
        size: How many requests are kept.
    """

    def __init__(self, size: int = 1000) -> None:
        self._entries: deque[JournalEntry | _Right] = deque(maxlen=size)
        self._tallies: dict[_Key, Tally] = {}
        self._rights: dict[_Key, int] = {}
        self._number = 0

    def record_right(self, at: float, request: Request, call: Call, status: int) -> None:
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
        self._rights[key] = self._rights.get(key, 0) + 1

    def record(
        self,
        *,
        at: float,
        method: str,
        target: str,
        body: bytes,
        user: str | None,
        aim: Aim,
        status: int,
        verdict: str,
        advice: Advice | None = None,
        faults: tuple[str, ...] = (),
    ) -> None:
        """Write down one request."""
        self._number += 1
        difference, nearest = (advice.difference, advice.nearest) if advice else (None, None)
        self._entries.append(
            JournalEntry(
                self._number,
                at,
                method[:_MAX_TEXT],
                target[:_MAX_TEXT],
                body[:_MAX_TEXT],
                user,
                aim.operation,
                aim.type,
                status,
                verdict,
                difference,
                nearest,
                faults,
            )
        )
        key = (aim.operation, aim.type)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally()
        tally.count(verdict, difference)

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
            text: Only those with this in their target, body or difference.
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
        self._rights.clear()

    def coverage(self) -> dict[str, object]:
        """Tell which operations were called rightly, wrongly, and never."""
        ratings = [
            self._covered(operation, name)
            for name in RESOURCE_TYPES
            for operation in RATING_OPERATIONS
        ]
        around = [self._covered(operation, name) for operation, name in _AROUND]
        known = {(each["operation"], each["type"]) for each in (*ratings, *around)}
        rest: Counter[str] = Counter()
        for (operation, name), tally in self._tallies.items():
            if (operation, name) not in known:
                rest.update(tally.reasons)
        return {
            "operations": len(ratings),
            "right": sum(each["state"] == "right" for each in ratings),
            "wrong": sum(each["state"] == "wrong" for each in ratings),
            "never": sum(each["state"] == "never" for each in ratings),
            "ratings": ratings,
            "around": around,
            "unplaced": _reasons(rest),
        }

    def _covered(self, operation: Operation, type_: str | None) -> dict[str, object]:
        tally = self._tallies.get((operation, type_), Tally())
        right = tally.right + self._rights.get((operation, type_), 0)
        state = "never"
        if right or tally.wrong:
            state = "wrong" if tally.wrong else "right"
        return {
            "operation": operation.value,
            "type": type_,
            "state": state,
            "right": right,
            "wrong": tally.wrong,
            "reasons": _reasons(tally.reasons),
        }


def _whole(entry: JournalEntry | _Right) -> JournalEntry:
    if isinstance(entry, JournalEntry):
        return entry
    number, at, method, path, query, body, user, operation, type_, status = entry
    target = f"{path}?{query}" if query else path
    return JournalEntry(
        number, at, method, target, body, user, operation, type_, status, verdict="right"
    )


def _reasons(counter: Counter[str]) -> list[dict[str, object]]:
    return [{"difference": words, "count": count} for words, count in counter.most_common()]


def _mentions(entry: JournalEntry, text: str) -> bool:
    haystack = f"{entry.target}\n{entry.body.decode('utf-8', 'replace')}\n{entry.difference}"
    return text.casefold() in haystack.casefold()
