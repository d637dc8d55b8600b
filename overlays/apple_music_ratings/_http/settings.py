"""The settings of one client: its service, and its options with their defaults and checks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection
from math import inf, isfinite
from typing import Any

import httpx
from attrs import Attribute, evolve, field, fields, frozen

from apple_music_ratings.clock import Clock, SystemClock
from apple_music_ratings.errors import ConfigurationError
from apple_music_ratings.limiters.protocol import Limiter
from apple_music_ratings.retries import RetryEvent, RetryPolicy

from .auth import RatingsAuth

DEFAULT_BASE_URL = "https://api.music.apple.com"
DEFAULT_TIMEOUT = 10.0
DEFAULT_TOTAL_TIMEOUT = 300.0
# A list of 100 ratings is about 20 kB; a page of a library about 100 kB.
DEFAULT_MAX_RESPONSE_SIZE = 16 * 1024 * 1024
# The service documents no limit. 100 and 200 are in production use, and a whole library's ids in
# one address failed (observed: Music Assistant; zachomedia/apple-music-webplayer issue 84).
MAX_BATCH = 100
# 24 page reads at a time met no 429, 16 heavy ones did (observed: SoftARV/Slipmat).
MAX_CONCURRENCY = 8
MAX_PORT = 65535
# A host, or a scheme whose colon or slashes are missing.
_NO_SCHEME = re.compile(
    r"(?:(?P<scheme>https?)(?::/?|/+))?/*(?P<rest>(?:\[[^\]]+\]|[\w.-]+)(?::[0-9]+)?(?:/\S*)?)"
)
_PORT = re.compile(r":[0-9]+\Z")
# The transports open no more connections at a time.
_MAX_CONNECTIONS = 100


def _whole_number(highest: float) -> Callable[[object, Attribute[Any], object], None]:
    def validate(_settings: object, attribute: Attribute[Any], value: object) -> None:
        if type(value) is not int or not 1 <= value <= highest:
            bound = f" and at most {highest}" if highest < inf else ""
            raise ConfigurationError(
                f"{attribute.name} must be a whole number of at least 1{bound}, not {value!r}."
            )

    return validate


def _positive_or_none(_settings: object, attribute: Attribute[Any], value: object) -> None:
    is_number = type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]  # it is
    if value is not None and (not is_number or value <= 0):  # type: ignore[operator]  # as above
        raise ConfigurationError(
            f"{attribute.name} must be a number of seconds above 0, or None, not {value!r}."
        )


@frozen(kw_only=True)
class Settings:
    """The service and options of one client; `client.ClientOptions` describes the options.

    Args:
        base_url: The service.
        auth: Signs requests to it.
        is_batch: Whether requests carry many ids, so that a second 504 ends a call.
    """

    base_url: httpx.URL
    auth: RatingsAuth
    is_batch: bool = False
    timeout: httpx.Timeout = field(default=httpx.Timeout(DEFAULT_TIMEOUT), converter=httpx.Timeout)
    total_timeout: float | None = field(default=DEFAULT_TOTAL_TIMEOUT, validator=_positive_or_none)
    max_response_size: int = field(default=DEFAULT_MAX_RESPONSE_SIZE, validator=_whole_number(inf))
    retry: RetryPolicy = field(factory=RetryPolicy)
    language: str | None = None
    on_retry: Callable[[RetryEvent], object] | None = None
    clock: Clock = field(factory=SystemClock)
    limiter: Limiter | None = None
    batch_size: int = field(default=MAX_BATCH, validator=_whole_number(inf))
    max_concurrency: int = field(default=MAX_CONCURRENCY, validator=_whole_number(_MAX_CONNECTIONS))

    def changed(self, **options: Any) -> Settings:
        """Return a copy with other options.

        Raises:
            TypeError: There is no such option; the message names it.
            ConfigurationError: A value is out of range.
        """
        for name in options:
            if name not in OPTIONS:
                raise TypeError(f"unknown option {name!r}; see ClientOptions")
        return evolve(self, **options)


# The names of `ClientOptions`.
OPTIONS = frozenset(each.name for each in fields(Settings)) - {"base_url", "auth", "is_batch"}


def as_base_url(url: str | httpx.URL, http_hosts: Collection[str] = ()) -> httpx.URL:
    """Parse the base URL, and raise if tokens must not be sent there.

    Args:
        url: The base URL.
        http_hosts: Hosts that may be used with http, beside localhost.

    Raises:
        ConfigurationError: It cannot be parsed, has no scheme, is neither https nor http on
            localhost, or contains a user name, a query or a fragment.
    """
    try:
        base_url = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise ConfigurationError(f"The base URL is not a valid URL: {error}.") from None
    shown = str(base_url)
    if base_url.port is not None and not 0 < base_url.port <= MAX_PORT:
        raise ConfigurationError(f"The base URL {shown!r} has a port that does not exist.")
    if base_url.userinfo or base_url.query or base_url.fragment:
        raise ConfigurationError(
            "The base URL must be a plain URL, without user name, query or fragment."
        )
    given = None if "://" in shown else _NO_SCHEME.fullmatch(shown)
    if given is not None:
        host = _PORT.sub("", given["rest"].partition("/")[0]).strip("[]")
        scheme = given["scheme"] or ("http" if is_loopback(host) else "https")
        raise ConfigurationError(
            f"The base URL {shown!r} has no scheme; write {scheme}://{given['rest']}."
        )
    is_safe = base_url.scheme == "https" or (
        base_url.scheme == "http"
        and (is_loopback(base_url.host) or base_url.host.lower() in http_hosts)
    )
    if not is_safe or not base_url.host:
        raise ConfigurationError(
            f"The base URL {shown!r} must use https (or http on localhost); otherwise the tokens "
            f"would travel unencrypted. Use an https URL such as {DEFAULT_BASE_URL}."
            + (
                " To allow http in a private network, set "
                f"APPLE_MUSIC_ALLOW_HTTP_HOSTS={base_url.host}."
                if base_url.scheme == "http" and base_url.host
                else ""
            )
        )
    return base_url


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
