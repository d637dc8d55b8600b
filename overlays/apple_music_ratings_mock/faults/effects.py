"""What faults do: to the response, and to its delivery."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from apple_music_ratings_mock.api.messages import Delivery, Response
from apple_music_ratings_mock.api.problems import Problem
from apple_music_ratings_mock.api.rendering import html_response, text_response

from .injector import Activation
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


def problem_for(fault: Fault) -> Problem:
    """Return the problem that an error fault stands for.

    Synthetic: no errors body of a 5xx has been captured; the codes follow an old table of Apple's,
    which has the status times 100.
    """
    status = fault.status or 500
    return Problem(status, f"{status}00", _TITLES.get(status, "Error"))


def corrupt(response: Response, fault: Fault, *, errors: Response, error_id: str) -> Response:
    """Return the response as a fault changes it after the request was carried out.

    Args:
        response: The correct response, or a rejection.
        fault: The fault.
        errors: The errors body that belongs to the fault.
        error_id: For pages that show one.
    """
    is_late = fault.kind == FaultKind.ERROR and fault.apply_write_first and response.status < 400
    if fault.kind != FaultKind.MALFORMED_BODY and not is_late:
        return response
    if fault.body == "errors":
        return errors if is_late else evolve(errors, status=_status_with_body(response))
    return with_body(fault, errors if is_late else response, error_id)


def with_body(fault: Fault, correct: Response, error_id: str) -> Response:
    """Return a response with another body than the correct one."""
    status = _status_with_body(correct)
    match fault.body:
        case "html":
            return html_response(status, error_id)
        case "html-as-json":
            return html_response(status, error_id, is_called_json=True)
        case "text":
            return text_response(status, "upstream connect error or disconnect before headers")
        case "empty":
            return text_response(status, "", is_json=True)
    half = correct.body[: len(correct.body) // 2] or b'{"data":[{"id":'
    return text_response(status, half.decode("utf-8", "replace"), is_json=True)


def _status_with_body(response: Response) -> int:
    # A 204 cannot have a body.
    return 200 if response.status == 204 else response.status


def delay_or_drop(response: Response, activations: Sequence[Activation]) -> Response:
    """Return the response with the delivery that the faults give it."""
    delivery = Delivery()
    for activation in activations:
        delivery = _combine(delivery, activation, len(response.body))
    return response if delivery == Delivery() else evolve(response, delivery=delivery)


def _combine(delivery: Delivery, activation: Activation, length: int) -> Delivery:
    fault, seconds = activation.fault, activation.seconds
    match fault.kind:
        case FaultKind.LATENCY:
            return evolve(delivery, delay=delivery.delay + seconds)
        case FaultKind.SLOW_HEADERS:
            return evolve(delivery, header_delay=seconds)
        case FaultKind.SLOW_BODY:
            return evolve(delivery, chunk_size=fault.chunk_size, chunk_delay=seconds)
        case FaultKind.TRUNCATED_BODY:
            return evolve(delivery, truncate_at=length // 2)
        case FaultKind.CONNECTION_RESET:
            return evolve(delivery, reset=True)
    return delivery
