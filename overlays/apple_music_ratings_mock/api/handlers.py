"""The service itself: a verdict and a state in, an answer out.

Pure functions but for the state handed in. No clock, no randomness, no
socket and no environment: the caller passes the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from attrs import evolve

from .behaviors import Behaviors
from .messages import Request, Response
from .operations import AnyCall, AuxiliaryCall, Call, FavoritesCall, LibraryCall, Operation
from .problems import NOT_FOUND, Problem, no_related
from .rendering import (
    ACCEPTED,
    NO_CONTENT,
    TEST_PASSED,
    UNRATED_BARE,
    render_library,
    render_problem,
    render_ratings,
    render_storefront,
)
from .state import LibraryEntry, State


def handle(verdict: AnyCall | Problem, state: State, behaviors: Behaviors) -> Response | Problem:
    """Do what was judged good, and hand on what was not.

    Args:
        verdict: What was found of a request.
        state: The ratings; a put or a delete changes them.
        behaviors: How the service behaves where that is open.
    """
    if isinstance(verdict, Call):
        return handle_rating(verdict, state, behaviors)
    return verdict if isinstance(verdict, Problem) else handle_auxiliary(verdict, state)


def finish(
    request: Request,
    outcome: Response | Problem,
    behaviors: Behaviors,
    error_ids: Callable[[], str],
) -> Response:
    """Turn an outcome into the answer that goes out.

    Args:
        request: What was asked.
        outcome: What came of it.
        behaviors: How the service behaves where that is open.
        error_ids: Gives the id of each error in turn.
    """
    if isinstance(outcome, Problem):
        outcome = render_problem(outcome, behaviors=behaviors, error_id=error_ids())
    # RFC 9110: an answer to HEAD has no content, whatever its headers say.
    return evolve(outcome, body=b"") if request.method == "HEAD" else outcome


def handle_rating(call: Call, state: State, behaviors: Behaviors) -> Response | Problem:
    """Carry out a call that was judged good.

    Observed: a single unrated item is 404 (Musish issue 245), and one among
    several is left out. Observed, weakly: so is the delete of an unrated item
    (Music Assistant, `set_favorite`).
    """
    user, resource_type, id_ = call.user, call.type, call.ids[0]
    if call.operation is Operation.DELETE:
        is_done = state.delete(user, resource_type, id_) or behaviors.delete_unrated == "204"
        return NO_CONTENT if is_done else NOT_FOUND
    if call.operation is Operation.PUT:
        if not state.put(user, resource_type, id_, call.value):
            return NOT_FOUND
        return NO_CONTENT if behaviors.put_response == "204" else _rendered(call, [call.value])
    question = (user, resource_type.name, call.ids, call.operation, call.includes_content)
    return state.cached_response(question) or _read(call, state, behaviors, question)


def _read(call: Call, state: State, behaviors: Behaviors, question: Hashable) -> Response | Problem:
    values = state.get_all(call.user, call.type, call.ids)
    if not any(values) and (call.operation is Operation.GET or behaviors.none_rated == "404"):
        return UNRATED_BARE if _is_bare(call, behaviors) else NOT_FOUND
    response = _rendered(call, values)
    state.cache_response(question, response)
    return response


def _rendered(call: Call, values: list[int | None]) -> Response:
    return render_ratings(call.type, call.ids, values, includes_content=call.includes_content)


def _is_bare(call: Call, behaviors: Behaviors) -> bool:
    return call.operation is Operation.GET and behaviors.unrated_body == "empty"


def handle_auxiliary(call: AuxiliaryCall, state: State) -> Response | Problem:
    """Carry out a call around ratings that was judged good."""
    if isinstance(call, LibraryCall):
        return _page(call, state)
    if isinstance(call, FavoritesCall):
        # Observed by two projects: the rating of a favorite reads 1.
        for resource_type, id_ in call.items:
            state.put(call.user, resource_type, id_, 1)
        return ACCEPTED
    return TEST_PASSED if call.operation is Operation.TEST else render_storefront()


def _page(call: LibraryCall, state: State) -> Response | Problem:
    listing = state.library.listing(call.type)
    if not listing:
        return no_related(call.type.catalog_name)
    if call.only_favorites:
        favorites = _favorites(call, listing, state)
        listing = [entry for entry in listing if entry.library_id in favorites]
    page = listing[call.offset : call.offset + call.limit]
    following = call.offset + call.limit
    # Observed by three projects: `next` keeps `offset` and nothing else.
    return render_library(
        call.type,
        page,
        total=len(listing),
        next_offset=following if following < len(listing) else None,
        includes_catalog=call.includes_catalog,
        favorites=_favorites(call, page, state) if call.extends_favorites else None,
    )


def _favorites(call: LibraryCall, page: list[LibraryEntry], state: State) -> frozenset[str]:
    # Inferred: a favorite and a like are one thing.
    ids = (entry.library_id for entry in page)
    return frozenset(id_ for id_ in ids if state.get(call.user, call.type, id_) == 1)
