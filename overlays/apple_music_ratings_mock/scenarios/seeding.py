"""States in and out of plain documents, for files, the admin API and tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import fields

from apple_music_ratings_mock.api.accounts import Accounts
from apple_music_ratings_mock.api.behaviors import Behaviors
from apple_music_ratings_mock.api.fingerprints import fingerprint
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES
from apple_music_ratings_mock.api.state import Library, LibraryEntry, State

STATUSES = ("active", "revoked", "unsubscribed")
_ENTRY_MEMBERS = tuple(each.name for each in fields(LibraryEntry))


class DocumentError(ValueError):
    """A document that is not fit, and where.

    Args:
        message: What is wrong.
        path: The way to it: names of members and places in lists.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
        super().__init__(f"{where.lstrip('.')}: {message}" if where else message)
        self.message = message
        self.path = path


def library_of(entries: Iterable[LibraryEntry] | None, behaviors: Behaviors) -> Library:
    """Make a library that behaves as the behaviors say.

    Raises:
        ValueError: One library id stands for two catalog ids.
    """
    return Library(
        entries,
        accepts_any_id=behaviors.library_ids == "any",
        knows_catalog=behaviors.catalog_ids == "seeded",
        shares_album_ratings=behaviors.album_ratings == "shared",
    )


def dump_state(state: State, accounts: Accounts) -> dict[str, object]:
    """Write a state down.

    Returns:
        A document that `load_state` takes.
    """
    entries = state.library.entries
    ratings = state.all_ratings()
    users = sorted({*ratings, *accounts.revoked, *accounts.unsubscribed})
    return {
        "library": None if entries is None else [_entry_document(entry) for entry in entries],
        "users": [
            {
                "token": user,
                "status": _status_of(user, accounts),
                "ratings": [
                    {"type": type_, "id": id_, "value": value}
                    for (type_, id_), value in ratings.get(user, {}).items()
                ],
            }
            for user in users
        ],
    }


def _entry_document(entry: LibraryEntry) -> dict[str, object]:
    members = {name: getattr(entry, name) for name in _ENTRY_MEMBERS}
    return {name: value for name, value in members.items() if value is not None}


def _status_of(user: str, accounts: Accounts) -> str:
    if user in accounts.revoked:
        return "revoked"
    return "unsubscribed" if user in accounts.unsubscribed else "active"


def load_state(
    document: Mapping[str, object], library: Library, behaviors: Behaviors
) -> tuple[State, Accounts]:
    """Make a state from a document.

    Args:
        document: Its `library` and `users`.
        library: What to keep when the document has no library.
        behaviors: How the library behaves.

    Raises:
        DocumentError: The document is not fit.
    """
    check_members(document, ("library", "users"), ())
    if "library" in document:
        entries = document["library"]
        library = library_of(None if entries is None else read_library(entries), behaviors)
    state, accounts = State(library), Accounts()
    for place, user in enumerate(as_list(document.get("users", ()), ("users",))):
        _load_user(user, state, accounts, ("users", place))
    return state, accounts


def read_library(document: object) -> list[LibraryEntry]:
    """Read the entries of a library.

    Raises:
        DocumentError: An entry is not fit, or its id is there already.
    """
    entries, seen = [], set()
    for place, member in enumerate(as_list(document, ("library",))):
        path = ("library", place)
        mapping = as_mapping(member, path)
        check_members(mapping, _ENTRY_MEMBERS, path, needed=("type", "library_id"))
        values = {name: _text(value, (*path, name)) for name, value in mapping.items()}
        for name in ("type", "library_id", "name"):
            if name in values and values[name] is None:
                raise DocumentError("this is not a text", (*path, name))
        try:
            entry = LibraryEntry(**{n: v for n, v in values.items() if v is not None})
        except ValueError as error:
            raise DocumentError(str(error), path) from error
        if (entry.type, entry.library_id) in seen:
            raise DocumentError(f"{entry.type}/{entry.library_id} is there twice", path)
        seen.add((entry.type, entry.library_id))
        entries.append(entry)
    return entries


def _load_user(
    document: object, state: State, accounts: Accounts, path: tuple[str | int, ...]
) -> None:
    mapping = as_mapping(document, path)
    check_members(mapping, ("token", "status", "ratings"), path, needed=("token",))
    token = _text(mapping["token"], (*path, "token"))
    if not token or token != token.strip():
        raise DocumentError("a token is a text without blanks around it", (*path, "token"))
    user = fingerprint(token)
    status = mapping.get("status", "active")
    if status not in STATUSES:
        words = f"{status!r} is not one of {', '.join(STATUSES)}"
        raise DocumentError(words, (*path, "status"))
    if status == "revoked":
        accounts.revoked.add(user)
    if status == "unsubscribed":
        accounts.unsubscribed.add(user)
    ratings_path = (*path, "ratings")
    for place, rating in enumerate(as_list(mapping.get("ratings", ()), ratings_path)):
        _load_rating(rating, user, state, (*ratings_path, place))


def _load_rating(document: object, user: str, state: State, path: tuple[str | int, ...]) -> None:
    mapping = as_mapping(document, path)
    members = ("type", "id", "value")
    check_members(mapping, members, path, needed=members)
    type_, id_ = mapping["type"], _text(mapping["id"], (*path, "id"))
    resource_type = RESOURCE_TYPES.get(type_) if isinstance(type_, str) else None
    if resource_type is None:
        words = f"{type_!r} is not one of {', '.join(RESOURCE_TYPES)}"
        raise DocumentError(words, (*path, "type"))
    value = mapping["value"]
    if type(value) is not int or value not in (1, -1):
        raise DocumentError(f"{value!r} is neither 1 nor -1", (*path, "value"))
    if not state.put(user, resource_type, str(id_), value):
        raise DocumentError(f"there is no {type_}/{id_} to rate", (*path, "id"))


def as_list(document: object, path: tuple[str | int, ...]) -> list[object]:
    """Take a document for a list.

    Raises:
        DocumentError: It is none.
    """
    if not isinstance(document, list | tuple):
        raise DocumentError("this is not a list", path)
    return list(document)


def as_mapping(document: object, path: tuple[str | int, ...]) -> Mapping[str, object]:
    """Take a document for a mapping of names to values.

    Raises:
        DocumentError: It is none.
    """
    if not isinstance(document, Mapping) or not all(isinstance(name, str) for name in document):
        raise DocumentError("this is not a mapping of names to values", path)
    return document


def check_members(
    document: Mapping[str, object],
    known: tuple[str, ...],
    path: tuple[str | int, ...],
    *,
    needed: tuple[str, ...] = (),
) -> None:
    """Make sure that a mapping has what it needs and nothing unknown.

    Raises:
        DocumentError: A member is unknown or missing.
    """
    for name in document:
        if name not in known:
            raise DocumentError(f"{name!r} is not one of {', '.join(known)}", (*path, name))
    for name in needed:
        if name not in document:
            raise DocumentError(f"{name!r} is missing", path)


def _text(value: object, path: tuple[str | int, ...]) -> str | None:
    if value is not None and not isinstance(value, str):
        words = f"{value!r} is not a text; put it in quotation marks"
        raise DocumentError(words, path)
    return value
