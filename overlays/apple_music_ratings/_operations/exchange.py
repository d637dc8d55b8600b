"""Run one generated operation, sync or async, and turn its response into our result or error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any, Generic, TypeVar

import httpx
from attrs import frozen

from apple_music_ratings._http.call import Call
from apple_music_ratings._http.clients import AsyncRetryingClient, RetryingClient
from apple_music_ratings._http.responses import call_name, means_unrated, one_line
from apple_music_ratings.errors import (
    NotFoundError,
    UnexpectedResponseError,
)

# Reading a parsed 2xx response that breaks the contract can raise these.
_PARSE_ERRORS = (ValueError, KeyError, TypeError, AttributeError)

T = TypeVar("T")


@frozen(kw_only=True)
class OperationCall(Generic[T]):
    """One operation, ready to run.

    Args:
        method: HTTP method, for messages.
        path: Path of the request, for messages.
        module: The generated module of the operation.
        arguments: The arguments of the operation, except its client.
        read: Converts the parsed response into the result. It raises `ValueError` for a response
            that does not fit the request.
        when_unrated: Returns the result for a 404 that means "unrated"; `None` when that is an
            error.
        salvage: Reads what it can of the JSON of a 200 response that does not match the contract.
            It raises `ValueError` if that is nothing.
    """

    method: str
    path: str
    module: ModuleType
    arguments: dict[str, Any]
    read: Callable[[Any], T]
    when_unrated: Callable[[], T] | None = None
    salvage: Callable[[Any], T] | None = None


def run(http: RetryingClient, call: OperationCall[T]) -> T:
    """Run an operation.

    Raises:
        RatingsError: Whatever `http` raises, and `UnexpectedResponseError` for a 2xx response that
            cannot be read.
    """
    exchange = _Exchange(http)
    try:
        return call.read((call.module.sync_detailed(client=exchange, **call.arguments)).parsed)
    except NotFoundError as error:
        return _unrated(call, error)
    except call.module.errors.UnreadableBody as error:
        reason = error.__cause__
    except _PARSE_ERRORS as error:
        reason = error
    result = _salvaged(call, exchange.call, exchange.response, reason)
    # The reason may quote the response, and the response a token: no frame keeps either.
    del reason
    if isinstance(result, UnexpectedResponseError):
        raise result
    return result


async def run_async(http: AsyncRetryingClient, call: OperationCall[T]) -> T:
    """Run an operation. See `run`."""
    exchange = _AsyncExchange(http)
    try:
        return call.read(
            (await call.module.asyncio_detailed(client=exchange, **call.arguments)).parsed
        )
    except NotFoundError as error:
        return _unrated(call, error)
    except call.module.errors.UnreadableBody as error:
        reason = error.__cause__
    except _PARSE_ERRORS as error:
        reason = error
    result = _salvaged(call, exchange.call, exchange.response, reason)
    # The reason may quote the response, and the response a token: no frame keeps either.
    del reason
    if isinstance(result, UnexpectedResponseError):
        raise result
    return result


class _Exchange:
    """Takes the place of the generated client, and keeps the call and its response."""

    raise_on_unexpected_status = False

    def __init__(self, http: RetryingClient) -> None:
        self._http = http
        self.call: Call | None = None
        self.response: httpx.Response | None = None

    def get_httpx_client(self) -> _Exchange:
        return self

    def request(self, **arguments: Any) -> httpx.Response:
        self.call = self._http.start_call(**arguments)
        self.response = self._http.send_call(self.call)
        return self.response


class _AsyncExchange:
    """Takes the place of the generated client, and keeps the call and its response."""

    raise_on_unexpected_status = False

    def __init__(self, http: AsyncRetryingClient) -> None:
        self._http = http
        self.call: Call | None = None
        self.response: httpx.Response | None = None

    def get_async_httpx_client(self) -> _AsyncExchange:
        return self

    async def request(self, **arguments: Any) -> httpx.Response:
        self.call = self._http.start_call(**arguments)
        self.response = await self._http.send_call(self.call)
        return self.response


def _unrated(call: OperationCall[T], error: NotFoundError) -> T:
    if call.when_unrated is not None and means_unrated(error):
        return call.when_unrated()
    raise error


def _salvaged(
    operation: OperationCall[T],
    call: Call | None,
    response: httpx.Response | None,
    error: BaseException | None,
) -> T | UnexpectedResponseError:
    """Return what can be read of a response that breaks the contract, or else the error."""
    if call is None or response is None:
        assert error is not None  # noqa: S101  # for the type checker
        raise error
    if not response.content.strip() and operation.method != "GET":
        return operation.read(None)
    if operation.salvage is not None and response.status_code == 200:
        with suppress(*_PARSE_ERRORS, RecursionError):
            return operation.salvage(response.json())
    body = call.redact(response.content)
    reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    unexpected = UnexpectedResponseError(
        f"{call_name(operation.method, operation.path)}: {response.status_code}, but the response "
        f"body does not match the contract: {one_line(call.redact_text(reason))}. `body` on this "
        "error holds it.",
        method=operation.method,
        path=operation.path,
        status_code=response.status_code,
        body=body,
        attempts=call.attempts,
    )
    if error is not None and body == response.content:
        unexpected.__cause__ = error.with_traceback(None)
    return unexpected
