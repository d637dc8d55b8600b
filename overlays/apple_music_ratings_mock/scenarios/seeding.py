"""Converts states from and to plain documents, for files, the admin API and tests."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import fields

from apple_music_ratings_mock.api.accounts import Accounts
from apple_music_ratings_mock.api.behaviors import Behaviors
from apple_music_ratings_mock.api.fingerprints import fingerprint
from apple_music_ratings_mock.api.resource_types import find_type
from apple_music_ratings_mock.api.state import Library, LibraryEntry, State

from .documents import DocumentError, Path, as_list, as_mapping, as_string, check_members

STATUSES = ("active", "revoked", "unsubscribed")
_ENTRY_MEMBERS = tuple(each.name for each in fields(LibraryEntry))


def dump_state(state: State, accounts: Accounts) -> dict[str, object]:
    """Return a state as a document that `load_state` takes."""
    entries = state.library.entries
    ratings = state.all_ratings()
    users = sorted({*ratings, *accounts.revoked, *accounts.unsubscribed})
    return {
        "library": None if entries is None else [_dump_entry(entry) for entry in entries],
        "users": [
            {
                "token": user,
                "status": _status_of(user, accounts),
                "ratings": [
                    {"type": type, "id": id, "value": value}
                    for (type, id), value in ratings.get(user, {}).items()
                ],
            }
            for user in users
        ],
    }


def _dump_entry(entry: LibraryEntry) -> dict[str, object]:
    members = {name: getattr(entry, name) for name in _ENTRY_MEMBERS}
    return {name: value for name, value in members.items() if value is not None}


def _status_of(user: str, accounts: Accounts) -> str:
    if user in accounts.revoked:
        return "revoked"
    return "unsubscribed" if user in accounts.unsubscribed else "active"


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
        DocumentError: A stored rating is not possible under these behaviors.
    """
    users = dump_state(state, accounts)["users"]
    library = Library(state.library.entries, behaviors)
    return load_state({"users": users}, library, behaviors)[0]


def read_library(document: object) -> list[LibraryEntry]:
    """Return the entries of a library.

    Raises:
        DocumentError: An entry is invalid, or its id is repeated.
    """
    entries: dict[tuple[str, str], LibraryEntry] = {}
    for index, member in enumerate(as_list(document, ("library",))):
        path = ("library", index)
        entry = _read_entry(as_mapping(member, path), path)
        key = (entry.type, entry.library_id)
        if key in entries:
            raise DocumentError(f"{entry.type}/{entry.library_id} is repeated", path)
        entries[key] = entry
    return list(entries.values())


def _read_entry(mapping: Mapping[str, object], path: Path) -> LibraryEntry:
    check_members(mapping, _ENTRY_MEMBERS, path, required=("type", "library_id"))
    values = {name: as_string(value, (*path, name)) for name, value in mapping.items()}
    for name in ("type", "library_id", "name"):
        if name in values and values[name] is None:
            raise DocumentError("this is not a string", (*path, name))
    try:
        return LibraryEntry(**{n: v for n, v in values.items() if v is not None})
    except ValueError as error:
        raise DocumentError(str(error), path) from error


def _load_user(document: object, state: State, accounts: Accounts, path: Path) -> None:
    mapping = as_mapping(document, path)
    check_members(mapping, ("token", "status", "ratings"), path, required=("token",))
    token = as_string(mapping["token"], (*path, "token"))
    if not token or token != token.strip():
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


def _load_rating(document: object, user: str, state: State, path: Path) -> None:
    mapping = as_mapping(document, path)
    members = ("type", "id", "value")
    check_members(mapping, members, path, required=members)
    name, id = mapping["type"], as_string(mapping["id"], (*path, "id"))
    try:
        resource_type = find_type(name if isinstance(name, str) else repr(name))
    except ValueError as error:
        raise DocumentError(str(error), (*path, "type")) from error
    value = mapping["value"]
    if type(value) is not int or value not in (1, -1):
        raise DocumentError(f"{value!r} is neither 1 nor -1", (*path, "value"))
    if not state.put(user, resource_type, str(id), value):
        raise DocumentError(f"there is no {name}/{id} to rate", (*path, "id"))
