"""Resolves requests to the favorites."""

from __future__ import annotations

from .behaviors import Behaviors
from .operations import FavoritesCall
from .parameters import split_values, validate_language
from .parsed_request import Query
from .problems import (
    FAVORITES_DELETE_REJECTED,
    PATH_NOT_FOUND,
    Problem,
    ids_empty,
    invalid_id,
    method_not_allowed,
)
from .resource_types import ARTISTS, RESOURCE_TYPES, ResourceType

# Documented: songs and albums. Observed: MusadoraKit sends the others, three clients artists.
_FAVORITE_TYPES = {
    name: RESOURCE_TYPES.get(name, ARTISTS)
    for name in ("songs", "albums", "playlists", "music-videos", "stations", "artists")
}


def favorites_call(
    method: str, query: Query, user: str, behaviors: Behaviors
) -> FavoritesCall | Problem:
    """Return the call that a request to the favorites makes, or the first problem found."""
    if method != "POST":
        return _reject_favorites(method, behaviors)
    problem = validate_language(query)
    if problem:
        return problem
    items: list[tuple[ResourceType, str]] = []
    for name, resource_type in _FAVORITE_TYPES.items():
        parameter = f"ids[{name}]"
        if parameter not in query:
            continue
        ids = split_values(query[parameter])
        invalid = [id for id in ids if not resource_type.accepts(id)]
        if invalid and behaviors.id_check == "strict":
            return invalid_id(parameter, invalid[0]) if any(ids) else ids_empty(parameter)
        # Documented: what cannot be added is skipped.
        items += [(resource_type, id) for id in ids if resource_type.accepts(id)]
    return FavoritesCall(user=user, items=tuple(dict.fromkeys(items)))


def _reject_favorites(method: str, behaviors: Behaviors) -> Problem:
    """Return the problem of reading or deleting favorites.

    Observed by two projects: a GET finds no such path and a DELETE lacks a permission. As
    documented, a method that does not exist is a 405.
    """
    if behaviors.error_bodies == "documented":
        return method_not_allowed("POST")
    if method not in {"GET", "DELETE"}:
        return method_not_allowed("DELETE, GET, POST")
    return FAVORITES_DELETE_REJECTED if method == "DELETE" else PATH_NOT_FOUND
