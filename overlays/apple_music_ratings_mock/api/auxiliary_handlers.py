"""Handles requests around ratings: listings, favorites, storefront and token test."""

from __future__ import annotations

from .messages import Response
from .operations import AuxiliaryCall, FavoritesCall, LibraryCall, Operation
from .problems import Problem, no_related
from .rendering import (
    ACCEPTED,
    TEST_PASSED,
    render_library,
    render_storefront,
)
from .resource_types import ARTISTS
from .state import LibraryEntry, State


def handle_auxiliary(call: AuxiliaryCall, state: State) -> Response | Problem:
    """Carry out an auxiliary call."""
    if isinstance(call, LibraryCall):
        return _page(call, state)
    if isinstance(call, FavoritesCall):
        # Observed by two projects: the rating of a favorite is 1.
        for resource_type, id in call.items:
            # Nothing would show an artist: it has no rating and is in no listing.
            if resource_type is not ARTISTS:
                state.add_favorite(call.user, resource_type, id)
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
    next_offset = call.offset + call.limit
    # Observed by three projects: `next` has `offset` and nothing else.
    return render_library(
        call.type,
        page,
        total=len(listing),
        next_offset=next_offset if next_offset < len(listing) else None,
        includes_catalog=call.includes_catalog,
        favorites=_favorites(call, page, state) if call.extends_favorites else None,
    )


def _favorites(call: LibraryCall, page: list[LibraryEntry], state: State) -> frozenset[str]:
    ids = (entry.library_id for entry in page)
    return frozenset(id for id in ids if state.is_favorite(call.user, call.type, id))
