from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.errors_response import ErrorsResponse
from ...models.forbidden_response import ForbiddenResponse
from ...models.unauthorized_response import UnauthorizedResponse
from ...types import Response


def _get_kwargs() -> dict[str, Any]:
    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/test",
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str | None:
    if response.status_code == 200:
        response_200 = cast(Any, None)
        return response_200

    if response.status_code == 400:
        response_400 = ErrorsResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = UnauthorizedResponse.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ForbiddenResponse.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ErrorsResponse.from_dict(response.json())

        return response_404

    if response.status_code == 405:
        response_405 = ErrorsResponse.from_dict(response.json())

        return response_405

    if response.status_code == 413:
        response_413 = ErrorsResponse.from_dict(response.json())

        return response_413

    if response.status_code == 414:
        response_414 = ErrorsResponse.from_dict(response.json())

        return response_414

    if response.status_code == 429:
        response_429 = response.text
        return response_429

    if response.status_code == 500:
        response_500 = ErrorsResponse.from_dict(response.json())

        return response_500

    if 500 <= response.status_code <= 599:
        response_5xx = response.text
        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=errors.parse(_parse_response, client=client, response=response),
        httpx_response=response,
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
) -> Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]:
    """Check the developer token

    Send the developer token alone. A 200 means that it is valid, a 401 that it is not.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs()

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
) -> Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str | None:
    """Check the developer token

    Send the developer token alone. A 200 means that it is valid, a 401 that it is not.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str
    """

    return sync_detailed(
        client=client,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
) -> Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]:
    """Check the developer token

    Send the developer token alone. A 200 means that it is valid, a 401 that it is not.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs()

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
) -> Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str | None:
    """Check the developer token

    Send the developer token alone. A 200 means that it is valid, a 401 that it is not.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str
    """

    return (
        await asyncio_detailed(
            client=client,
        )
    ).parsed
