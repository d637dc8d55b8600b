"""Checks where tokens and runs are recorded, which requests do not need but commands do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile

from apple_music_ratings import ConfigurationError, JournalError
from apple_music_ratings.journal import Journal
from apple_music_ratings.profiles.store import TokenStore

from .checks import Check, CheckStatus

__all__ = ["check_storage"]

_OTHER_JOURNAL = "Name another file with --journal or APPLE_MUSIC_JOURNAL."
_OTHER_FOLDER = "Set APPLE_MUSIC_TOKEN_FOLDER to a folder that can be written."


def check_storage(
    open_store: Callable[[], TokenStore],
    journal_path: Callable[[], Path],
    open_journal: Callable[[], Journal],
) -> Iterator[Check]:
    """Check that `login` can save tokens, and that `like` and `apply` can record runs.

    Args:
        open_store: Returns the store of tokens.
        journal_path: Returns the path of the journal.
        open_journal: Opens the journal.

    Yields:
        One check for each. Nothing is created.
    """
    yield _check_store(open_store)
    yield _check_journal(journal_path, open_journal)


def _check_store(open_store: Callable[[], TokenStore]) -> Check:
    name = "token storage"
    try:
        store = open_store()
    except ConfigurationError as error:
        return Check(name, CheckStatus.FAILED, str(error), "Tokens in variables work without it.")
    reason = None if store.folder is None else _write_error(store.folder)
    if reason is not None:
        message = f"Tokens cannot be saved in {store.location}: {reason}."
        return Check(name, CheckStatus.FAILED, message, _OTHER_FOLDER)
    return Check(name, CheckStatus.OK, f"Tokens are saved in {store.location}.")


def _check_journal(journal_path: Callable[[], Path], open_journal: Callable[[], Journal]) -> Check:
    name = "journal"
    try:
        path = journal_path()
        with open_journal():
            reason = _write_error(path.parent)
    except (ConfigurationError, JournalError) as error:
        return Check(name, CheckStatus.FAILED, str(error), _OTHER_JOURNAL)
    if reason is not None:
        message = f"Runs cannot be recorded in {path}: {reason}."
        return Check(name, CheckStatus.FAILED, message, _OTHER_JOURNAL)
    return Check(name, CheckStatus.OK, f"Runs are recorded in {path}.")


def _write_error(folder: Path) -> str | None:
    """Return why nothing can be written into a folder, which is created when it is needed."""
    try:
        nearest = next(each for each in (folder, *folder.parents) if each.exists())
        with TemporaryFile(dir=nearest):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__
