"""Builds the responses of faults that reject a request before it is carried out."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import formatdate
from math import ceil

from apple_music_ratings_mock.api.messages import Response
from apple_music_ratings_mock.api.problems import REVOKED, UNAUTHORIZED, Problem
from apple_music_ratings_mock.api.rendering import text_response

from .effects import problem_for, with_body
from .injector import Activation
from .kinds import Fault, FaultKind


def rejection_for(
    activations: Sequence[Activation], *, now: float, throttle_body: str, error_id: str
) -> Response | Problem | None:
    """Return the response that replaces carrying a request out, or `None` to carry it out.

    Args:
        activations: The faults that apply to the request.
        now: The time, in seconds since 1970.
        throttle_body: The body of a 429: `text` or `json`.
        error_id: For pages that show one.
    """
    for activation in activations:
        fault = activation.fault
        if not fault.rejects:
            continue
        match fault.kind:
            case FaultKind.DEVELOPER_TOKEN_EXPIRED:
                return UNAUTHORIZED
            case FaultKind.USER_TOKEN_REVOKED:
                return REVOKED
            case FaultKind.ERROR:
                return _error_response(fault, error_id)
            case FaultKind.CONNECTION_RESET:
                # Never sent: the connection ends before it.
                return Response(500, ())
        return _rate_limited(activation, now, throttle_body)
    return None


def _rate_limited(activation: Activation, now: float, body: str) -> Response:
    """Return a 429.

    Observed: this text, and from another host the same text as JSON. A `Retry-After` has not been
    observed, so it is an option of the fault.
    """
    extra: tuple[tuple[str, str], ...] = ()
    seconds = ceil(max(activation.seconds, 1.0))
    if activation.fault.retry_after == "seconds":
        extra = (("Retry-After", str(seconds)),)
    elif activation.fault.retry_after == "date":
        extra = (("Retry-After", formatdate(ceil(now) + seconds, usegmt=True)),)
    message = "API capacity exceeded"
    if body == "json":
        return text_response(429, f'{{"message":"{message}"}}', is_json=True, extra=extra)
    return text_response(429, message, extra=extra)


def _error_response(fault: Fault, error_id: str) -> Response | Problem:
    problem = problem_for(fault)
    if fault.body == "errors":
        return problem
    whole = f'{{"errors":[{{"id":"{error_id}","title":"{problem.title}"}}]}}'.encode()
    return with_body(fault, Response(problem.status, (), whole), error_id)
