"""Runs the script of the probe: sends its requests slowly, and stops before anybody is harmed.

Limits: one request a second, a bounded number of requests, a deadline. A 401 or 403 to a request
with both tokens, or a second 429, stops the probe at once; what was settled until then is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

import httpx
from attrs import frozen

from apple_music_ratings._http.settings import as_base_url
from apple_music_ratings._http.transport_choice import default_transport
from apple_music_ratings.clock import Clock, SystemClock
from apple_music_ratings.developer_token import DeveloperToken
from apple_music_ratings.developer_token.frames import clears_frames
from apple_music_ratings.models import Item

from .exchanges import Exchange, ProbeRequest, ProbeResponse
from .questions import Finding
from .read_script import read_script
from .steps import MAX_REQUESTS, Pause, Script
from .write_script import write_script

__all__ = ["Prober", "Progress"]

_INTERVAL = 1.0
_DEADLINE = 300.0
_TIMEOUT = 10.0
_MAX_BODY = 1_048_576
_RATE_LIMIT_PAUSE = 10.0


class _StopProbe(Exception):  # noqa: N818  # not an error: the reason is reported
    """Ends the probe early."""


@frozen(kw_only=True)
class Progress:
    """Reported after each exchange.

    Args:
        exchange: What was sent and received.
        number: Requests sent so far.
    """

    exchange: Exchange
    number: int


class Prober:
    """Sends the requests of the probe and collects what they settle.

    Args:
        base_url: The service.
        developer_token: Signs requests; renewed if it can be.
        music_user_token: The user's token.
        transport: Sends the requests; `None` for httpx's own.
        clock: Provides time and sleep.
        on_exchange: Called after each exchange.
        on_finding: Called with each finding as it is made.
    """

    @clears_frames
    def __init__(
        self,
        *,
        base_url: str,
        developer_token: DeveloperToken | str,
        music_user_token: str,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
        on_exchange: Callable[[Progress], object] = lambda _: None,
        on_finding: Callable[[Finding], object] = lambda _: None,
    ) -> None:
        self.findings: list[Finding] = []
        self.exchanges: list[Exchange] = []
        self.stopped_by: str | None = None
        self._clock = clock or SystemClock()
        self._developer_token = (
            DeveloperToken(developer_token) if isinstance(developer_token, str) else developer_token
        )
        self._music_user_token = music_user_token
        self._on_exchange = on_exchange
        self._on_finding = on_finding
        self._rate_limits = 0
        self._deadline = self._clock.now() + _DEADLINE
        service = as_base_url(base_url)
        self._http = httpx.Client(
            base_url=service,
            timeout=_TIMEOUT,
            transport=transport or default_transport(service),
        )

    @classmethod
    @clears_frames
    def from_env(
        cls, environ: Mapping[str, str], *, profile: str | None = None, **options: Any
    ) -> Prober:
        """Return a probe with the tokens and the base URL of the environment or a profile.

        Args:
            environ: The environment variables.
            profile: The profile that tokens are saved under.
            options: As for the class: `transport`, `clock`, `on_exchange`, `on_finding`.

        Raises:
            ConfigurationError: A token is missing or cannot be used.
        """
        from apple_music_ratings.profiles.environment import (  # noqa: PLC0415  # only for this
            read_credentials,
        )

        found = read_credentials(environ, profile=profile)
        return cls(
            base_url=found.base_url,
            developer_token=found.developer_token,
            music_user_token=found.music_user_token,
            **options,
        )

    def read(self) -> None:
        """Settle what reads can settle. Changes nothing."""
        self._run(read_script(self._report))

    def write(self, items: Sequence[Item]) -> None:
        """Settle what only writes can settle. The caller restores the ratings of the items."""
        self._run(write_script(self._report, items))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _report(self, finding: Finding) -> None:
        self.findings.append(finding)
        self._on_finding(finding)

    def _run(self, script: Script) -> None:
        if self.stopped_by is not None:
            return
        exchange: Exchange | None = None
        with closing(script):
            try:
                while True:
                    step = script.send(exchange)
                    exchange = None
                    if isinstance(step, Pause):
                        self._clock.sleep(step.seconds)
                    else:
                        exchange = self._exchange(step)
            except StopIteration:
                pass
            except _StopProbe as stop:
                self.stopped_by = str(stop)

    def _exchange(self, request: ProbeRequest) -> Exchange:
        if len(self.exchanges) >= MAX_REQUESTS:
            raise _StopProbe(f"The limit of {MAX_REQUESTS} requests was reached.")
        if self._clock.now() > self._deadline:
            raise _StopProbe(f"The time limit of {_DEADLINE:.0f} s was reached.")
        if self.exchanges:
            self._clock.sleep(_INTERVAL)
        exchange = Exchange(request=request, response=self._send(request))
        self.exchanges.append(exchange)
        self._on_exchange(Progress(exchange=exchange, number=len(self.exchanges)))
        self._check(exchange)
        return exchange

    def _check(self, exchange: Exchange) -> None:
        status = None if exchange.response is None else exchange.response.status
        if status == 429:
            self._rate_limits += 1
            if self._rate_limits > 1:
                raise _StopProbe("Apple is rate-limiting the developer team (429, twice).")
            self._clock.sleep(_RATE_LIMIT_PAUSE)
        if status in (401, 403) and exchange.request.signing == "both tokens":
            name = "developer token" if status == 401 else "Music User Token"
            raise _StopProbe(f"The {name} was rejected ({status}).")

    def _send(self, request: ProbeRequest) -> ProbeResponse | None:
        try:
            with self._http.stream(
                request.method,
                request.path,
                params=request.parameters or None,
                json=request.body,
                auth=_Signature(self._tokens(request)),
            ) as response:
                return ProbeResponse(
                    status=response.status_code,
                    headers=_headers(response.headers),
                    content=_read(response.iter_bytes()),
                )
        except (httpx.RequestError, _TooLargeError):
            return None

    def _tokens(self, request: ProbeRequest) -> Callable[[httpx.Headers], None]:
        """Return what signs a request, so that no frame on the way holds a token."""

        def sign(headers: httpx.Headers) -> None:
            headers["Accept"] = "application/json"
            is_valid = request.signing != "invalid developer token"
            headers["Authorization"] = (
                f"Bearer {self._developer_token.current(self._clock.now())}"
                if is_valid
                else "Bearer invalid"
            )
            if request.signing != "no user token":
                headers["Music-User-Token"] = self._music_user_token

        return sign


class _TooLargeError(Exception):
    """The body is larger than any response of this API."""


class _Signature(httpx.Auth):
    def __init__(self, sign: Callable[[httpx.Headers], None]) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Any:
        """Sign the request; a rejection is a result here, not a reason to send again."""
        self._sign(request.headers)
        yield request


def _headers(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _read(chunks: Iterable[bytes]) -> bytes:
    content = b""
    for chunk in chunks:
        content += chunk
        if len(content) > _MAX_BODY:
            raise _TooLargeError
    return content
