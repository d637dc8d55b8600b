"""The table of fault kinds, one row per kind, and `Fault`: a kind with its options.

Values only: `injector.py` decides which requests a fault applies to, and `effects.py` what it does
to them. The admin contract, the dashboard and the reference page are derived from this file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Self, TypeGuard

from attrs import Attribute, asdict, field, fields, frozen

from apple_music_ratings_mock.api.operations import Operation
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES


@frozen(kw_only=True)
class _Row:
    effect: str
    rejects: bool
    options: Mapping[str, object]


def _row(effect: str, *, rejects: bool = False, **options: object) -> _Row:
    return _Row(effect=effect, rejects=rejects, options=options)


# Makes the annotation of FaultKind("error") valid; the enum looks that up, and creates nothing.
_NO_ROW = _row("")


class FaultKind(StrEnum):
    """What a fault does to a request.

    Each kind has `effect`, one sentence on what a client sees; `options`, the options of the kind
    with their defaults; and `rejects`, whether the request is not carried out.
    """

    effect: str
    options: Mapping[str, object]
    rejects: bool

    def __new__(cls, word: str, row: _Row = _NO_ROW) -> Self:  # noqa: D102  # as every enum
        member = str.__new__(cls, word)
        member._value_ = word
        member.effect, member.options, member.rejects = row.effect, row.options, row.rejects
        return member

    LATENCY = (
        "latency",
        _row(
            "The response is delayed.",
            seconds=0.2,
            max_seconds=1.0,
            sigma=0.5,
            distribution="fixed",
        ),
    )
    # Observed (Music Assistant pull request 5333): 68 of 70 had cleared after 0.5 seconds, all
    # within 3.5, and none had a Retry-After.
    THROTTLE = (
        "throttle",
        _row(
            "429 until a window ends; the first request after it passes.",
            rejects=True,
            seconds=0.5,
            max_seconds=3.5,
            retry_after="none",
        ),
    )
    LONG_THROTTLE = (
        "long-throttle",
        _row(
            "429 until a window ends; each request extends it.",
            rejects=True,
            seconds=60.0,
            retry_after="none",
        ),
    )
    TEAM_THROTTLE = (
        "team-throttle",
        _row(
            "429 when one developer team sends too many requests per second.",
            rejects=True,
            max_per_second=20,
            retry_after="none",
        ),
    )
    ERROR = (
        "error",
        _row(
            "A 4xx or 5xx response, before or after the write is applied.",
            rejects=True,
            status=500,
            body="errors",
            apply_write_first=False,
        ),
    )
    MALFORMED_BODY = (
        "malformed-body",
        _row(
            "The correct status with a body that cannot be parsed.",
            body="partial-json",
        ),
    )
    TRUNCATED_BODY = (
        "truncated-body",
        _row("The connection closes in the middle of the response body."),
    )
    CONNECTION_RESET = (
        "connection-reset",
        _row(
            "The connection is reset before the response, before or after the write is applied.",
            rejects=True,
            apply_write_first=False,
        ),
    )
    SLOW_HEADERS = (
        "slow-headers",
        _row("The response headers arrive line by line.", seconds=5.0),
    )
    SLOW_BODY = (
        "slow-body",
        _row("The response body arrives in small chunks.", seconds=0.1, chunk_size=16),
    )
    DEVELOPER_TOKEN_EXPIRED = (
        "developer-token-expired",
        _row(
            "The developer token of the request expires: 401 from now on.",
            rejects=True,
        ),
    )
    USER_TOKEN_REVOKED = (
        "user-token-revoked",
        _row(
            "The Music User Token of the request is revoked: 403 from now on.",
            rejects=True,
        ),
    )
    # Observed: about one second, and one project waits up to four.
    STALE_READ = (
        "stale-read",
        _row(
            "Reads return the previous rating for a while after a write.",
            seconds=1.0,
            max_seconds=4.0,
        ),
    )


def _text() -> Any:
    return field(default=None, kw_only=True, metadata={"schema": {"type": "string"}})


def _choice(*words: str) -> Any:
    return field(default=None, kw_only=True, metadata={"schema": {"enum": list(words)}})


def _number(maximum: float, default: float | None = None) -> Any:
    schema = {"type": "number", "minimum": 0, "maximum": maximum}
    return field(default=default, kw_only=True, metadata={"schema": schema})


def _integer(minimum: int, maximum: int | None = None, default: int | None = None) -> Any:
    schema = {"type": "integer", "minimum": minimum}
    if maximum is not None:
        schema["maximum"] = maximum
    return field(default=default, kw_only=True, metadata={"schema": schema})


@frozen
class Fault:
    """One fault to inject.

    It targets the requests that match `operation`, `type`, `id` and `user`; `None` matches all.
    The first `skip_first` of them pass; each further one is affected with `probability`, at most
    `count` in total. Randomness comes from the seed of the service, so a run can be repeated.

    Of several faults that reject a request, only the first injected one applies. A throttle
    applies once per window: it rejects requests until the window ends, and the first request after
    that passes.

    Args:
        kind: What the fault does; `FaultKind` lists every kind.
        operation: Target only this operation, such as `put`.
        type: Target only this resource type, such as `songs`.
        id: Target only requests that name this id.
        user: Target only this Music User Token, or its fingerprint.
        skip_first: How many of the targeted requests pass first.
        probability: The probability for each further one, from 0 to 1.
        count: How many requests it affects at most; `None` for no limit.
        seconds: The delay, the length of the window, the time for all headers, the delay before
            each chunk, or how long reads are stale. The minimum where `max_seconds` applies, and
            the median of a log-normal latency.
        max_seconds: The maximum, where `seconds` is the minimum.
        sigma: The standard deviation of the logarithm, for a log-normal latency.
        distribution: How a latency varies; `fixed` does not.
        status: The status of an error.
        body: The body: the JSON errors of the service, a gateway's HTML or text, an empty one,
            JSON without its end, or HTML whose content type is JSON.
        apply_write_first: Whether a write is applied before the fault.
        retry_after: The form of the Retry-After header of a 429; `none` as observed.
        max_per_second: Requests that one developer team may send in a second.
        chunk_size: Bytes in each chunk.

    Raises:
        ValueError: A value is unknown or out of range, or the kind has no such option.

    Example:
        >>> Fault("error", operation="put", status=503, count=2).body
        'errors'
    """

    kind: str = field(metadata={"schema": {"enum": [kind.value for kind in FaultKind]}})
    operation: str | None = _choice(*Operation)
    type: str | None = _choice(*RESOURCE_TYPES)
    id: str | None = _text()
    user: str | None = _text()
    skip_first: int = _integer(0, default=0)
    probability: float = _number(1, default=1.0)
    count: int | None = _integer(1)
    seconds: float | None = _number(86_400)
    max_seconds: float | None = _number(86_400)
    sigma: float | None = _number(10)
    distribution: str | None = _choice("fixed", "uniform", "log-normal")
    status: int | None = _integer(400, 599)
    body: str | None = _choice("errors", "html", "text", "empty", "partial-json", "html-as-json")
    apply_write_first: bool | None = field(
        default=None, kw_only=True, metadata={"schema": {"type": "boolean"}}
    )
    retry_after: str | None = _choice("none", "seconds", "date")
    max_per_second: int | None = _integer(1)
    chunk_size: int | None = _integer(1)

    def __attrs_post_init__(self) -> None:
        _validate(fields(Fault).kind, self.kind)
        self._set_defaults()
        for attribute in fields(Fault):
            value = getattr(self, attribute.name)
            if value is not None:
                _validate(attribute, value)
        if self.max_seconds is not None and self.seconds is not None:
            object.__setattr__(self, "max_seconds", max(self.max_seconds, self.seconds))

    def _set_defaults(self) -> None:
        options = FaultKind(self.kind).options
        for name in OPTIONS:
            if name in options:
                if getattr(self, name) is None:
                    object.__setattr__(self, name, options[name])
            elif getattr(self, name) is not None:
                known = ", ".join(options) or "none"
                raise ValueError(f"{self.kind} has no option {name!r}; its options: {known}")

    @property
    def rejects(self) -> bool:
        """Whether a request that it applies to is not carried out."""
        return FaultKind(self.kind).rejects and not self.apply_write_first

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Fault:
        """Create a fault from a mapping, as files and the admin API have it.

        Raises:
            ValueError: A member is unknown, missing or invalid.
        """
        known = [attribute.name for attribute in fields(cls)]
        for name, value in mapping.items():
            if name not in known:
                raise ValueError(f"{name!r} is not one of {', '.join(sorted(known))}")
            if value is None:
                raise ValueError(f"{name} is null; omit it for the default")
        if "kind" not in mapping:
            raise ValueError("a fault needs a 'kind'")
        # In JSON, 2.0 is an integer too.
        integers = {
            each.name for each in fields(cls) if each.metadata["schema"].get("type") == "integer"
        }
        values: dict[str, Any] = {
            name: int(value)
            if name in integers and type(value) is float and value.is_integer()
            else value
            for name, value in mapping.items()
        }
        return cls(**values)

    def as_mapping(self) -> dict[str, object]:
        """Return what `from_mapping` takes, without the defaults."""
        defaults = {each.name: each.default for each in fields(Fault)}
        defaults |= FaultKind(self.kind).options
        return {
            name: value
            for name, value in asdict(self).items()
            if name == "kind" or value != defaults[name]
        }


_TARGETING = ("kind", "operation", "type", "id", "user", "skip_first", "probability", "count")
OPTIONS = tuple(each.name for each in fields(Fault) if each.name not in _TARGETING)
"""The names of the options that depend on the kind."""


def _validate(attribute: Attribute[Any], value: object) -> None:
    schema = attribute.metadata["schema"]
    name = attribute.name
    choices = schema.get("enum")
    if choices is not None and value not in choices:
        (close,) = get_close_matches(str(value), choices, n=1) or [""]
        hint = f"; did you mean {close}?" if close else ""
        raise ValueError(f"{name} is {value!r}, which is not one of {', '.join(choices)}{hint}")
    match schema.get("type"):
        case "string" if not isinstance(value, str):
            raise ValueError(f"{name} is {value!r}, which is not a string")
        case "boolean" if not isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}, which is not true or false")
        case "integer" | "number" as kind:
            is_number = type(value) is int or (kind == "number" and _is_number(value))
            lowest, highest = schema["minimum"], schema.get("maximum")
            if not is_number or value < lowest or (highest is not None and value > highest):
                noun = "an integer" if kind == "integer" else "a number"
                span = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
                raise ValueError(f"{name} is {value!r}, which is not {noun} {span}")


def _is_number(value: object) -> TypeGuard[float]:
    # Not isinstance: true is not a number.
    return type(value) is int or (type(value) is float and math.isfinite(value))
