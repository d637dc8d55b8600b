"""What the commands of one run share: the environment, the profile, the client, the journal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import define, field

from apple_music_ratings import Clock, ConfigurationError, RateLimiter, RatingsClient
from apple_music_ratings.profiles.store import DEFAULT_PROFILE
from apple_music_ratings.transports import fast_transport

if TYPE_CHECKING:
    import httpx

    from apple_music_ratings.journal import Journal

PROGRAM = "apple-music-ratings"
JOURNAL = "APPLE_MUSIC_JOURNAL"
_BASE_URL = "APPLE_MUSIC_BASE_URL"
_APPLE = "https://api.music.apple.com"


@define
class Session:
    """The shared facts of one run, as click's context object.

    Args:
        environ: The environment variables.
        profile: The name under which tokens are kept; `None` for the default.
        rate: Requests a second at most; `None` for as many as come up.
        journal: The journal that `--journal` names.
        same_account: Whether runs of another Music User Token are of the same account.
        clock: Provides time and sleep to `probe`; `None` for the machine's.
        is_resumable: Whether `resume` goes on after Ctrl-C.
    """

    environ: Mapping[str, str]
    profile: str | None = None
    rate: float | None = None
    journal: Path | None = None
    same_account: bool = False
    clock: Clock | None = None
    is_resumable: bool = False
    _client: RatingsClient | None = field(default=None, init=False)

    def client(self) -> RatingsClient:
        """Give the client, made at the first call.

        Raises:
            ConfigurationError: A token is missing or cannot be used.
        """
        if self._client is None:
            self._client = RatingsClient.from_env(
                environ=self.environ,
                profile=self.profile or DEFAULT_PROFILE,
                transport=_fast_transport_or_none(),
                limiter=None if self.rate is None else RateLimiter(self.rate),
            )
        return self._client

    def journal_path(self) -> Path:
        """Give the place of the journal: `--journal`, the environment, or the user's state folder.

        Each profile has a journal of its own there, and so has each service but Apple's, so that a
        run against the mock is never resumed against an account.
        """
        named = self.journal or self.environ.get(JOURNAL)
        if named:
            return Path(named)
        from platformdirs import user_state_path  # noqa: PLC0415  # only for who needs it

        host = urlsplit(self.environ.get(_BASE_URL, "")).hostname
        parts = ["journal", *(part for part in (self.profile, host) if part)]
        name = "-".join(part.replace("/", "_").replace(":", "_") for part in parts)
        return user_state_path(PROGRAM, appauthor=False) / f"{name}.sqlite3"

    def service(self) -> str:
        """Give the address of the service that the client talks to."""
        return self.environ.get(_BASE_URL, "").strip() or _APPLE

    def open_journal(self) -> Journal:
        """Open the journal; its file is made when a run begins.

        Raises:
            JournalError: It is damaged, no journal, or cannot be read.
        """
        from apple_music_ratings.journal import Journal  # noqa: PLC0415  # loads SQLite

        return Journal(self.journal_path(), same_account=self.same_account)

    def command(self, *words: str) -> str:
        """Spell a command that a person can paste, for the same profile, rate and journal."""
        profile = ["--profile", self.profile] if self.profile else []
        rate = ["--rate", f"{self.rate:g}"] if self.rate else []
        journal = ["--journal", str(self.journal)] if self.journal else []
        return shlex.join([PROGRAM, *profile, *rate, *words, *journal])

    def close(self) -> None:
        """Close the client, if there is one."""
        if self._client is not None:
            self._client.close()


def _fast_transport_or_none() -> httpx.BaseTransport | None:
    try:
        return fast_transport()
    except ConfigurationError:  # the extra is not installed
        return None
