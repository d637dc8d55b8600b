"""What tests of the sign-in are built from: a running one, its visitors, a keyring of our own.

Every token, key and secret in here opens nothing.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from typing import Any

import httpx
from attrs import define, field
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError

from apple_music_ratings.login.sign_in import App, SignInLink, sign_in

DEVELOPER_TOKEN = "head-of-test.claims-of-test.signature-of-test"
USER_TOKEN = "0.UserOfTest/with+signs/in+it=="
APP = App(name="apple-music-ratings", build="1.2.3")
# For a machine that is stuck; every response here takes milliseconds.
STUCK = 30.0


class RunningSignIn:
    """A sign-in in a thread of its own, whose five minutes are over when a test says so.

    Args:
        save: Called with the token; it is collected in `kept` besides.
        options: What `sign_in` takes.
    """

    def __init__(self, save: Callable[[str], object] | None, options: dict[str, Any]) -> None:
        self.kept: list[str] = []
        self.timeout: float | None = None
        self._save = save
        self._links: Queue[SignInLink] = Queue()
        self._is_waiting = threading.Event()
        self._end: Queue[object] = Queue()
        self._options: dict[str, Any] = {"developer_token": DEVELOPER_TOKEN, "app": APP} | options
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.sign_in_link = self._links.get(timeout=STUCK)
        self.link = self.sign_in_link.url
        self.origin, _, self.secret = self.link.partition("/#")

    @property
    def host(self) -> str:
        """Host and port."""
        return self.origin.removeprefix("http://")

    def connect(self) -> socket.socket:
        """Open a connection."""
        host, port = self.host.split(":")
        return socket.create_connection((host, int(port)), timeout=STUCK)

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send a request."""
        with httpx.Client(trust_env=False, timeout=STUCK) as http:
            return http.request(method, f"{self.origin}{path}", **arguments)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send what the page would send."""
        return self.send("POST", path, json=fields, headers={"Origin": self.origin})

    def succeed(self) -> httpx.Response:
        """Do what the page does when the user signs in."""
        opened = self.post("/session", secret=self.secret).json()
        return self.post("/token", secret=opened["secret"], token=USER_TOKEN)

    def let_time_run_out(self) -> None:
        """Let the five minutes be over."""
        self._is_waiting.wait(STUCK)
        # Too late if the loop has come to its end by itself.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._is_time_up.set)

    def end(self) -> object:
        """Wait for the end, and return the result or the error."""
        self._thread.join(STUCK)
        return self._end.get(timeout=STUCK)

    def close(self) -> None:
        """Bring it to an end, whichever."""
        if self._thread.is_alive():
            self.let_time_run_out()
        self._thread.join(STUCK)

    def _run(self) -> None:
        try:
            self._end.put(
                sign_in(
                    save=self._take, on_link=self._links.put, sleep=self._sleep, **self._options
                )
            )
        except Exception as error:  # noqa: BLE001  # handed to the test
            self._end.put(error)

    def _take(self, token: str) -> None:
        self.kept.append(token)
        if self._save is not None:
            self._save(token)

    async def _sleep(self, seconds: float) -> None:
        self.timeout = seconds
        self._is_time_up = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._is_waiting.set()
        await self._is_time_up.wait()


@contextmanager
def a_sign_in(
    save: Callable[[str], object] | None = None, **options: Any
) -> Iterator[RunningSignIn]:
    """Run a sign-in for as long as the block lasts."""
    running = RunningSignIn(save, options)
    try:
        yield running
    finally:
        running.close()


@define
class FakeKeyring:
    """A keyring in memory. No subclass of keyring's, which would then be found as the machine's."""

    priority: float = 5.0
    entries: dict[tuple[str, str], str] = field(factory=dict)
    is_locked: bool = False
    is_read_only: bool = False
    asked: int = 0

    def get_password(self, service: str, username: str) -> str | None:
        """Return an entry."""
        self._ask()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry."""
        self._ask()
        if self.is_read_only:
            raise PasswordSetError("as scripted")
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Remove an entry."""
        self._ask()
        if self.is_read_only:
            raise PasswordDeleteError("as scripted")
        del self.entries[service, username]

    def _ask(self) -> None:
        self.asked += 1
        if self.is_locked:
            raise KeyringLocked("as scripted")

    def document(self, name: str) -> Any:
        """Read what is kept for a profile."""
        return json.loads(self.entries["apple-music-ratings", name])
