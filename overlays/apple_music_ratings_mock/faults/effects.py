"""What strikes do: to the answer, and to the way it travels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email.utils import formatdate
from math import ceil

from apple_music_ratings_mock.api.messages import Delivery, Response
from apple_music_ratings_mock.api.problems import REVOKED, UNAUTHORIZED, Problem
from apple_music_ratings_mock.api.rendering import html_response, text_response

from .injector import Strike
from .kinds import Fault, FaultKind

_TITLES = {
    400: "Bad Request",
    404: "Resource Not Found",
    409: "Conflict",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

_THROTTLES = (FaultKind.THROTTLE, FaultKind.LONG_THROTTLE, FaultKind.TEAM_THROTTLE)
_TRAVEL = (
    FaultKind.LATENCY,
    FaultKind.SLOW_HEADERS,
    FaultKind.DRIP,
    FaultKind.CUT,
    FaultKind.RESET_BEFORE,
    FaultKind.RESET_AFTER,
)


def refusal_of(
    strikes: Sequence[Strike], *, now: float, throttle_body: str, error_id: str
) -> Response | Problem | None:
    """Find the answer that stands in the way of carrying a request out.

    Args:
        strikes: What hits the request.
        now: The time, in seconds since 1970.
        throttle_body: The body of a 429: `text` or `json`.
        error_id: For pages that show one.

    Returns:
        The first refusal; None to carry the request out.
    """
    for strike in strikes:
        fault = strike.fault
        if fault.kind in _THROTTLES:
            return _throttled(strike, now, throttle_body)
        if fault.kind == FaultKind.TOKEN_EXPIRY:
            return UNAUTHORIZED
        if fault.kind == FaultKind.REVOCATION:
            return REVOKED
        if fault.kind == FaultKind.ERROR and not fault.takes_effect:
            return _error_of(fault, error_id)
        if fault.kind == FaultKind.RESET_BEFORE:
            # Never seen: the connection ends before it.
            return Response(500, ())
    return None


def _throttled(strike: Strike, now: float, body: str) -> Response:
    """Refuse for being too fast.

    Observed: this text; from a sister host the same words as JSON. A
    `Retry-After` was never seen, which is why it has to be asked for.
    """
    extra: tuple[tuple[str, str], ...] = ()
    seconds = ceil(max(strike.seconds, 1.0))
    if strike.fault.retry_after == "seconds":
        extra = (("Retry-After", str(seconds)),)
    elif strike.fault.retry_after == "date":
        extra = (("Retry-After", formatdate(ceil(now) + seconds, usegmt=True)),)
    words = "API capacity exceeded"
    if body == "json":
        return text_response(429, f'{{"message":"{words}"}}', is_json=True, extra=extra)
    return text_response(429, words, extra=extra)


def _error_of(fault: Fault, error_id: str) -> Response | Problem:
    problem = problem_of(fault)
    if fault.body == "errors":
        return problem
    whole = f'{{"errors":[{{"id":"{error_id}","title":"{problem.title}"}}]}}'.encode()
    return _with_body(fault, Response(problem.status, (), whole), error_id)


def problem_of(fault: Fault) -> Problem:
    """Give the problem that an error fault stands for.

    Synthetic: no errors body of a 5xx has been captured; the codes are those of
    an old table of Apple's, which has the status times 100.
    """
    status = fault.status or 500
    return Problem(status, f"{status}00", _TITLES.get(status, "Error"))


def spoil(response: Response, fault: Fault, *, errors: Response, error_id: str) -> Response:
    """Do to an answer what a fault does after the request was carried out.

    Args:
        response: The right answer, or a refusal.
        fault: What hits it.
        errors: The errors body that belongs to the fault.
        error_id: For pages that show one.
    """
    is_late = fault.kind == FaultKind.ERROR and fault.takes_effect and response.status < 400
    if fault.kind != FaultKind.GARBLE and not is_late:
        return response
    if fault.body == "errors":
        return errors if is_late else replace(errors, status=_status_with_body(response))
    return _with_body(fault, errors if is_late else response, error_id)


def _with_body(fault: Fault, right: Response, error_id: str) -> Response:
    """Answer with another body than the right one."""
    status = _status_with_body(right)
    match fault.body:
        case "html":
            return html_response(status, error_id)
        case "wrong-type":
            return html_response(status, error_id, is_called_json=True)
        case "text":
            return text_response(status, "upstream connect error or disconnect before headers")
        case "empty":
            return text_response(status, "", is_json=True)
    half = right.body[: len(right.body) // 2] or b'{"data":[{"id":'
    return text_response(status, half.decode("utf-8", "replace"), is_json=True)


def _status_with_body(response: Response) -> int:
    # A 204 cannot have a body.
    return 200 if response.status == 204 else response.status


def send_astray(response: Response, strikes: Sequence[Strike]) -> Response:
    """Do to an answer what happens on its way."""
    travels = [strike for strike in strikes if strike.fault.kind in _TRAVEL]
    if not travels:
        return response
    delivery = Delivery()
    for strike in travels:
        delivery = _worse(delivery, strike, len(response.body))
    return replace(response, delivery=delivery)


def _worse(delivery: Delivery, strike: Strike, length: int) -> Delivery:
    match strike.fault.kind:
        case FaultKind.LATENCY:
            return replace(delivery, delay=delivery.delay + strike.seconds)
        case FaultKind.SLOW_HEADERS:
            return replace(delivery, header_delay=strike.seconds)
        case FaultKind.DRIP:
            return replace(delivery, piece_size=strike.fault.size, piece_delay=strike.seconds)
        case FaultKind.CUT:
            return replace(delivery, kept=length // 2)
    return replace(delivery, resets=True)
