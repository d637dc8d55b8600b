"""Our httpx clients: the loop that sends every request, once for sync and once for async callers.

The transport is called directly. `httpx.Client.send` around it would also keep cookies, follow
redirects and pick a transport for each address, none of which is wanted here, and takes longer
than the rest of a short call (measured: 50 of 110 microseconds).
"""

from __future__ import annotations

import logging
from copy import copy
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any

import httpx

from apple_music_ratings._version import __version__
from apple_music_ratings.developer_token.frames import clear_frames
from apple_music_ratings.limiters.protocol import aacquire, acquire

from .bodies import ACCEPT_ENCODING, read_body, read_body_async
from .call import Call
from .requests import PLAIN_OPTIONS, plain_request, plain_url
from .settings import Settings

if TYPE_CHECKING:
    from threading import Event
    from typing import Self

    from anyio import Event as AsyncEvent

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": ACCEPT_ENCODING,
    "User-Agent": f"apple-music-ratings/{__version__} python-httpx/{httpx.__version__}",
}
# The same log as that of httpx's own clients.
_httpx_logger = logging.getLogger("httpx")
_logger = logging.getLogger("apple_music_ratings.requests")


class RetryingClient(httpx.Client):
    """An httpx client whose `send` signs, judges and retries, and raises our errors.

    Args:
        transport: Sends the requests; shared with the copies, and closed by the original.
        settings: The options that apply.
    """

    def __init__(self, transport: httpx.BaseTransport, settings: Settings) -> None:
        super().__init__(
            base_url=settings.base_url,
            timeout=settings.timeout,
            headers=_HEADERS,
            transport=transport,
        )
        self._sender = transport
        self._original = self
        self._settings = settings
        self._until: Event | None = None

    def with_settings(self, settings: Settings, *, until: Event | None = None) -> Self:
        """Return a copy with other options, which sends through the same transport.

        Args:
            settings: The options.
            until: Ends every wait for the limiter and for another attempt when it is set.
        """
        # Making a new one takes longer than many a call.
        changed = copy(self)
        changed._settings = settings  # noqa: SLF001  # our own
        changed._until = until  # noqa: SLF001  # as above
        changed.timeout = settings.timeout
        return changed

    def build_request(
        self, method: str, url: httpx.URL | str, *, params: Any = None, **options: Any
    ) -> httpx.Request:
        """Build a request whose lists are joined by literal commas. See `requests`."""
        plain = plain_url(self.base_url, url, params)
        if plain is None:
            return super().build_request(method, url, params=params, **options)
        if not options.keys() <= PLAIN_OPTIONS:
            return super().build_request(method, plain, **options)
        return plain_request(self, method, plain, **options)

    def start_call(self, **arguments: Any) -> Call:
        """Build a request, and return the call that sends it. For `send_call`."""
        return Call(self.build_request(**arguments), self._settings)

    def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: object = None,  # noqa: ARG002  # ours is the only one
        follow_redirects: object = False,  # noqa: ARG002  # a redirect would carry the user token
    ) -> httpx.Response:
        """Send a request, as often as the policy allows. See `send_call`."""
        return self.send_call(Call(request, self._settings), stream=stream)

    def send_call(self, call: Call, *, stream: bool = False) -> httpx.Response:
        """Send the request of a call, as often as the policy allows.

        Returns:
            A response with a 2xx status, read to its end unless `stream` is set.

        Raises:
            ApiError: The final response has a 4xx or 5xx status.
            TransportError: No response arrived.
            LimiterError: The rate limiter rejected the request.
            UnexpectedResponseError: The final response is a redirect, or too large.
        """
        settings = self._settings
        if self._original.is_closed:
            raise RuntimeError("Cannot send a request, as the client has been closed.")
        while True:
            if settings.limiter is not None:
                with call.limiter_errors():
                    acquire(settings.limiter, until=self._until)
            try:
                response = self._send_once(call)
            except httpx.RequestError as error:
                delay = call.after_error(error)
            except BaseException as error:
                clear_frames(error, call.handled)  # Those of a transport hold the headers.
                raise
            else:
                if not stream:
                    response.is_closed = response.is_stream_consumed = True
                if response.is_success:
                    return response
                delay = call.after_response(response)
            if delay is not None and settings.clock.sleep(delay, until=self._until):
                raise call.interrupted_error()

    def _send_once(self, call: Call) -> httpx.Response:
        request, started_at = call.start_attempt(), perf_counter()
        response = self._sender.handle_request(request)
        _complete(response, request)
        read_body(response, call, limit=self._settings.max_response_size)
        response.elapsed = timedelta(seconds=perf_counter() - started_at)
        _log(response)
        return response


class AsyncRetryingClient(httpx.AsyncClient):
    """An async httpx client whose `send` signs, judges and retries. See `RetryingClient`."""

    def __init__(self, transport: httpx.AsyncBaseTransport, settings: Settings) -> None:
        super().__init__(
            base_url=settings.base_url,
            timeout=settings.timeout,
            headers=_HEADERS,
            transport=transport,
        )
        self._sender = transport
        self._original = self
        self._settings = settings
        self._until: AsyncEvent | None = None

    def with_settings(self, settings: Settings, *, until: AsyncEvent | None = None) -> Self:
        """Return a copy with other options, which sends through the same transport.

        Args:
            settings: The options.
            until: Ends every wait for the limiter and for another attempt when it is set.
        """
        # Making a new one takes longer than many a call.
        changed = copy(self)
        changed._settings = settings  # noqa: SLF001  # our own
        changed._until = until  # noqa: SLF001  # as above
        changed.timeout = settings.timeout
        return changed

    def build_request(
        self, method: str, url: httpx.URL | str, *, params: Any = None, **options: Any
    ) -> httpx.Request:
        """Build a request whose lists are joined by literal commas. See `requests`."""
        plain = plain_url(self.base_url, url, params)
        if plain is None:
            return super().build_request(method, url, params=params, **options)
        if not options.keys() <= PLAIN_OPTIONS:
            return super().build_request(method, plain, **options)
        return plain_request(self, method, plain, **options)

    def start_call(self, **arguments: Any) -> Call:
        """Build a request, and return the call that sends it. For `send_call`."""
        return Call(self.build_request(**arguments), self._settings)

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: object = None,  # noqa: ARG002  # ours is the only one
        follow_redirects: object = False,  # noqa: ARG002  # a redirect would carry the user token
    ) -> httpx.Response:
        """Send a request, as often as the policy allows. See `send_call`."""
        return await self.send_call(Call(request, self._settings), stream=stream)

    async def send_call(self, call: Call, *, stream: bool = False) -> httpx.Response:
        """Send the request of a call. See `RetryingClient.send_call`."""
        settings = self._settings
        if self._original.is_closed:
            raise RuntimeError("Cannot send a request, as the client has been closed.")
        while True:
            if settings.limiter is not None:
                with call.limiter_errors():
                    await aacquire(settings.limiter, until=self._until)
            try:
                response = await self._send_once(call)
            except httpx.RequestError as error:
                delay = call.after_error(error)
            except BaseException as error:
                clear_frames(error, call.handled)  # Those of a transport hold the headers.
                raise
            else:
                if not stream:
                    response.is_closed = response.is_stream_consumed = True
                if response.is_success:
                    return response
                delay = call.after_response(response)
            if delay is not None and await settings.clock.sleep_async(delay, until=self._until):
                raise call.interrupted_error()

    async def _send_once(self, call: Call) -> httpx.Response:
        from anyio import fail_after  # noqa: PLC0415  # slow to import; httpx brings it

        request, started_at = call.start_attempt(), perf_counter()
        try:
            with fail_after(call.seconds_left()):
                response = await self._sender.handle_async_request(request)
                _complete(response, request)
                await read_body_async(response, call, limit=self._settings.max_response_size)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no response within the total timeout") from error
        response.elapsed = timedelta(seconds=perf_counter() - started_at)
        _log(response)
        return response


def _log(response: httpx.Response) -> None:
    if _logger.isEnabledFor(logging.DEBUG):
        milliseconds = response.elapsed.total_seconds() * 1000
        request, status = response.request, response.status_code
        _logger.debug("%s %s %d %.0f ms", request.method, request.url.path, status, milliseconds)


def _complete(response: httpx.Response, request: httpx.Request) -> None:
    response.request = request
    if _httpx_logger.isEnabledFor(logging.INFO):
        _httpx_logger.info(
            'HTTP Request: %s %s "%s %d %s"',
            request.method,
            request.url,
            response.http_version,
            response.status_code,
            response.reason_phrase,
        )
