"""The SQLite file of a journal: its schema, file checks, transactions and errors."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from apple_music_ratings.errors import JournalError

from .private_files import give_to_owner_of_folder, make_private_folders

# Tells our files from those of other programs: https://www.sqlite.org/fileformat.html
_APPLICATION_ID = int.from_bytes(b"AMRj")
_VERSION = 1
_MAGIC = b"SQLite format 3\0"
_SCHEMA = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        service TEXT NOT NULL,
        account TEXT NOT NULL,
        note TEXT NOT NULL,
        is_in_progress INTEGER NOT NULL,
        started_at REAL NOT NULL,
        stopped_by TEXT
    )""",
    """CREATE TABLE steps (
        run INTEGER NOT NULL REFERENCES runs (id),
        position INTEGER NOT NULL,
        type TEXT NOT NULL,
        id TEXT NOT NULL,
        item_name TEXT,
        action TEXT NOT NULL,
        before INTEGER,
        state TEXT NOT NULL,
        error TEXT,
        is_retryable INTEGER NOT NULL DEFAULT 0,
        may_be_written INTEGER NOT NULL DEFAULT 0,
        changed_at REAL NOT NULL,
        PRIMARY KEY (run, position)
    ) WITHOUT ROWID""",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_VERSION}",
)


class Database:
    """An SQLite file that is created by the first transaction. Safe to use from threads.

    Args:
        path: The file.
        timeout: Seconds to wait for another process that is writing to the same file.

    Raises:
        JournalError: The file exists and is not a journal, is corrupt, comes from a newer version,
            or cannot be read and written.
    """

    def __init__(self, path: Path, *, timeout: float) -> None:
        self.path = path
        self._timeout = timeout
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False
        # Device, inode and size of each file, as the last transaction left them.
        self._files: dict[Path, tuple[int, int, int]] = {}
        with self.errors():
            if path.exists():
                self._connection = self._open()

    def select(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query; none while there is no file."""
        with self._lock, self.errors():
            self._check_open()
            if self._connection is None:
                return []
            return self._connection.execute(query, arguments).fetchall()

    @contextmanager
    def transaction(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Open a transaction. A durable one also survives a loss of power."""
        with self._lock, self.errors():
            connection = self.connect()
            self._check_files()
            connection.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
            try:
                # Inside, because Ctrl-C may come once it has begun.
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._check_files()

    def checkpoint(self) -> None:
        """Copy the write-ahead log into the file, so that a copy of the file alone is complete."""
        with self._lock, self.errors(), suppress(sqlite3.OperationalError):
            # Not TRUNCATE: a log that shrinks is a sign of damage to other processes.
            self.connect().execute("PRAGMA wal_checkpoint(FULL)")

    def connect(self) -> sqlite3.Connection:
        """Return the open connection; the first call creates the file."""
        with self._lock, self.errors():
            self._check_open()
            if self._connection is None:
                self._create()
                self._connection = self._open()
            return self._connection

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise errors of SQLite, files and stored values as `JournalError`."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise JournalError(f"{self.path}: {self._describe(error)}") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._is_closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _check_open(self) -> None:
        if self._is_closed:
            raise JournalError(f"{self.path}: this journal is closed.")

    def _check_files(self) -> None:
        """Check that the open files are still the ones at their paths.

        SQLite itself would keep writing to a file that was moved or removed.

        Raises:
            JournalError: One was moved, removed, replaced or truncated.
        """
        for path in (self.path, self.path.with_name(f"{self.path.name}-wal")):
            known = self._files.get(path)
            try:
                status = path.stat()
            except FileNotFoundError:
                found = None
            else:
                found = (status.st_dev, status.st_ino, status.st_size)
            if known is not None and (found is None or found[:2] != known[:2] or found < known):
                raise JournalError(
                    f"{path} was moved, removed, replaced or truncated while the journal was open. "
                    "Nothing more is sent. Move it back, then resume the run."
                )
            if found is not None:
                self._files[path] = found

    def _create(self) -> None:
        make_private_folders(self.path.parent)
        # If another process was faster, its file is checked like any other.
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            # SQLite gives the files beside it the same owner.
            give_to_owner_of_folder(self.path)

    def _open(self) -> sqlite3.Connection:
        _check_file(self.path)
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=self._timeout,
            isolation_level=None,
            # Our own lock keeps threads apart.
            check_same_thread=False,
        )
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _describe(self, error: Exception) -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return (
                f"another process has been writing to this journal for {self._timeout:g} s. Wait "
                "until it has ended, or use another file."
            )
        if isinstance(error, sqlite3.OperationalError | OSError):
            return f"the journal cannot be used: {error}."
        return (
            f"this journal is corrupt: {error}. It was not changed; use another file, or restore "
            "it from a copy."
        )


def _prepare(connection: sqlite3.Connection) -> None:
    if not _has_tables(connection):
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been faster.
        for statement in () if _has_tables(connection) else _SCHEMA:
            connection.execute(statement)
        connection.execute("COMMIT")
    [(verdict,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
    # With WAL a commit survives a kill without fsync, and readers do not wait. Where it cannot be
    # set, because of the file system or another process, everything works without it.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")


def _has_tables(connection: sqlite3.Connection) -> bool:
    """Return whether it is a journal, and not the empty file that a kill may leave."""
    [(number,)] = connection.execute("PRAGMA application_id").fetchall()
    return bool(number == _APPLICATION_ID)


def _check_file(path: Path) -> None:
    """Check from the first bytes that a file is a journal, without opening it as one.

    Raises:
        JournalError: It is a folder, read-only, not a journal, or from a newer version.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise JournalError(f"{path} is a folder or a device, not a journal. Name a file.")
    if not status.st_mode & 0o222 or not os.access(path, os.R_OK | os.W_OK):
        raise JournalError(f"{path} is read-only. Make it writable, or use another file.")
    with path.open("rb") as file:
        head = file.read(100)
    if not head:
        return
    number = int.from_bytes(head[68:72])
    if not head.startswith(_MAGIC) or number != _APPLICATION_ID:
        raise JournalError(f"{path} is not a journal; it was not changed. Use another file.")
    version = int.from_bytes(head[60:64])
    if version > _VERSION:
        raise JournalError(
            f"{path} was written by a newer version of this program. Upgrade, or use another file."
        )
