from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.errors_response import ErrorsResponse
from ...models.forbidden_response import ForbiddenResponse
from ...models.rating_request import RatingRequest
from ...models.ratings_response import RatingsResponse
from ...models.unauthorized_response import UnauthorizedResponse
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: str,
    *,
    body: RatingRequest,
    l: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["l"] = l

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/v1/me/ratings/music-videos/{id}".format(
            id=quote(str(id), safe=""),
        ),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> (
    ErrorsResponse
    | ForbiddenResponse
    | RatingsResponse
    | UnauthorizedResponse
    | str
    | None
):
    if response.status_code == 200:
        response_200 = RatingsResponse.from_dict(response.json())

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
    ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=errors.parse(_parse_response, client=client, response=response),
        httpx_response=response,
    )


def sync_detailed(
    id: str,
    *,
    client: AuthenticatedClient | Client,
    body: RatingRequest,
    l: str | Unset = UNSET,
) -> Response[
    ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
]:
    """Set the personal rating of one music video

    Like or dislike one music video, replacing any existing rating.

    Sending the same rating again changes nothing (inferred). To clear a rating, delete it.

    The ratings of the catalog id and the library id of a music video, if it is in the library, stay
    synced.

    Requires a Music User Token. Apple Music 1.0+. Apple's page of this operation:
    "Add a Personal Music Video Rating"
    https://developer.apple.com/documentation/applemusicapi/add-a-personal-content-rating-8hke5

    Args:
        id (str): The catalog id of a music video.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).
        body (RatingRequest): The rating to set.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
        l=l,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient | Client,
    body: RatingRequest,
    l: str | Unset = UNSET,
) -> (
    ErrorsResponse
    | ForbiddenResponse
    | RatingsResponse
    | UnauthorizedResponse
    | str
    | None
):
    """Set the personal rating of one music video

    Like or dislike one music video, replacing any existing rating.

    Sending the same rating again changes nothing (inferred). To clear a rating, delete it.

    The ratings of the catalog id and the library id of a music video, if it is in the library, stay
    synced.

    Requires a Music User Token. Apple Music 1.0+. Apple's page of this operation:
    "Add a Personal Music Video Rating"
    https://developer.apple.com/documentation/applemusicapi/add-a-personal-content-rating-8hke5

    Args:
        id (str): The catalog id of a music video.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).
        body (RatingRequest): The rating to set.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
    """

    return sync_detailed(
        id=id,
        client=client,
        body=body,
        l=l,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient | Client,
    body: RatingRequest,
    l: str | Unset = UNSET,
) -> Response[
    ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
]:
    """Set the personal rating of one music video

    Like or dislike one music video, replacing any existing rating.

    Sending the same rating again changes nothing (inferred). To clear a rating, delete it.

    The ratings of the catalog id and the library id of a music video, if it is in the library, stay
    synced.

    Requires a Music User Token. Apple Music 1.0+. Apple's page of this operation:
    "Add a Personal Music Video Rating"
    https://developer.apple.com/documentation/applemusicapi/add-a-personal-content-rating-8hke5

    Args:
        id (str): The catalog id of a music video.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).
        body (RatingRequest): The rating to set.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
        l=l,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient | Client,
    body: RatingRequest,
    l: str | Unset = UNSET,
) -> (
    ErrorsResponse
    | ForbiddenResponse
    | RatingsResponse
    | UnauthorizedResponse
    | str
    | None
):
    """Set the personal rating of one music video

    Like or dislike one music video, replacing any existing rating.

    Sending the same rating again changes nothing (inferred). To clear a rating, delete it.

    The ratings of the catalog id and the library id of a music video, if it is in the library, stay
    synced.

    Requires a Music User Token. Apple Music 1.0+. Apple's page of this operation:
    "Add a Personal Music Video Rating"
    https://developer.apple.com/documentation/applemusicapi/add-a-personal-content-rating-8hke5

    Args:
        id (str): The catalog id of a music video.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).
        body (RatingRequest): The rating to set.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            body=body,
            l=l,
        )
    ).parsed
