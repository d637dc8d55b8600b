"""Scripted trouble: what can go wrong, where, and how often.

Values only; `armory.py` decides when a fault strikes and `strikes.py` what it does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from apple_music_ratings_mock.api.operations import Operation
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    THROTTLE = "throttle"
    LONG_THROTTLE = "long-throttle"
    TEAM_THROTTLE = "team-throttle"
    ERROR = "error"
    GARBLE = "garble"
    CUT = "cut"
    RESET_BEFORE = "reset-before"
    RESET_AFTER = "reset-after"
    SLOW_HEADERS = "slow-headers"
    DRIP = "drip"
    TOKEN_EXPIRY = "token-expiry"  # noqa: S105  # the name of a fault
    REVOCATION = "revocation"
    READ_LAG = "read-lag"


_REFUSING = (
    FaultKind.THROTTLE,
    FaultKind.LONG_THROTTLE,
    FaultKind.TEAM_THROTTLE,
    FaultKind.RESET_BEFORE,
    FaultKind.TOKEN_EXPIRY,
    FaultKind.REVOCATION,
)

BODIES = ("errors", "html", "text", "empty", "truncated", "wrong-type")
RETRY_AFTER = ("none", "seconds", "date")
DISTRIBUTIONS = ("fixed", "uniform", "log-normal")

_WORDS = {"body": BODIES, "retry_after": RETRY_AFTER, "distribution": DISTRIBUTIONS}

# The options that each kind heeds, with what it takes when nothing is said.
_OPTIONS: dict[FaultKind, dict[str, object]] = {
    FaultKind.LATENCY: {"seconds": 0.2, "to": 1.0, "sigma": 0.5, "distribution": "fixed"},
    # Observed (Music Assistant pull request 5333): 68 of 70 had cleared after
    # 0.5 seconds, all within 3.5, and none said Retry-After.
    FaultKind.THROTTLE: {"seconds": 0.5, "to": 3.5, "retry_after": "none"},
    FaultKind.LONG_THROTTLE: {"seconds": 60.0, "retry_after": "none"},
    FaultKind.TEAM_THROTTLE: {"limit": 20, "retry_after": "none"},
    FaultKind.ERROR: {"status": 500, "body": "errors", "takes_effect": False},
    FaultKind.GARBLE: {"body": "truncated"},
    FaultKind.CUT: {},
    FaultKind.RESET_BEFORE: {},
    FaultKind.RESET_AFTER: {},
    FaultKind.SLOW_HEADERS: {"seconds": 5.0},
    FaultKind.DRIP: {"seconds": 0.1, "size": 16},
    FaultKind.TOKEN_EXPIRY: {},
    FaultKind.REVOCATION: {},
    # Observed: about one second, and one project waits up to four.
    FaultKind.READ_LAG: {"seconds": 1.0, "to": 4.0},
}

# What tells which requests a fault is meant for, whatever its kind.
_AIM = ("kind", "operation", "type", "id", "user", "nth", "rate", "count")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    It is meant for the requests that fit `operation`, `type`, `id` and `user`;
    what is None fits all. Of those it strikes the n-th and the following,
    each with the chance `rate`, and at most `count` of them. Chances come
    from the seed of the service, so a run can be repeated.

    Of several that refuse a request only the first armed strikes it. A
    throttle strikes once for each window: it refuses what comes until the
    window closes, and lets the first request after that pass.

    Args:
        kind: What goes wrong, as a word; `FaultKind` has them all.
        operation: `get`, `list`, `put`, `delete`, `library`, `favorites`,
            `test` or `storefront`.
        type: A resource type, such as `songs`.
        id: The id of an item; a request for several fits when it names it.
        user: A Music User Token, or its fingerprint.
        nth: The first of the fitting requests that it may strike, from 1.
        rate: The chance of each, from 0 to 1.
        count: How often it strikes in all; None for no end.
        seconds: For latency the delay, or the least or the median of it; for
            throttles how long the window lasts at least; for slow headers how
            long they take; for a drip the wait before each piece; for a read
            lag the least of it.
        to: The most, where `seconds` is the least.
        sigma: The spread of a log-normal latency.
        distribution: Of a latency: `fixed`, `uniform` or `log-normal`.
        status: Of an error, 400 to 599.
        body: Of an error or a garbled answer: `errors`, `html`, `text`,
            `empty`, `truncated` (JSON without its end) or `wrong-type` (HTML
            that calls itself JSON).
        takes_effect: Whether a write is carried out before its error.
        retry_after: Whether a 429 says when to come back: `none` as observed,
            or in `seconds`, or as a `date`.
        limit: Requests that one team may make in a second.
        size: Bytes in each piece of a drip.

    Raises:
        ValueError: A word is unknown, a number is out of its range, or the
            kind has no such option.

    Example:
        >>> Fault("error", operation="put", status=503, count=2).body
        'errors'
    """

    kind: str
    operation: str | None = None
    type: str | None = None
    id: str | None = None
    user: str | None = None
    nth: int = 1
    rate: float = 1.0
    count: int | None = None
    seconds: float | None = None
    to: float | None = None
    sigma: float | None = None
    distribution: str | None = None
    status: int | None = None
    body: str | None = None
    takes_effect: bool | None = None
    retry_after: str | None = None
    limit: int | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        _check_word("kind", self.kind, tuple(FaultKind))
        if self.operation is not None:
            _check_word("operation", self.operation, tuple(Operation))
        if self.type is not None:
            _check_word("type", self.type, tuple(RESOURCE_TYPES))
        self._fill_in()
        for name, words in _WORDS.items():
            if getattr(self, name) is not None:
                _check_word(name, getattr(self, name), words)
        self._check_numbers()

    def _fill_in(self) -> None:
        options = _OPTIONS[FaultKind(self.kind)]
        for field in fields(self):
            if field.name in _AIM:
                continue
            if field.name in options:
                if getattr(self, field.name) is None:
                    object.__setattr__(self, field.name, options[field.name])
            elif getattr(self, field.name) is not None:
                known = ", ".join(options) or "none"
                raise ValueError(f"{self.kind} has no option {field.name!r}; it has {known}")
        if "to" in options and self.to is not None and self.seconds is not None:
            object.__setattr__(self, "to", max(self.to, self.seconds))

    def _check_numbers(self) -> None:
        _check_whole("nth", self.nth, 1)
        _check_whole("count", self.count, 1)
        _check_whole("limit", self.limit, 1)
        _check_whole("size", self.size, 1)
        _check_whole("status", self.status, 400, 599)
        _check_number("rate", self.rate, 1.0)
        for name in ("seconds", "to"):
            _check_number(name, getattr(self, name), 86_400.0)
        _check_number("sigma", self.sigma, 10.0)
        if self.takes_effect not in (None, True, False):
            raise ValueError(f"takes_effect is {self.takes_effect!r}, which is not true or false")

    @property
    def refuses(self) -> bool:
        """Whether a request that it strikes is not carried out."""
        return self.kind in _REFUSING or (self.kind == FaultKind.ERROR and not self.takes_effect)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Fault:
        """Make a fault from what a file or a request says.

        Raises:
            ValueError: A member is unknown, missing or not fit.
        """
        known = {field.name for field in fields(cls)}
        for name in mapping:
            if name not in known:
                raise ValueError(f"{name!r} is not one of {', '.join(sorted(known))}")
        if "kind" not in mapping:
            raise ValueError("a fault needs a 'kind'")
        for name in ("operation", "type", "id", "user"):
            value = mapping.get(name)
            if value is not None and not isinstance(value, str):
                raise ValueError(f"{name} is {value!r}, which is not a text")
        return cls(**mapping)  # type: ignore[arg-type]  # judged by the fault itself

    def as_mapping(self) -> dict[str, object]:
        """Give what `from_mapping` takes, without what goes without saying."""
        usual = {each.name: each.default for each in fields(self)} | _OPTIONS[FaultKind(self.kind)]
        return {
            name: value
            for name, value in asdict(self).items()
            if name == "kind" or value != usual[name]
        }


def _check_word(name: str, word: object, words: tuple[str, ...]) -> None:
    if word not in words:
        raise ValueError(f"{name} is {word!r}, which is not one of {', '.join(words)}")


def _check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    if value is None:
        return
    is_whole = type(value) is int
    if not is_whole or value < least or (most is not None and value > most):  # type: ignore[operator]  # a whole number
        span = f"from {least} to {most}" if most is not None else f"of at least {least}"
        raise ValueError(f"{name} is {value!r}, which is not a whole number {span}")


def _check_number(name: str, value: object, most: float) -> None:
    if value is None:
        return
    is_number = type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]  # a number
    if not is_number or not 0 <= value <= most:  # type: ignore[operator]  # a number
        raise ValueError(f"{name} is {value!r}, which is not a number from 0 to {most:g}")
