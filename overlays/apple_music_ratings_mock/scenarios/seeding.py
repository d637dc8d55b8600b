"""Converts states from and to plain documents, for files, the admin API and tests."""

from __future__ import annotations

from collections.abc import Mapping

from apple_music_ratings_mock.api.accounts import Accounts
from apple_music_ratings_mock.api.behaviors import Behaviors
from apple_music_ratings_mock.api.fingerprints import fingerprint
from apple_music_ratings_mock.api.resource_types import ResourceType, find_type
from apple_music_ratings_mock.api.state import Library, State

from .documents import (
    DocumentError,
    Path,
    StateConflictError,
    as_list,
    as_mapping,
    as_string,
    check_members,
)
from .dumping import dump_state
from .library_entries import read_library

STATUSES = ("active", "revoked", "unsubscribed")


def load_state(
    document: Mapping[str, object], library: Library, behaviors: Behaviors
) -> tuple[State, Accounts]:
    """Create a state from a document.

    Args:
        document: Its `library` and `users`.
        library: The library if the document has none.
        behaviors: How a library of the document behaves.

    Raises:
        DocumentError: The document is invalid.
        StateConflictError: It names an item that does not exist, or one twice.
    """
    check_members(document, ("library", "users"), ())
    if "library" in document:
        entries = document["library"]
        library = Library(None if entries is None else read_library(entries), behaviors)
    state, accounts = State(library), Accounts()
    for index, user in enumerate(as_list(document.get("users", ()), ("users",))):
        _load_user(user, state, accounts, ("users", index))
    return state, accounts


def with_behaviors(state: State, accounts: Accounts, behaviors: Behaviors) -> State:
    """Return the state under other behaviors.

    The library decides which items exist and which ids share a rating, so it is created again.

    Raises:
        StateConflictError: A stored rating is not possible under these behaviors.
    """
    users = dump_state(state, accounts)["users"]
    library = Library(state.library.entries, behaviors)
    return load_state({"users": users}, library, behaviors)[0]


def _load_user(document: object, state: State, accounts: Accounts, path: Path) -> None:
    mapping = as_mapping(document, path)
    check_members(mapping, ("token", "status", "ratings", "favorites"), path, required=("token",))
    token = as_string(mapping["token"], (*path, "token"))
    if not token or token != token.strip(" \t"):
        message = "a token is a string without spaces around it"
        raise DocumentError(message, (*path, "token"))
    user = fingerprint(token)
    status = mapping.get("status", "active")
    if status not in STATUSES:
        message = f"{status!r} is not one of {', '.join(STATUSES)}"
        raise DocumentError(message, (*path, "status"))
    if status == "revoked":
        accounts.revoked.add(user)
    if status == "unsubscribed":
        accounts.unsubscribed.add(user)
    ratings_path = (*path, "ratings")
    for index, rating in enumerate(as_list(mapping.get("ratings", ()), ratings_path)):
        _load_rating(rating, user, state, (*ratings_path, index))
    favorites_path = (*path, "favorites")
    for index, favorite in enumerate(as_list(mapping.get("favorites", ()), favorites_path)):
        _load_favorite(favorite, user, state, (*favorites_path, index))


def _load_favorite(document: object, user: str, state: State, path: Path) -> None:
    mapping = as_mapping(document, path)
    check_members(mapping, ("type", "id"), path, required=("type", "id"))
    resource_type, id = _read_item(mapping, path)
    value = state.stored(user, resource_type, id)
    if resource_type.is_library or not state.add_favorite(user, resource_type, id):
        raise StateConflictError(f"{resource_type.name}/{id} cannot be a favorite", (*path, "id"))
    # The ratings of the document are all there are.
    if value is None:
        state.delete(user, resource_type, id)
    else:
        state.put(user, resource_type, id, value)


def _read_item(mapping: Mapping[str, object], path: Path) -> tuple[ResourceType, str]:
    name, id = mapping["type"], as_string(mapping["id"], (*path, "id"))
    try:
        return find_type(name if isinstance(name, str) else repr(name)), str(id)
    except ValueError as error:
        raise DocumentError(str(error), (*path, "type")) from error


def _load_rating(document: object, user: str, state: State, path: Path) -> None:
    mapping = as_mapping(document, path)
    members = ("type", "id", "value")
    check_members(mapping, members, path, required=members)
    resource_type, id = _read_item(mapping, path)
    value = mapping["value"]
    if type(value) is not int or value not in (1, -1):
        raise DocumentError(f"{value!r} is neither 1 nor -1", (*path, "value"))
    if not state.put(user, resource_type, id, value):
        raise StateConflictError(f"there is no {resource_type.name}/{id} to rate", (*path, "id"))
