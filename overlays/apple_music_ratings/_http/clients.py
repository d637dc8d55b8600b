"""Our httpx clients: what every request goes through, and the settings that govern it.

They judge each answer by `_core.problems`, ask `_core.retry`, wait, and send again. Around the auth
flow, so that a mended 401 counts as a send; and around the reading of the body, so that a body cut
short is a fault like any other.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
from attrs import field, frozen

from apple_music_ratings._version import __version__
from apple_music_ratings.clock import Clock, Interrupted
from apple_music_ratings.developer_token import ATTEMPTS, RatingsAuth, without_tokens
from apple_music_ratings.errors import (
    ConfigurationError,
    LimiterError,
    RequestTimeoutError,
    TransportError,
)
from apple_music_ratings.limiters.protocol import Limiter
from apple_music_ratings.retries import Attempts, RetryPolicy, Wait

from .connections import (
    AsyncConnections,
    Connections,
    FindFast,
    connections,
    find_aiohttp,
)
from .redaction import redact, redact_text
from .responses import call_name, one_line, problem
from .retry_after import parse_retry_after

if TYPE_CHECKING:
    from typing import Self

DEFAULT_BASE_URL = "https://api.music.apple.com"
DEFAULT_TIMEOUT = 10.0
_USER_AGENT = f"apple-music-ratings/{__version__} python-httpx/{httpx.__version__}"
_logger = logging.getLogger("apple_music_ratings")
_PLAIN_PATH = re.compile(r"/(?!/)[^?#]*\Z")
# Under this name a request carries the limiter of the client that sends it.
_LIMITER = "apple_music_ratings.limiter"


@frozen(kw_only=True)
class RetryEvent:
    """Told to `on_retry` before the client waits for another attempt.

    Args:
        method: HTTP method of the request.
        path: Path of the request, without the query.
        attempts: Sends made so far.
        delay: Seconds the client is about to wait.
        status_code: HTTP status of the answer; `None` when none came.
        reason: What happened, in a few words.
    """

    method: str
    path: str
    attempts: int
    delay: float
    status_code: int | None
    reason: str


@frozen(kw_only=True)
class Settings:
    """What governs the calls of one client; a changed copy of a client has changed settings."""

    base_url: httpx.URL
    auth: RatingsAuth
    timeout: httpx.Timeout = field(converter=httpx.Timeout)
    retry: RetryPolicy
    language: str | None
    on_retry: Callable[[RetryEvent], object] | None
    clock: Clock
    limiter: Limiter | None = None

    def http_options(self) -> dict[str, Any]:
        """Give the arguments of our httpx clients."""
        return {
            "base_url": self.base_url,
            "timeout": self.timeout,
            "headers": {"Accept": "application/json", "User-Agent": _USER_AGENT},
            # What they send through is handed to them; their own transport must not be used.
            "transport": NoTransport(),
        }


def connect(transport: httpx.BaseTransport | None) -> Connections:
    """Make what a client and its copies send through. See `_connections`."""

    def before(request: httpx.Request) -> None:
        limiter: Limiter | None = request.extensions[_LIMITER]
        if limiter is not None:
            with _wrap_limiter_errors(request):
                limiter.acquire()
        _count(request)

    def after(response: httpx.Response) -> None:
        _drop_location(response)

    return connections(transport, before=before, after=after)


def connect_async(
    transport: httpx.AsyncBaseTransport | None, find_fast: FindFast = find_aiohttp
) -> AsyncConnections:
    """The same as `connect`, for async callers."""

    async def before(request: httpx.Request) -> None:
        limiter: Limiter | None = request.extensions[_LIMITER]
        if limiter is not None:
            with _wrap_limiter_errors(request):
                await limiter.aacquire()
        _count(request)

    async def after(response: httpx.Response) -> None:
        _drop_location(response)

    return AsyncConnections(transport, before=before, after=after, find_fast=find_fast)


def _count(request: httpx.Request) -> None:
    # Here and not in the auth flow, which does not see whether what it yields is sent.
    attempts: Attempts = request.extensions[ATTEMPTS]
    attempts.made += 1


@contextmanager
def _wrap_limiter_errors(request: httpx.Request) -> Iterator[None]:
    """Turn whatever a limiter raises into our error, so that nobody takes it for the service's."""
    try:
        yield
    except Interrupted:
        raise
    except Exception as error:
        attempts: Attempts = request.extensions[ATTEMPTS]
        name = call_name(request.method, request.url.path)
        before = f" after {attempts.made} attempt{'s' * (attempts.made != 1)}"
        start = f"{name}: not sent{before if attempts.made else ''}. "
        if isinstance(error, LimiterError):
            raise LimiterError(f"{start}{error}", attempts=attempts.made) from error.__cause__
        raise LimiterError(
            f"{start}The limiter failed: {type(error).__name__}: {one_line(str(error))}. See to it "
            "before the next call.",
            attempts=attempts.made,
        ) from error


def _drop_location(response: httpx.Response) -> None:
    # httpx reads the address of a redirect that it will not follow, and stumbles over a bad one.
    if response.is_redirect:
        response.headers.pop("Location", None)


class RetryingClient(httpx.Client):
    """An httpx client whose `send` signs, judges, retries and raises our errors.

    Args:
        connections: Sends the requests; shared between copies, and closed by their owner.
        settings: What governs the calls.
    """

    def __init__(self, connections: Connections, settings: Settings) -> None:
        super().__init__(**settings.http_options())
        self._service = str(self.base_url).rstrip("/")
        self._connections = connections
        self._settings = settings

    def with_settings(self, settings: Settings) -> Self:
        """Make a copy with another clock, retry policy or limiter."""
        # Making one anew takes longer than many a call does.
        twin = copy(self)
        twin._settings = settings  # noqa: SLF001  # our own
        return twin

    def build_request(
        self, method: str, url: httpx.URL | str, *, params: Any = None, **options: Any
    ) -> httpx.Request:
        """Build a request whose lists are joined by literal commas. See `_build_url`."""
        url, params = _build_url(url, params, service=self._service)
        return super().build_request(method, url, params=params, **options)

    def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: object = None,  # noqa: ARG002  # ours is the only one
        follow_redirects: object = False,  # noqa: ARG002  # a redirect would carry the user token
    ) -> httpx.Response:
        """Send a request, as often as the policy allows.

        Returns:
            An answer with a 2xx status, read to its end unless `stream` was asked for.

        Raises:
            ApiError: The final answer had a 4xx or 5xx status.
            TransportError: No answer came.
            LimiterError: The limiter gave no leave to send.
            UnexpectedResponseError: The final answer was a redirect.
        """
        call = _Call(request, self._settings)
        while True:
            try:
                response = self._connections.send(
                    request, stream=stream, auth=self._settings.auth, follow_redirects=False
                )
                if stream and not response.is_success:
                    response.read()
            except httpx.RequestError as fault:
                delay = call.after_error(fault)
            else:
                if response.is_success:
                    return response
                delay = call.after_response(response)
            self._settings.clock.sleep(delay)


class AsyncRetryingClient(httpx.AsyncClient):
    """The same as `RetryingClient`, for async callers."""

    def __init__(self, connections: AsyncConnections, settings: Settings) -> None:
        super().__init__(**settings.http_options())
        self._service = str(self.base_url).rstrip("/")
        self._connections = connections
        self._settings = settings

    def with_settings(self, settings: Settings) -> Self:
        """Make a copy with another clock, retry policy or limiter. See `RetryingClient`."""
        twin = copy(self)
        twin._settings = settings  # noqa: SLF001  # our own
        return twin

    def build_request(
        self, method: str, url: httpx.URL | str, *, params: Any = None, **options: Any
    ) -> httpx.Request:
        """Build a request whose lists are joined by literal commas. See `_build_url`."""
        url, params = _build_url(url, params, service=self._service)
        return super().build_request(method, url, params=params, **options)

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: object = None,  # noqa: ARG002  # as above
        follow_redirects: object = False,  # noqa: ARG002  # as above
    ) -> httpx.Response:
        """Send a request, as often as the policy allows. See `RetryingClient.send`."""
        call = _Call(request, self._settings)
        while True:
            try:
                response = await self._connections.send(
                    request, stream=stream, auth=self._settings.auth
                )
                if stream and not response.is_success:
                    await response.aread()
            except httpx.RequestError as fault:
                delay = call.after_error(fault)
            else:
                if response.is_success:
                    return response
                delay = call.after_response(response)
            await self._settings.clock.sleep_async(delay)


class NoTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Stands where httpx wants a transport that must never be reached."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(
            f"{request.method} {request.url.path}: this client has no such connection. Use the "
            "sync operations of a RatingsClient and the async ones of an AsyncRatingsClient."
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse.

        Raises:
            ConfigurationError: Always.
        """
        return self.handle_request(request)


class _Call:
    """One call on its way: counts, and turns each end of a send into a delay or an error."""

    def __init__(self, request: httpx.Request, settings: Settings) -> None:
        self._request = request
        self._settings = settings
        self._attempts = Attempts(limit=settings.retry.max_attempts)
        request.extensions[ATTEMPTS] = self._attempts
        request.extensions[_LIMITER] = settings.limiter

    def after_response(self, response: httpx.Response) -> float:
        """Give the delay before the next send.

        Raises:
            ApiError: The answer is final.
        """
        settings = self._settings
        retry_after = parse_retry_after(
            response.headers.get("Retry-After"),
            now=datetime.fromtimestamp(settings.clock.now(), UTC),
        )
        decision = settings.retry.after_status(
            response.status_code,
            self._attempts,
            retry_after=retry_after,
            jitter=settings.clock.jitter,
        )
        if isinstance(decision, Wait):
            status = response.status_code
            return self._notify_retry(decision, status_code=status, reason=f"status {status}")
        secrets = self._attempts.secrets
        raise problem(
            method=self._request.method,
            path=self._request.url.path,
            status_code=response.status_code,
            headers=httpx.Headers(
                [(name, redact(value, secrets)) for name, value in response.headers.raw]
            ),
            body=redact(response.content, secrets),
            attempts=self._attempts.made,
            retry_after=retry_after,
        )

    def after_error(self, fault: httpx.RequestError) -> float:
        """Give the delay before the next send.

        Raises:
            TransportError: The fault is final.
        """
        settings = self._settings
        decision = settings.retry.after_error(
            self._attempts, is_passing=_is_passing(fault), jitter=settings.clock.jitter
        )
        reason = type(fault).__name__
        if isinstance(decision, Wait):
            return self._notify_retry(decision, status_code=None, reason=reason)
        # httpx masks one token in its reprs and not the other, and keeps both.
        fault.request = without_tokens(self._request)
        _redact_error(self._attempts.secrets, fault)
        method, path, made = self._request.method, self._request.url.path, self._attempts.made
        start = f"{call_name(method, path)}: {reason} after {made} attempt{'s' * (made != 1)}"
        if isinstance(fault, httpx.TimeoutException):
            message = f"{start}: no answer in time. Try again later, or allow a longer timeout."
            raise RequestTimeoutError(message, method=method, path=path, attempts=made) from fault
        message = f"{start}: {one_line(str(fault))}. Check the connection and the base URL."
        raise TransportError(message, method=method, path=path, attempts=made) from fault

    def _notify_retry(self, wait: Wait, *, status_code: int | None, reason: str) -> float:
        self._attempts.waited += wait.seconds
        method, path, made = self._request.method, self._request.url.path, self._attempts.made
        _logger.debug(
            "%s: %s; waiting %.2f s before attempt %d of %d",
            call_name(method, path),
            reason,
            wait.seconds,
            made + 1,
            self._attempts.limit,
        )
        if self._settings.on_retry is not None:
            notice = RetryEvent(
                method=method,
                path=path,
                attempts=made,
                delay=wait.seconds,
                status_code=status_code,
                reason=reason,
            )
            self._settings.on_retry(notice)
        return wait.seconds


def _build_url(url: httpx.URL | str, params: Any, *, service: str) -> tuple[httpx.URL | str, Any]:
    """Make the whole address of what generated code asks for: a path and plain parameters.

    httpx would escape the commas between ids. OpenAPI wants them literal, and `%2C` only within an
    item; no id holds a comma. It would also read every address twice, where it is no whole one.

    Args:
        url: What is asked for.
        params: Its parameters.
        service: The base URL, without a slash at its end.

    Returns:
        The address and the parameters that are left to httpx.
    """
    if not isinstance(url, str) or not _PLAIN_PATH.match(url):
        return url, params
    plain = params or {}
    if not isinstance(plain, dict) or not all(type(it) in (str, int) for it in plain.values()):
        return url, params
    query = f"?{urlencode(plain, safe=',')}" if plain else ""
    return f"{service}{url}{query}", None


def _redact_error(secrets: set[str], error: BaseException | None) -> None:
    """Black out secrets in what an error and those behind it say."""
    while error is not None:
        error.args = tuple(
            redact_text(words, secrets) if isinstance(words, str) else words for words in error.args
        )
        error = error.__cause__ or error.__context__


def attempts_of(response: httpx.Response) -> Attempts:
    """Tell what the call that got an answer has spent."""
    attempts: Attempts = response.request.extensions[ATTEMPTS]
    return attempts


def as_base_url(url: str | httpx.URL) -> httpx.URL:
    """Refuse an address to which tokens must not be sent.

    Raises:
        ConfigurationError: It is no address, is neither https nor loopback, or holds a user name,
            a query or a fragment.
    """
    try:
        base_url = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise ConfigurationError(f"The base URL is no address: {error}.") from None
    if base_url.userinfo or base_url.query or base_url.fragment:
        raise ConfigurationError(
            "The base URL must be a plain address, without user name, query or fragment."
        )
    is_safe = base_url.scheme == "https" or (
        base_url.scheme == "http" and _is_loopback(base_url.host)
    )
    if not is_safe or not base_url.host:
        raise ConfigurationError(
            f"The base URL {str(base_url)!r} is neither https nor on this machine, so the tokens "
            f"could be read on the way. Use an https address such as {DEFAULT_BASE_URL}."
        )
    return base_url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_passing(fault: httpx.RequestError) -> bool:
    """Tell a fault that another send may not meet from one that it surely will."""
    if isinstance(fault, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
        return False
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return False
        cause = cause.__cause__ or cause.__context__
    return isinstance(fault, (httpx.TransportError, httpx.DecodingError))
