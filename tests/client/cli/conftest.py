"""A mock on a loopback socket, and people who run the program against it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import secrets
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from time import time
from typing import Any

import pytest
from attrs import field, frozen
from support.builders import FakeClock

from apple_music_ratings.cli.app import run
from apple_music_ratings.clock import Clock
from apple_music_ratings_mock import LibraryEntry, MockService
from apple_music_ratings_mock.serving.server import serve

PROGRAM = [sys.executable, "-m", "apple_music_ratings.cli"]
# Workers of a test run ignore Ctrl-C, and what they start inherits that.
_FROM_A_SHELL = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from apple_music_ratings.cli import main; sys.exit(main())"
)
# A name that would clear the screen and turn the line around.
NASTY = "\x1b[2JTide \u202etxt\x07"
LIBRARY = [
    LibraryEntry(
        "library-songs",
        "i.s1",
        "900000001",
        name="First Light",
        artist="The Lanterns",
        album="Harbour",
    ),
    LibraryEntry(
        "library-songs",
        "i.s2",
        "900000002",
        name="=Sum, Of Parts",
        artist="Northbound",
        album="Maps",
    ),
    LibraryEntry("library-songs", "i.s3", None, name=NASTY, artist="Home Tape", album=None),
    LibraryEntry("library-albums", "l.a1", "900000011", name="Harbour", artist="The Lanterns"),
    LibraryEntry(
        "library-music-videos", "i.v1", "900000021", name="Harbour", artist="The Lanterns"
    ),
    LibraryEntry("library-playlists", "p.p1", "pl.900000031", name="Mornings"),
]


@frozen
class Ended:
    """How a run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """The lines on stdout."""
        return self.out.splitlines()


@frozen
class User:
    """A user with tokens, who runs the program.

    The program runs in this process, or in one of its own where signals and standard input count.
    """

    service: MockService
    token: str
    environ: dict[str, str]
    folder: Path
    capture: Any = field(repr=False)

    def run(self, *arguments: str, clock: Clock | None = None) -> Ended:
        """Run a command here; its waits take no time."""
        self.capture.readouterr()
        code = run(arguments, environ=self.environ, clock=clock or FakeClock(time()))
        out, err = self.capture.readouterr()
        return Ended(int(code), out, err)

    def run_apart(self, *arguments: str, stdin: str | bytes = "") -> Ended:
        """Run a command in a process of its own."""
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(  # noqa: S603  # our own program
            [*PROGRAM, *arguments], input=raw, capture_output=True, env=self.environ, check=False
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_on_terminal(
        self, *arguments: str, columns: int = 80, typed: str = "", **variables: str
    ) -> str:
        """Run a command with a terminal at all three ends, and give what it shows."""
        ours, theirs = pty.openpty()
        environ = {
            **self.environ,
            "TERM": "xterm-256color",
            "COLUMNS": str(columns),
            "LINES": "24",
            **variables,
        }
        program = subprocess.Popen(  # noqa: S603  # our own program
            [*PROGRAM, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environ
        )
        os.close(theirs)
        shown = b""
        os.write(ours, typed.encode())
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:
            pass  # Linux says so when the other end is closed.
        finally:
            os.close(ours)
            program.wait()
        return shown.decode()

    def run_and_press(self, *arguments: str, keys: str) -> Ended:
        """Run a command on a terminal of its own, and press keys when it asks a question."""
        ours, theirs = pty.openpty()
        program = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-c", _FROM_A_SHELL, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**self.environ, "TERM": "dumb"},
            start_new_session=True,
            # The terminal then turns Ctrl-C into a signal.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY),  # noqa: PLW1509  # no lock
        )
        os.close(theirs)
        shown, waits, has_pressed = b"", 0, False
        try:
            while waits < 12:
                if not select([ours], [], [], 5)[0]:
                    # input() misses a Ctrl-C between its prompt and its read; press it again.
                    waits += 1
                    os.write(ours, keys.encode() if has_pressed and keys == "\x03" else b"")
                    continue
                shown += os.read(ours, 65536)
                # The space is printed by what reads the keys.
                if not has_pressed and shown.endswith(b"[y/N]: "):
                    os.write(ours, keys.encode())
                    has_pressed = True
        except OSError:
            pass  # as above
        # Closing the terminal first could end the program by SIGHUP.
        code = program.wait(60)
        os.close(ours)
        return Ended(code, shown.decode(), "")

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a command in a process of its own, as a shell does: with Ctrl-C heeded."""
        program = [sys.executable, "-c", _FROM_A_SHELL, *arguments]
        return subprocess.Popen(program, env=self.environ, **options)  # noqa: S603  # our own

    def rate(self, item: str, value: int) -> None:
        """Rate an item, past the program."""
        type, id = item.split("/")
        self.service.set_rating(self.token, type, id, value)

    def rating(self, item: str) -> int | None:
        """Look a rating up, past the program."""
        type, id = item.split("/")
        return self.service.get_rating(self.token, type, id)

    def file(self, name: str, content: str | bytes) -> str:
        """Write a file, and give its name."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)


def environ_for(service: MockService, base_url: str, token: str, folder: Path) -> dict[str, str]:
    """Return the variables that a user sets; nothing of this machine's accounts is among them."""
    kept = {
        key: os.environ[key] for key in ("PATH", "COVERAGE_PROCESS_CONFIG") if key in os.environ
    }
    return {
        **kept,
        "APPLE_MUSIC_DEVELOPER_TOKEN": service.developer_token(),
        "APPLE_MUSIC_USER_TOKEN": token,
        "APPLE_MUSIC_BASE_URL": base_url,
        "APPLE_MUSIC_JOURNAL": str(folder / "journal.sqlite3"),
        "APPLE_MUSIC_TOKEN_FOLDER": str(folder / "tokens"),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[MockService, str]]:
    """One mock with a small library, for everybody; each user is alone with their ratings."""
    service = MockService(library=LIBRARY)
    with serve(service) as base_url:
        yield service, base_url


@pytest.fixture
def user(
    served: tuple[MockService, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> User:
    """A user of their own."""
    service, base_url = served
    token = secrets.token_hex(8)
    environ = environ_for(service, base_url, token, tmp_path)
    return User(service, token, environ, tmp_path, capsys)


@pytest.fixture
def a_user_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[MockService], Any]:
    """Serves another mock for as long as a block lasts, and gives a user who uses it."""

    @contextmanager
    def serve_it(service: MockService) -> Iterator[User]:
        with serve(service) as base_url:
            environ = environ_for(service, base_url, "a-user", tmp_path)
            yield User(service, "a-user", environ, tmp_path, capsys)

    return serve_it
