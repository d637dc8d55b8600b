"""The service itself: a call and a state in, a response out.

Pure functions except for the state: no clock, no randomness, no socket and no environment.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from attrs import evolve

from .auxiliary_handlers import handle_auxiliary
from .behaviors import Behaviors
from .messages import Request, Response
from .operations import AnyCall, Operation, RatingCall
from .problems import NOT_FOUND, Problem
from .rendering import (
    NO_CONTENT,
    UNRATED_BARE,
    render_problem,
    render_ratings,
)
from .state import State


def handle(resolved: AnyCall | Problem, state: State, behaviors: Behaviors) -> Response | Problem:
    """Carry out a call; return a problem unchanged.

    Args:
        resolved: What the request was resolved to.
        state: The ratings; a put or a delete changes them.
        behaviors: How the service behaves.
    """
    if isinstance(resolved, RatingCall):
        return handle_rating(resolved, state, behaviors)
    return resolved if isinstance(resolved, Problem) else handle_auxiliary(resolved, state)


def render(
    request: Request,
    outcome: Response | Problem,
    behaviors: Behaviors,
    error_ids: Callable[[], str],
) -> Response:
    """Return the response to send.

    Args:
        request: The request.
        outcome: Its outcome.
        behaviors: How the service behaves.
        error_ids: Returns the id of each error in turn.
    """
    if isinstance(outcome, Problem):
        outcome = render_problem(outcome, behaviors=behaviors, error_id=error_ids())
    # RFC 9110: a response to HEAD has no content, whatever its headers say.
    return evolve(outcome, body=b"") if request.method == "HEAD" else outcome


def handle_rating(call: RatingCall, state: State, behaviors: Behaviors) -> Response | Problem:
    """Carry out a call about ratings.

    Observed: a single unrated item is 404 (Musish issue 245), and one among several is omitted.
    Observed, weakly: so is the delete of an unrated item (Music Assistant, `set_favorite`).
    """
    user, resource_type, id = call.user, call.type, call.ids[0]
    if call.operation is Operation.DELETE:
        if behaviors.favorite_after_delete == "removed":
            state.remove_favorite(user, resource_type, id)
        is_done = state.delete(user, resource_type, id) or behaviors.delete_unrated == "204"
        return NO_CONTENT if is_done else NOT_FOUND
    if call.operation is Operation.PUT:
        if not state.put(user, resource_type, id, call.value):
            return NOT_FOUND
        return NO_CONTENT if behaviors.put_response == "204" else _rendered(call, [call.value])
    key = (user, resource_type.name, call.ids, call.operation, call.includes_content)
    return state.cached_response(key) or _read(call, state, behaviors, key)


def _read(
    call: RatingCall, state: State, behaviors: Behaviors, key: Hashable
) -> Response | Problem:
    values = state.get_all(call.user, call.type, call.ids)
    is_single = call.operation is Operation.GET
    if not any(values) and (is_single or behaviors.none_rated == "404"):
        return UNRATED_BARE if is_single and behaviors.unrated_body == "empty" else NOT_FOUND
    response = _rendered(call, values)
    state.cache_response(key, response)
    return response


def _rendered(call: RatingCall, values: list[int | None]) -> Response:
    return render_ratings(call.type, call.ids, values, includes_content=call.includes_content)
