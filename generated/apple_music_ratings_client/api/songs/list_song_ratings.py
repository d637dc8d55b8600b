from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.errors_response import ErrorsResponse
from ...models.forbidden_response import ForbiddenResponse
from ...models.ratings_include import RatingsInclude
from ...models.ratings_response import RatingsResponse
from ...models.unauthorized_response import UnauthorizedResponse
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    ids: list[str],
    include: list[RatingsInclude] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> dict[str, Any]:
    params: dict[str, Any] = {}

    json_ids = ids

    params["ids"] = ",".join(json_ids)

    json_include: list[str] | Unset = UNSET
    if not isinstance(include, Unset):
        json_include = []
        for include_item_data in include:
            include_item = include_item_data.value
            json_include.append(include_item)

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
        "url": "/v1/me/ratings/songs",
        "params": params,
    }

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
    *,
    client: AuthenticatedClient | Client,
    ids: list[str],
    include: list[RatingsInclude] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> Response[
    ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
]:
    """Get the personal ratings of several songs

    Get the user's ratings of the songs with the given ids.

    The response contains one rating for each rated id. Unrated ids are omitted (documented), so
    match ratings to ids by `id`, never by position.

    The ratings of the catalog id and the library id of a song, if it is in the library, stay synced.

    Requires a Music User Token. Apple Music 1.0+. Apple's page of this operation:
    "Get Multiple Personal Song Ratings"
    https://developer.apple.com/documentation/applemusicapi/get-multiple-personal-content-ratings-6wab5

    Args:
        ids (list[str]): The ids of the songs. The service documents no upper limit.
        include (list[RatingsInclude] | Unset): Relationships to include in each rating.
        extend (list[str] | Unset): Attributes to add to each rating. Apple names none for
            ratings.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs(
        ids=ids,
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
    ids: list[str],
    include: list[RatingsInclude] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> (
    ErrorsResponse
    | ForbiddenResponse
    | RatingsResponse
    | UnauthorizedResponse
    | str
    | None
):
    """Get the personal ratings of several songs

    Get the user's ratings of the songs with the given ids.

    The response contains one rating for each rated id. Unrated ids are omitted (documented), so
    match ratings to ids by `id`, never by position.

    The ratings of the catalog id and the library id of a song, if it is in the library, stay synced.

    Requires a Music User Token. Apple Music 1.0+. Apple's page of this operation:
    "Get Multiple Personal Song Ratings"
    https://developer.apple.com/documentation/applemusicapi/get-multiple-personal-content-ratings-6wab5

    Args:
        ids (list[str]): The ids of the songs. The service documents no upper limit.
        include (list[RatingsInclude] | Unset): Relationships to include in each rating.
        extend (list[str] | Unset): Attributes to add to each rating. Apple names none for
            ratings.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
    """

    return sync_detailed(
        client=client,
        ids=ids,
        include=include,
        extend=extend,
        l=l,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    ids: list[str],
    include: list[RatingsInclude] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> Response[
    ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
]:
    """Get the personal ratings of several songs

    Get the user's ratings of the songs with the given ids.

    The response contains one rating for each rated id. Unrated ids are omitted (documented), so
    match ratings to ids by `id`, never by position.

    The ratings of the catalog id and the library id of a song, if it is in the library, stay synced.

    Requires a Music User Token. Apple Music 1.0+. Apple's page of this operation:
    "Get Multiple Personal Song Ratings"
    https://developer.apple.com/documentation/applemusicapi/get-multiple-personal-content-ratings-6wab5

    Args:
        ids (list[str]): The ids of the songs. The service documents no upper limit.
        include (list[RatingsInclude] | Unset): Relationships to include in each rating.
        extend (list[str] | Unset): Attributes to add to each rating. Apple names none for
            ratings.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs(
        ids=ids,
        include=include,
        extend=extend,
        l=l,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    ids: list[str],
    include: list[RatingsInclude] | Unset = UNSET,
    extend: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> (
    ErrorsResponse
    | ForbiddenResponse
    | RatingsResponse
    | UnauthorizedResponse
    | str
    | None
):
    """Get the personal ratings of several songs

    Get the user's ratings of the songs with the given ids.

    The response contains one rating for each rated id. Unrated ids are omitted (documented), so
    match ratings to ids by `id`, never by position.

    The ratings of the catalog id and the library id of a song, if it is in the library, stay synced.

    Requires a Music User Token. Apple Music 1.0+. Apple's page of this operation:
    "Get Multiple Personal Song Ratings"
    https://developer.apple.com/documentation/applemusicapi/get-multiple-personal-content-ratings-6wab5

    Args:
        ids (list[str]): The ids of the songs. The service documents no upper limit.
        include (list[RatingsInclude] | Unset): Relationships to include in each rating.
        extend (list[str] | Unset): Attributes to add to each rating. Apple names none for
            ratings.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorsResponse | ForbiddenResponse | RatingsResponse | UnauthorizedResponse | str
    """

    return (
        await asyncio_detailed(
            client=client,
            ids=ids,
            include=include,
            extend=extend,
            l=l,
        )
    ).parsed
