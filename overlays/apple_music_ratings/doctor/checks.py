"""Find out what is wrong with somebody's tokens: one check after the other, each with its words.

What an answer means is decided in `_core.diagnosis`, and what is wrong with a developer token in
`_core.token_claims`. No value of a token is ever in what comes out.
"""

from __future__ import annotations

import os
import shlex
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

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
from apple_music_ratings.profiles.credentials import (
    CredentialSources,
    Profile,
    developer_token_or_key,
    is_complete,
    is_key_text,
    music_user_token,
    resolve_credentials,
    signing_key,
)

from .diagnosis import Probe, check_skew, clock_skew, diagnose
from .token_report import inspect_developer_token

__all__ = ["Check", "CheckStatus", "run_checks"]

# Apple's own example of a song; reading its rating changes nothing:
# https://developer.apple.com/documentation/applemusicapi/get-a-personal-content-rating-4k9c0
HARMLESS = Item("songs", "907242702")
# Its answer has the same headers as any, and nothing about the person.
_CLOCK_PATH = "/v1/test"
_GET_A_KEY = "Get a MusicKit key from Apple's developer site; its .p8 file can be downloaded once."
_SIGN_ANOTHER = "Sign another with `apple-music-ratings developer-token`."

T = TypeVar("T")


class CheckStatus(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@frozen
class Check:
    """One check and its end.

    Args:
        name: What was checked.
        status: How it ended.
        message: What was found.
        next_step: What to do, after a failure.
    """

    name: str
    status: CheckStatus
    message: str
    next_step: str | None = None


class Load(Protocol):
    """Reads a profile, as `TokenStore.load` does."""

    def __call__(self, name: str, /) -> Profile | None:
        """Give what is kept under a name."""
        ...


def run_checks(
    environ: Mapping[str, str],
    *,
    profile: str,
    load: Load,
    connect: Callable[..., RatingsClient] = RatingsClient,
    now: Callable[[], float] = time.time,
) -> Iterator[Check]:
    """Check everything a call needs, in the order in which a call needs it.

    Args:
        environ: The environment variables.
        profile: The name under which tokens are kept.
        load: Reads what is kept under the name.
        connect: Makes the client; a test passes one with a transport of its own.
        now: Gives the unix time in seconds.

    Yields:
        Each check as it ends. A check that cannot be made is skipped, and says why.
    """
    examination = _CheckRun(connect, now)
    try:
        yield examination.configuration(environ, profile, load)
        yield examination.key()
        yield examination.developer_token()
        yield examination.user_token()
        yield from examination.ratings()
        yield examination.clock()
    finally:
        examination.close()


@define
class _CheckRun:
    """The checks, and what they have found out for those that follow."""

    _connect: Callable[..., RatingsClient]
    _now: Callable[[], float]
    _sources: CredentialSources = field(factory=CredentialSources, init=False)
    _token: DeveloperToken | None = field(default=None, init=False)
    _client: RatingsClient | None = field(default=None, init=False)
    # Whether the check before it ended well enough for the next one to make sense.
    _can_continue: bool = field(default=True, init=False)
    _is_reachable: bool = field(default=False, init=False)
    _skew: float | None = field(default=None, init=False)

    def configuration(self, environ: Mapping[str, str], profile: str, load: Load) -> Check:
        name = "configuration"
        try:
            kept = None if is_complete(environ) else load(profile)
            self._sources = resolve_credentials(environ, kept, profile)
            self._try_base_url()
        except ConfigurationError as error:
            self._can_continue = False
            return Check(name, CheckStatus.FAILED, str(error), "Mend this first.")
        words = f"{_describe_sources(self._sources)}."
        problems = _missing(self._sources)
        if problems:
            return Check(name, CheckStatus.FAILED, words, " ".join(problems))
        return Check(name, CheckStatus.OK, words)

    def _try_base_url(self) -> None:
        if self._sources.base_url is not None:
            self._connect_with("none", "none").close()

    def _connect_with(
        self, developer_token: DeveloperToken | str, user_token: str
    ) -> RatingsClient:
        base_url = self._sources.base_url
        return self._connect(
            developer_token=developer_token,
            music_user_token=user_token,
            **({} if base_url is None else {"base_url": base_url.value}),
        )

    def key(self) -> Check:
        name = "private key"
        if not self._can_continue:
            return _skipped(name, "the configuration")
        if self._sources.developer_token is not None:
            words = "Not needed: there is a ready-made developer token, which cannot be renewed."
            return Check(name, CheckStatus.SKIPPED, words)
        try:
            key = signing_key(self._sources)
        except ConfigurationError:
            self._can_continue = False
            return _skipped(name, "the configuration")
        try:
            self._token = DeveloperToken.from_key(
                key.private_key, key_id=key.key_id, team_id=key.team_id
            )
        except ConfigurationError as error:
            self._can_continue = False
            return Check(name, CheckStatus.FAILED, str(error), _GET_A_KEY)
        return _judged_permissions(name, key.private_key)

    def developer_token(self) -> Check:
        name = Probe.DEVELOPER_TOKEN.value
        if not self._can_continue:
            return _skipped(name, "the configuration and the private key")
        self._can_continue = False
        user_token = self._sources.music_user_token
        try:
            ready_made = self._sources.developer_token
            source = self._token if ready_made is None else DeveloperToken(ready_made.value)
            assert source is not None  # noqa: S101  # the check of the key made it
            report = inspect_developer_token(source.current(self._now()), now=self._now())
            if report.problems:
                return Check(name, CheckStatus.FAILED, " ".join(report.problems), _SIGN_ANOTHER)
            # The probe asks for no person.
            self._client = self._connect_with(
                source, user_token.value if user_token is not None else "none"
            )
            self._ask(RatingsClient.check_developer_token)
        except RatingsError as error:
            return _failed(name, Probe.DEVELOPER_TOKEN, error)
        self._can_continue = True
        return Check(name, CheckStatus.OK, f"Apple takes it. It ends {_day(report.expires_at)}.")

    def user_token(self) -> Check:
        name = Probe.USER_TOKEN.value
        if not self._can_continue:
            return _skipped(name, "a developer token that works")
        self._can_continue = False
        if self._sources.music_user_token is None:
            return Check(
                name, CheckStatus.FAILED, "There is none.", "Run `apple-music-ratings login`."
            )
        try:
            storefront = self._ask(RatingsClient.get_storefront)
        except NoSubscriptionError:
            words = "Apple takes it."
        except RatingsError as error:
            return _failed(name, Probe.USER_TOKEN, error)
        else:
            words = f"Apple takes it. The account's storefront is {storefront.id}."
        self._can_continue = True
        return Check(name, CheckStatus.OK, words)

    def ratings(self) -> Iterator[Check]:
        subscription, ratings = "subscription", Probe.RATINGS.value
        if not self._can_continue:
            yield _skipped(subscription, "a Music User Token that works")
            yield _skipped(ratings, "a Music User Token that works")
            return
        try:
            self._ask(lambda client: client.get_rating(HARMLESS))
        except NoSubscriptionError as error:
            yield _failed(subscription, Probe.RATINGS, error)
            yield _skipped(ratings, "a subscription")
        except RatingsError as error:
            yield _skipped(subscription, "a rating that can be read")
            yield _failed(ratings, Probe.RATINGS, error)
        else:
            yield Check(subscription, CheckStatus.OK, "Nothing says that it is missing.")
            yield Check(ratings, CheckStatus.OK, f"The rating of {HARMLESS} can be read.")

    def clock(self) -> Check:
        name = "clock"
        skew = self._measured_skew()
        if skew is None:
            return Check(name, CheckStatus.SKIPPED, "No answer said what time it is.")
        diagnosis = check_skew(skew)
        if diagnosis is not None:
            return Check(name, CheckStatus.FAILED, diagnosis.message, diagnosis.next_step)
        return Check(name, CheckStatus.OK, "It agrees with the service's.")

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _ask(self, call: Callable[[RatingsClient], T]) -> T:
        assert self._client is not None  # noqa: S101  # the first of them made it
        try:
            answer = call(self._client)
        except ApiError as error:
            self._skew = clock_skew(error.headers, now=self._now())
            self._is_reachable = True
            raise
        self._is_reachable = True
        return answer

    def _measured_skew(self) -> float | None:
        if self._skew is not None or self._client is None or not self._is_reachable:
            return self._skew
        # What the client gives for a good answer has no headers; its httpx client gives them all.
        try:
            response = self._client.api.get_httpx_client().get(_CLOCK_PATH)
        except RatingsError:
            return None
        return clock_skew(response.headers, now=self._now())


def _describe_sources(sources: CredentialSources) -> str:
    """Say where everything comes from, and never what it is."""
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


def _judged_permissions(name: str, key: str) -> Check:
    if is_key_text(key):
        return Check(name, CheckStatus.OK, "A P-256 key, from a variable and not from a file.")
    path = Path(key).expanduser()
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check(
            name,
            CheckStatus.FAILED,
            f"A P-256 key, but others can read {path}.",
            f"Run: chmod 600 {shlex.quote(str(path))}",
        )
    return Check(name, CheckStatus.OK, f"A P-256 key, and only you can read {path}.")


def _day(moment: datetime | None) -> str:
    return "at an unknown time" if moment is None else f"on {moment:%Y-%m-%d at %H:%M} UTC"


def _failed(name: str, probe: Probe, error: RatingsError) -> Check:
    diagnosis = diagnose(probe, error)
    return Check(name, CheckStatus.FAILED, diagnosis.message, diagnosis.next_step)


def _skipped(name: str, need: str) -> Check:
    return Check(name, CheckStatus.SKIPPED, f"Not tried: it needs {need}.")
