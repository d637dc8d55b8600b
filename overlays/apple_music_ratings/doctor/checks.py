"""Checks configuration, tokens, subscription and clock, in the order in which a call needs them.

`diagnosis` explains responses, and `token_report` the content of a developer token. No result
contains the value of a token.
"""

from __future__ import annotations

import os
import shlex
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from attrs import define, field, frozen

from apple_music_ratings import (
    ApiError,
    ConfigurationError,
    DeveloperToken,
    Item,
    NoSubscriptionError,
    RatingsClient,
    RatingsError,
)
from apple_music_ratings.developer_token.private_keys import key_path
from apple_music_ratings.profiles.credentials import (
    CredentialSources,
    Profile,
    developer_token_or_key,
    is_complete,
    music_user_token,
    resolve_credentials,
    signing_key,
)
from apple_music_ratings.profiles.environment import checked_base_url

from .diagnosis import Probe, check_skew, clock_skew, diagnose
from .token_report import inspect_developer_token

__all__ = ["Check", "CheckStatus", "run_checks"]

# Apple's own example of a song; reading its rating changes nothing:
# https://developer.apple.com/documentation/applemusicapi/get-a-personal-content-rating-4k9c0
HARMLESS = Item("songs", "907242702")
# Its response has the same headers as any other, and no personal data.
_CLOCK_PATH = "/v1/test"
_APPLE = "api.music.apple.com"
_GET_A_KEY = "Get a MusicKit key from Apple's developer site; its .p8 file can be downloaded once."
_SIGN_ANOTHER = "Sign another one with `apple-music-ratings developer-token`."

T = TypeVar("T")


class CheckStatus(StrEnum):
    """The result of a check."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@frozen
class Check:
    """One check and its result.

    Args:
        name: What was checked.
        status: The result.
        message: What was found.
        next_step: What to do after a failure.
    """

    name: str
    status: CheckStatus
    message: str
    next_step: str | None = None


class Load(Protocol):
    """Reads a profile, as `TokenStore.load` does."""

    def __call__(self, name: str, /) -> Profile | None:
        """Return the profile saved under a name, or `None`."""
        ...


def run_checks(
    environ: Mapping[str, str],
    *,
    profile: str,
    load: Load,
    connect: Callable[..., RatingsClient] = RatingsClient,
    now: Callable[[], float] = time.time,
) -> Iterator[Check]:
    """Check everything that a call needs.

    Args:
        environ: The environment variables.
        profile: The profile that tokens are saved under.
        load: Reads the profile.
        connect: Creates the client; a test passes one with its own transport.
        now: Returns the Unix time in seconds.

    Yields:
        Each check when it ends. A check that requires a failed one is skipped.
    """
    run = _CheckRun(connect, now)
    try:
        yield run.configuration(environ, profile, load)
        yield run.key()
        yield run.developer_token()
        yield run.user_token()
        yield from run.ratings()
        yield run.clock()
    finally:
        run.close()


@define
class _CheckRun:
    """The checks, and what later checks need of earlier ones."""

    _connect: Callable[..., RatingsClient]
    _now: Callable[[], float]
    _sources: CredentialSources = field(factory=CredentialSources, init=False)
    _token: DeveloperToken | None = field(default=None, init=False)
    _client: RatingsClient | None = field(default=None, init=False)
    # Whether the previous check allows the next one.
    _can_continue: bool = field(default=True, init=False)
    _is_reachable: bool = field(default=False, init=False)
    _skew: float | None = field(default=None, init=False)

    def configuration(self, environ: Mapping[str, str], profile: str, load: Load) -> Check:
        name = "configuration"
        try:
            saved = None if is_complete(environ) else load(profile)
            self._sources = resolve_credentials(environ, saved, profile)
            checked_base_url(self._sources)
            # Finds a proxy and a certificate file that cannot be used.
            self._connect_with("none", "none").close()
        except ConfigurationError as error:
            self._can_continue = False
            return Check(name, CheckStatus.FAILED, str(error), "Fix this first.")
        message = f"{_describe_sources(self._sources)}."
        problems = _missing(self._sources)
        if problems:
            return Check(name, CheckStatus.FAILED, message, " ".join(problems))
        return Check(name, CheckStatus.OK, message)

    @property
    def _service(self) -> str:
        base_url = self._sources.base_url
        host = "" if base_url is None else urlsplit(base_url.value).netloc
        return f"the service at {host}" if host and host != _APPLE else "Apple"

    def _connect_with(
        self, developer_token: DeveloperToken | str, user_token: str
    ) -> RatingsClient:
        base_url = self._sources.base_url
        return self._connect(
            developer_token=developer_token,
            music_user_token=user_token,
            allow_http_hosts=self._sources.http_hosts,
            **({} if base_url is None else {"base_url": base_url.value}),
        )

    def key(self) -> Check:
        name = "private key"
        if not self._can_continue:
            return _skipped(name, "a valid configuration")
        if self._sources.developer_token is not None:
            message = "Not required: a ready-made developer token is set, which cannot be renewed."
            return Check(name, CheckStatus.SKIPPED, message)
        try:
            key = signing_key(self._sources)
        except ConfigurationError:
            self._can_continue = False
            return _skipped(name, "a valid configuration")
        try:
            self._token = DeveloperToken.from_key(
                key.private_key, key_id=key.key_id, team_id=key.team_id
            )
        except ConfigurationError as error:
            self._can_continue = False
            return Check(name, CheckStatus.FAILED, str(error), _GET_A_KEY)
        return _check_permissions(name, key.private_key)

    def developer_token(self) -> Check:
        name = Probe.DEVELOPER_TOKEN.value
        if not self._can_continue:
            return _skipped(name, "a valid configuration and private key")
        self._can_continue = False
        user_token = self._sources.music_user_token
        try:
            ready_made = self._sources.developer_token
            source = self._token if ready_made is None else DeveloperToken(ready_made.value)
            assert source is not None  # noqa: S101  # set by the check of the key
            report = inspect_developer_token(source.current(self._now()), now=self._now())
            if report.problems:
                return Check(name, CheckStatus.FAILED, " ".join(report.problems), _SIGN_ANOTHER)
            # This probe needs no user.
            self._client = self._connect_with(
                source, user_token.value if user_token is not None else "none"
            )
            self._ask(RatingsClient.check_developer_token)
        except RatingsError as error:
            return self._failed(name, Probe.DEVELOPER_TOKEN, error)
        self._can_continue = True
        return Check(
            name,
            CheckStatus.OK,
            f"Accepted by {self._service}. It expires {_day(report.expires_at)}.",
        )

    def user_token(self) -> Check:
        name = Probe.USER_TOKEN.value
        if not self._can_continue:
            return _skipped(name, "an accepted developer token")
        self._can_continue = False
        if self._sources.music_user_token is None:
            return Check(
                name, CheckStatus.FAILED, "Not configured.", "Run `apple-music-ratings login`."
            )
        try:
            storefront = self._ask(RatingsClient.get_storefront)
        except NoSubscriptionError:
            message = f"Accepted by {self._service}."
        except RatingsError as error:
            return self._failed(name, Probe.USER_TOKEN, error)
        else:
            message = f"Accepted by {self._service}. The account's storefront is {storefront.id}."
        self._can_continue = True
        return Check(name, CheckStatus.OK, message)

    def ratings(self) -> Iterator[Check]:
        subscription, ratings = "subscription", Probe.RATINGS.value
        if not self._can_continue:
            yield _skipped(subscription, "an accepted Music User Token")
            yield _skipped(ratings, "an accepted Music User Token")
            return
        try:
            self._ask(lambda client: client.get_rating(HARMLESS))
        except NoSubscriptionError as error:
            yield self._failed(subscription, Probe.RATINGS, error)
            yield _skipped(ratings, "a subscription")
        except RatingsError as error:
            yield _skipped(subscription, "a readable rating")
            yield self._failed(ratings, Probe.RATINGS, error)
        else:
            yield Check(subscription, CheckStatus.OK, "No problem reported.")
            yield Check(ratings, CheckStatus.OK, f"The rating of {HARMLESS} can be read.")

    def clock(self) -> Check:
        name = "clock"
        skew = self._measured_skew()
        if skew is None:
            return Check(name, CheckStatus.SKIPPED, "No response had a Date header.")
        diagnosis = check_skew(skew)
        if diagnosis is not None:
            return Check(name, CheckStatus.FAILED, diagnosis.message, diagnosis.next_step)
        return Check(name, CheckStatus.OK, "It agrees with the clock of the service.")

    def _failed(self, name: str, probe: Probe, error: RatingsError) -> Check:
        diagnosis = diagnose(probe, error, service=self._service)
        return Check(name, CheckStatus.FAILED, diagnosis.message, diagnosis.next_step)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _ask(self, call: Callable[[RatingsClient], T]) -> T:
        assert self._client is not None  # noqa: S101  # set by the first probe
        try:
            result = call(self._client)
        except ApiError as error:
            self._skew = clock_skew(error.headers, now=self._now())
            self._is_reachable = True
            raise
        self._is_reachable = True
        return result

    def _measured_skew(self) -> float | None:
        if self._skew is not None or self._client is None or not self._is_reachable:
            return self._skew
        # The results of the client have no headers; responses of its httpx client do.
        try:
            response = self._client.api.get_httpx_client().get(_CLOCK_PATH)
        except RatingsError:
            return None
        return clock_skew(response.headers, now=self._now())


def _describe_sources(sources: CredentialSources) -> str:
    """Return the source of each value, never the value of a secret."""
    key = [
        found.source for found in (sources.private_key, sources.key_id, sources.team_id) if found
    ]
    parts = {
        "the developer token": sources.developer_token and sources.developer_token.source,
        "the key": " and ".join(dict.fromkeys(key)) or None,
        "the Music User Token": sources.music_user_token and sources.music_user_token.source,
        "the service": sources.base_url and f"{sources.base_url.source} ({sources.base_url.value})",
    }
    return (
        "; ".join(f"{what} from {where}" for what, where in parts.items() if where)
        or "Nothing is set"
    )


def _missing(sources: CredentialSources) -> list[str]:
    problems = []
    for need in (developer_token_or_key, music_user_token):
        try:
            need(sources)
        except ConfigurationError as error:
            problems.append(str(error))
    return problems


def _check_permissions(name: str, key: str) -> Check:
    path = key_path(key)
    if path is None:
        return Check(name, CheckStatus.OK, "A P-256 key, from a variable.")
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check(
            name,
            CheckStatus.FAILED,
            f"A P-256 key, but other users can read {path}.",
            f"Run: chmod 600 {shlex.quote(str(path))}",
        )
    return Check(name, CheckStatus.OK, f"A P-256 key, and only you can read {path}.")


def _day(moment: datetime | None) -> str:
    return "at an unknown time" if moment is None else f"on {moment:%Y-%m-%d at %H:%M} UTC"


def _skipped(name: str, need: str) -> Check:
    return Check(name, CheckStatus.SKIPPED, f"Skipped: requires {need}.")
