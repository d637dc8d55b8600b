from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.errors_response import ErrorsResponse
from ...models.forbidden_response import ForbiddenResponse
from ...models.storefronts_response import StorefrontsResponse
from ...models.unauthorized_response import UnauthorizedResponse
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    include: list[str] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> dict[str, Any]:
    params: dict[str, Any] = {}

    json_include: list[str] | Unset = UNSET
    if not isinstance(include, Unset):
        json_include = include

    if not isinstance(json_include, Unset):
        params["include"] = ",".join(json_include)

    json_extend: list[str] | Unset = UNSET
    if not isinstance(extend, Unset):
        json_extend = extend

    if not isinstance(json_extend, Unset):
        params["extend"] = ",".join(json_extend)

    params["l"] = l

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/me/storefront",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> (
    ErrorsResponse
    | ForbiddenResponse
    | StorefrontsResponse
    | UnauthorizedResponse
    | str
    | None
):
    if response.status_code == 200:
        response_200 = StorefrontsResponse.from_dict(response.json())

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
) -> Response[
    ErrorsResponse
    | ForbiddenResponse
    | StorefrontsResponse
    | UnauthorizedResponse
    | str
]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=errors.parse(_parse_response, client=client, response=response),
        httpx_response=response,
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    include: list[str] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> Response[
    ErrorsResponse
    | ForbiddenResponse
    | StorefrontsResponse
    | UnauthorizedResponse
    | str
]:
    """Get the user's storefront

    Get the user's storefront. The response shows that the Music User Token is valid, and which
    languages the storefront supports.

    Args:
        include (list[str] | Unset): Relationships to include in each resource.
        extend (list[str] | Unset): Attributes to add to each resource.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorsResponse | ForbiddenResponse | StorefrontsResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs(
        include=include,
        extend=extend,
        l=l,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    include: list[str] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> (
    ErrorsResponse
    | ForbiddenResponse
    | StorefrontsResponse
    | UnauthorizedResponse
    | str
    | None
):
    """Get the user's storefront

    Get the user's storefront. The response shows that the Music User Token is valid, and which
    languages the storefront supports.

    Args:
        include (list[str] | Unset): Relationships to include in each resource.
        extend (list[str] | Unset): Attributes to add to each resource.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorsResponse | ForbiddenResponse | StorefrontsResponse | UnauthorizedResponse | str
    """

    return sync_detailed(
        client=client,
        include=include,
        extend=extend,
        l=l,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    include: list[str] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> Response[
    ErrorsResponse
    | ForbiddenResponse
    | StorefrontsResponse
    | UnauthorizedResponse
    | str
]:
    """Get the user's storefront

    Get the user's storefront. The response shows that the Music User Token is valid, and which
    languages the storefront supports.

    Args:
        include (list[str] | Unset): Relationships to include in each resource.
        extend (list[str] | Unset): Attributes to add to each resource.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorsResponse | ForbiddenResponse | StorefrontsResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs(
        include=include,
        extend=extend,
        l=l,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    include: list[str] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> (
    ErrorsResponse
    | ForbiddenResponse
    | StorefrontsResponse
    | UnauthorizedResponse
    | str
    | None
):
    """Get the user's storefront

    Get the user's storefront. The response shows that the Music User Token is valid, and which
    languages the storefront supports.

    Args:
        include (list[str] | Unset): Relationships to include in each resource.
        extend (list[str] | Unset): Attributes to add to each resource.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorsResponse | ForbiddenResponse | StorefrontsResponse | UnauthorizedResponse | str
    """

    return (
        await asyncio_detailed(
            client=client,
            include=include,
            extend=extend,
            l=l,
        )
    ).parsed
