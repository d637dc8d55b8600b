"""The state of one call: attempts, waiting, tokens to redact; each attempt's end is judged here.

Every decision is made elsewhere: whether to retry in `retries`, which error it is in `responses`.
"""

from __future__ import annotations

import logging
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from time import monotonic

import httpx
from attrs import evolve

from apple_music_ratings.developer_token.frames import chain
from apple_music_ratings.errors import (
    LimiterError,
    RequestTimeoutError,
    TransportError,
    UnexpectedResponseError,
)
from apple_music_ratings.retries import RetryEvent, next_delay

from .auth import without_tokens
from .redaction import redact, redact_text
from .responses import call_name, error_from_response, one_line
from .retry_after import parse_retry_after
from .settings import Settings, is_loopback

_logger = logging.getLogger("apple_music_ratings")
# A port of this machine with nothing behind it rarely comes to life within seconds.
_MAX_ATTEMPTS_ON_CLOSED_LOOPBACK = 2


class Call:
    """One call in flight: counts attempts, and turns the end of each into a delay or an error.

    Args:
        request: Sent in every attempt.
        settings: The options that apply.
    """

    def __init__(self, request: httpx.Request, settings: Settings) -> None:
        self.attempts = 0
        # What the caller was handling before is not ours to clean.
        self.handled = sys.exception()
        self._request = request
        self._settings = settings
        self._waited = 0.0
        self._gateway_timeouts = 0
        self._token_renewed = False
        # Every token sent, so that none is shown should the service echo it.
        self._secrets: frozenset[str] = frozenset()
        self._seconds_left = settings.total_timeout
        self._started_at = 0.0

    @property
    def is_signed(self) -> bool:
        """Whether the request carries tokens."""
        return bool(self._secrets)

    def start_attempt(self) -> httpx.Request:
        """Sign the request, and count the attempt that sends it."""
        settings = self._settings
        self._secrets |= settings.auth.sign(self._request, now=settings.clock.now())
        self.attempts += 1
        self._started_at = monotonic()
        # For the transports that can end an attempt on time themselves; see `transport_choice`.
        self._request.extensions["total_timeout"] = self._seconds_left
        return self._request

    def seconds_left(self) -> float | None:
        """Return what is left of the total timeout; `None` when there is no limit."""
        if self._seconds_left is None:
            return None
        return self._seconds_left - (monotonic() - self._started_at)

    def after_response(self, response: httpx.Response) -> float | None:
        """Return the delay before the next attempt; `None` for no wait at all.

        Raises:
            ApiError: The response is final.
            UnexpectedResponseError: It is final, and the contract does not allow it.
        """
        self._end_attempt()
        status, clock = response.status_code, self._settings.clock
        if status == 401 and self._renew_token():
            return None
        retry_after = parse_retry_after(
            response.headers.get("Retry-After"), now=datetime.fromtimestamp(clock.now(), UTC)
        )
        self._gateway_timeouts += status == 504
        delay = self._next_delay(status, retry_after=retry_after)
        if delay is None:
            raise error_from_response(
                method=self._request.method,
                path=self._request.url.path,
                status_code=status,
                headers=self._redacted_headers(response),
                body=self.redact(response.content),
                attempts=self.attempts,
                retry_after=retry_after,
            )
        self._notify_retry(delay, status_code=status, reason=f"status {status}")
        return delay

    def after_error(self, error: httpx.RequestError) -> float | None:
        """Return the delay before the next attempt.

        Raises:
            TransportError: The error is final.
        """
        self._end_attempt()
        reason = type(error).__name__
        delay = self._next_delay(None, is_refused=_is_rejected(error)) if _may_pass(error) else None
        if delay is not None:
            self._notify_retry(delay, status_code=None, reason=reason)
            return delay
        self._clean(error)
        method, path, made = self._request.method, self._request.url.path, self.attempts
        start = f"{call_name(method, path)}: {reason} after {made} attempt{'s' * (made != 1)}"
        if isinstance(error, httpx.TimeoutException):
            message = f"{start}: no response in time. Try again later, or allow a longer timeout."
            raise RequestTimeoutError(message, method=method, path=path, attempts=made) from error
        message = f"{start}: {one_line(str(error))}. Check the connection and the base URL."
        raise TransportError(message, method=method, path=path, attempts=made) from error

    def too_large_error(self, status_code: int) -> UnexpectedResponseError:
        """Return the error for a response body that is larger than the limit."""
        method, path = self._request.method, self._request.url.path
        return UnexpectedResponseError(
            f"{call_name(method, path)}: {status_code}, but the response body is larger than "
            f"{self._settings.max_response_size:,} bytes (max_response_size). Check the base URL.",
            method=method,
            path=path,
            status_code=status_code,
            attempts=self.attempts,
        )

    def interrupted_error(self) -> TransportError:
        """Return the error for a call whose wait for another attempt ended early."""
        method, path, made = self._request.method, self._request.url.path, self.attempts
        return TransportError(
            f"{call_name(method, path)}: interrupted after {made} attempt{'s' * (made != 1)}, "
            "before another.",
            method=method,
            path=path,
            attempts=made,
        )

    @contextmanager
    def limiter_errors(self) -> Iterator[None]:
        """Wrap limiter exceptions, so that they are not mistaken for errors of the service."""
        try:
            yield
        except Exception as error:
            made = self.attempts
            name = call_name(self._request.method, self._request.url.path)
            before = f" after {made} attempt{'s' * (made != 1)}" if made else ""
            start = f"{name}: not sent{before}. "
            if isinstance(error, LimiterError):
                raise LimiterError(f"{start}{error}", attempts=made) from error.__cause__
            raise LimiterError(
                f"{start}The limiter failed: {type(error).__name__}: {one_line(str(error))}. "
                "Check the limiter before the next call.",
                attempts=made,
            ) from error

    def redact(self, data: bytes) -> bytes:
        """Return data with the tokens of this call redacted."""
        return redact(data, self._secrets)

    def redact_text(self, text: str) -> str:
        """Return text with the tokens of this call redacted."""
        return redact_text(text, self._secrets)

    def _end_attempt(self) -> None:
        self._seconds_left, self._started_at = self.seconds_left(), monotonic()

    def _renew_token(self) -> bool:
        """Renew a rejected developer token, once per call; return whether to send again."""
        if self._token_renewed or not self.is_signed:
            return False
        self._token_renewed = True
        settings = self._settings
        is_renewed = settings.auth.renew(self._request, now=settings.clock.now())
        # With no attempt left, the new token still serves the next call.
        return is_renewed and self.attempts < settings.retry.max_attempts

    def _next_delay(
        self, status: int | None, *, retry_after: float | None = None, is_refused: bool = False
    ) -> float | None:
        policy = self._settings.retry
        if self._seconds_left is not None and self._seconds_left <= 0:
            return None
        if is_refused and is_loopback(self._request.url.host):
            most = min(policy.max_attempts, _MAX_ATTEMPTS_ON_CLOSED_LOOPBACK)
            policy = evolve(policy, max_attempts=most)
        return next_delay(
            policy,
            status,
            attempts=self.attempts,
            waited=self._waited,
            retry_after=retry_after,
            jitter=self._settings.clock.jitter,
            batch_timeouts=self._gateway_timeouts if self._settings.is_batch else 0,
        )

    def _notify_retry(self, delay: float, *, status_code: int | None, reason: str) -> None:
        self._waited += delay
        method, path = self._request.method, self._request.url.path
        _logger.debug(
            "%s: %s; waiting %.2f s before attempt %d of %d",
            call_name(method, path),
            reason,
            delay,
            self.attempts + 1,
            self._settings.retry.max_attempts,
        )
        if self._settings.on_retry is not None:
            event = RetryEvent(
                method=method,
                path=path,
                attempts=self.attempts,
                delay=delay,
                status_code=status_code,
                reason=reason,
            )
            self._settings.on_retry(event)

    def _redacted_headers(self, response: httpx.Response) -> httpx.Headers:
        return httpx.Headers([(name, self.redact(value)) for name, value in response.headers.raw])

    def _clean(self, error: httpx.RequestError) -> None:
        """Remove the tokens from an error and from those behind it, and the frames with them.

        httpx masks one token in its reprs and not the other, and keeps both. The frames of a
        transport hold the headers, and tools such as Sentry report the variables of every frame.
        """
        error.request = without_tokens(self._request)
        for each in takewhile(lambda each: each is not self.handled, chain(error)):
            each.args = tuple(
                self.redact_text(part) if isinstance(part, str) else part for part in each.args
            )
            each.__traceback__ = None


def _is_rejected(error: httpx.RequestError) -> bool:
    return any(isinstance(each, ConnectionRefusedError) for each in chain(error))


def _may_pass(error: httpx.RequestError) -> bool:
    """Return whether another attempt may succeed; an untrusted certificate stays untrusted."""
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
        return False
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain(error)):
        return False
    return isinstance(error, (httpx.TransportError, httpx.DecodingError))
