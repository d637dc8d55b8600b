"""Converts a state to a plain document, which seeding reads again."""

from __future__ import annotations

from apple_music_ratings_mock.api.accounts import Accounts
from apple_music_ratings_mock.api.state import State

from .library_entries import dump_entry


def dump_state(state: State, accounts: Accounts) -> dict[str, object]:
    """Return a state as a document that `load_state` takes."""
    entries = state.library.entries
    ratings = state.all_ratings()
    favorites = state.all_favorites()
    users = sorted({*ratings, *favorites, *accounts.revoked, *accounts.unsubscribed})
    return {
        "library": None if entries is None else [dump_entry(entry) for entry in entries],
        "users": [
            {
                "token": user,
                "status": _status_of(user, accounts),
                "ratings": [
                    {"type": type, "id": id, "value": value}
                    for (type, id), value in ratings.get(user, {}).items()
                ],
                "favorites": [{"type": type, "id": id} for type, id in favorites.get(user, ())],
            }
            for user in users
        ],
    }


def _status_of(user: str, accounts: Accounts) -> str:
    if user in accounts.revoked:
        return "revoked"
    return "unsubscribed" if user in accounts.unsubscribed else "active"
