"""The state that the commands of one process share: environment, profile, client, journal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import define, field

from apple_music_ratings import Clock, ConfigurationError, RateLimiter, RatingsClient
from apple_music_ratings.clock import SystemClock
from apple_music_ratings.profiles.store import DEFAULT_PROFILE

from .activity import Activity

if TYPE_CHECKING:
    from apple_music_ratings import Item
    from apple_music_ratings.journal import Journal

PROGRAM = "apple-music-ratings"
JOURNAL = "APPLE_MUSIC_JOURNAL"
_BASE_URL = "APPLE_MUSIC_BASE_URL"
_APPLE = "https://api.music.apple.com"


@define
class Session:
    """The shared state of one process, as click's context object.

    Args:
        environ: The environment variables.
        profile: The profile that tokens are saved under; `None` for the default.
        rate: Maximum number of requests per second; `None` for no limit.
        journal: The journal that `--journal` names.
        same_account: Whether runs of another Music User Token are of the same account.
        clock: The source of time, sleep and jitter; `None` for the machine's.
        is_resumable: Whether `resume` continues after Ctrl-C.
        if_interrupted: What to report after Ctrl-C otherwise, such as that nothing was sent.
        verbosity: 0; 1 reports each wait, 2 each request.
        is_quiet: Whether hints and progress are omitted.
        activity: What the command is doing.
    """

    environ: Mapping[str, str]
    profile: str | None = None
    rate: float | None = None
    journal: Path | None = None
    same_account: bool = False
    clock: Clock | None = None
    is_resumable: bool = False
    if_interrupted: str = ""
    verbosity: int = 0
    is_quiet: bool = False
    activity: Activity = field(factory=Activity)
    _client: RatingsClient | None = field(default=None, init=False)

    def client(self) -> RatingsClient:
        """Return the client, created by the first call.

        Raises:
            ConfigurationError: A token is missing or cannot be used.
        """
        if self._client is None:
            self.activity.service = "Apple" if self.is_apple else "The service"
            self._client = RatingsClient.from_env(
                environ=self.environ,
                profile=self.profile or DEFAULT_PROFILE,
                limiter=None if self.rate is None else RateLimiter(self.rate),
                on_retry=self.activity.on_retry,
                clock=self.clock or SystemClock(),
            )
        return self._client

    def journal_path(self) -> Path:
        """Return the path of the journal: `--journal`, the environment, or the state folder.

        Each profile has its own journal there, and so has each service except Apple's, so that a
        run against the mock is never resumed against an account.

        Raises:
            ConfigurationError: The home folder is unknown.
        """
        named = self.journal or self.environ.get(JOURNAL)
        if named:
            return Path(named)
        from platformdirs import user_state_path  # noqa: PLC0415  # not needed with a name

        try:
            folder = user_state_path(PROGRAM, appauthor=False)
        except RuntimeError:  # newer versions raise, older ones return "~/..."
            folder = Path("~")
        if not folder.is_absolute():
            raise ConfigurationError(
                "The home folder is unknown: HOME is not set. Set it, or name a journal with "
                f"--journal or {JOURNAL}."
            )
        host = urlsplit(self.environ.get(_BASE_URL, "")).hostname
        parts = ["journal", *(part for part in (self.profile, host) if part)]
        name = "-".join(part.replace("/", "_").replace(":", "_") for part in parts)
        return folder / f"{name}.sqlite3"

    @property
    def service(self) -> str:
        """The base URL of the service that the client uses."""
        return self.environ.get(_BASE_URL, "").strip() or _APPLE

    @property
    def is_apple(self) -> bool:
        """Whether that is Apple's own service."""
        return self.service.rstrip("/") == _APPLE

    def open_journal(self, note: str = "", names: Mapping[Item, str] | None = None) -> Journal:
        """Open the journal; its file is created when a run begins.

        Args:
            note: The command, recorded with the run that it begins.
            names: What the items are called.

        Raises:
            JournalError: It is corrupt, not a journal, or cannot be read.
        """
        from apple_music_ratings.journal import Journal  # noqa: PLC0415  # loads SQLite

        return Journal(self.journal_path(), same_account=self.same_account, note=note, names=names)

    def command(self, *words: str) -> str:
        """Return a command to paste, with the same profile, rate and journal."""
        profile = ["--profile", self.profile] if self.profile else []
        rate = ["--rate", f"{self.rate:g}"] if self.rate else []
        journal = ["--journal", str(self.journal)] if self.journal else []
        return shlex.join([PROGRAM, *profile, *rate, *words, *journal])

    @property
    def has_color(self) -> bool:
        """Whether the environment allows colors."""
        return not self.environ.get("NO_COLOR") and self.environ.get("TERM") != "dumb"

    def set_color(self, color: bool) -> None:  # noqa: FBT001  # the value of an option
        """Turn colors on or off for this process."""
        others = {name: value for name, value in self.environ.items() if name != "NO_COLOR"}
        self.environ = others if color else {**others, "NO_COLOR": "1"}

    def close(self) -> None:
        """Close the client, if there is one."""
        if self._client is not None:
            self._client.close()
