from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.errors_response import ErrorsResponse
from ...models.forbidden_response import ForbiddenResponse
from ...models.unauthorized_response import UnauthorizedResponse
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    idssongs: list[str] | Unset = UNSET,
    idsalbums: list[str] | Unset = UNSET,
    idsplaylists: list[str] | Unset = UNSET,
    idsmusic_videos: list[str] | Unset = UNSET,
    idsstations: list[str] | Unset = UNSET,
    idsartists: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> dict[str, Any]:
    params: dict[str, Any] = {}

    json_idssongs: list[str] | Unset = UNSET
    if not isinstance(idssongs, Unset):
        json_idssongs = idssongs

    if not isinstance(json_idssongs, Unset):
        params["ids[songs]"] = ",".join(json_idssongs)

    json_idsalbums: list[str] | Unset = UNSET
    if not isinstance(idsalbums, Unset):
        json_idsalbums = idsalbums

    if not isinstance(json_idsalbums, Unset):
        params["ids[albums]"] = ",".join(json_idsalbums)

    json_idsplaylists: list[str] | Unset = UNSET
    if not isinstance(idsplaylists, Unset):
        json_idsplaylists = idsplaylists

    if not isinstance(json_idsplaylists, Unset):
        params["ids[playlists]"] = ",".join(json_idsplaylists)

    json_idsmusic_videos: list[str] | Unset = UNSET
    if not isinstance(idsmusic_videos, Unset):
        json_idsmusic_videos = idsmusic_videos

    if not isinstance(json_idsmusic_videos, Unset):
        params["ids[music-videos]"] = ",".join(json_idsmusic_videos)

    json_idsstations: list[str] | Unset = UNSET
    if not isinstance(idsstations, Unset):
        json_idsstations = idsstations

    if not isinstance(json_idsstations, Unset):
        params["ids[stations]"] = ",".join(json_idsstations)

    json_idsartists: list[str] | Unset = UNSET
    if not isinstance(idsartists, Unset):
        json_idsartists = idsartists

    if not isinstance(json_idsartists, Unset):
        params["ids[artists]"] = ",".join(json_idsartists)

    params["l"] = l

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/me/favorites",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str | None:
    if response.status_code == 202:
        response_202 = cast(Any, None)
        return response_202

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
    client: AuthenticatedClient | Client,
    idssongs: list[str] | Unset = UNSET,
    idsalbums: list[str] | Unset = UNSET,
    idsplaylists: list[str] | Unset = UNSET,
    idsmusic_videos: list[str] | Unset = UNSET,
    idsstations: list[str] | Unset = UNSET,
    idsartists: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]:
    """Add catalog items to the user's favorites

    Add catalog songs, albums, playlists, music videos, stations and artists to the user's favorites,
    any number and any mix in one request. Items that cannot be added are ignored.

    A favorite shows as a star on the user's devices, which a like set as a rating may not (observed).
    The rating of a favorite reads 1 a moment later (observed). Deleting that rating leaves the star
    (observed). Third-party apps cannot remove a favorite (documented); no operation does. To read
    favorites, request the attribute `inFavorites` with `extend` (documented).

    Args:
        idssongs (list[str] | Unset): Catalog ids of songs.
        idsalbums (list[str] | Unset): Catalog ids of albums.
        idsplaylists (list[str] | Unset): Catalog ids of playlists.
        idsmusic_videos (list[str] | Unset): Catalog ids of music videos.
        idsstations (list[str] | Unset): Catalog ids of stations.
        idsartists (list[str] | Unset): Catalog ids of artists.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs(
        idssongs=idssongs,
        idsalbums=idsalbums,
        idsplaylists=idsplaylists,
        idsmusic_videos=idsmusic_videos,
        idsstations=idsstations,
        idsartists=idsartists,
        l=l,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    idssongs: list[str] | Unset = UNSET,
    idsalbums: list[str] | Unset = UNSET,
    idsplaylists: list[str] | Unset = UNSET,
    idsmusic_videos: list[str] | Unset = UNSET,
    idsstations: list[str] | Unset = UNSET,
    idsartists: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str | None:
    """Add catalog items to the user's favorites

    Add catalog songs, albums, playlists, music videos, stations and artists to the user's favorites,
    any number and any mix in one request. Items that cannot be added are ignored.

    A favorite shows as a star on the user's devices, which a like set as a rating may not (observed).
    The rating of a favorite reads 1 a moment later (observed). Deleting that rating leaves the star
    (observed). Third-party apps cannot remove a favorite (documented); no operation does. To read
    favorites, request the attribute `inFavorites` with `extend` (documented).

    Args:
        idssongs (list[str] | Unset): Catalog ids of songs.
        idsalbums (list[str] | Unset): Catalog ids of albums.
        idsplaylists (list[str] | Unset): Catalog ids of playlists.
        idsmusic_videos (list[str] | Unset): Catalog ids of music videos.
        idsstations (list[str] | Unset): Catalog ids of stations.
        idsartists (list[str] | Unset): Catalog ids of artists.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str
    """

    return sync_detailed(
        client=client,
        idssongs=idssongs,
        idsalbums=idsalbums,
        idsplaylists=idsplaylists,
        idsmusic_videos=idsmusic_videos,
        idsstations=idsstations,
        idsartists=idsartists,
        l=l,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    idssongs: list[str] | Unset = UNSET,
    idsalbums: list[str] | Unset = UNSET,
    idsplaylists: list[str] | Unset = UNSET,
    idsmusic_videos: list[str] | Unset = UNSET,
    idsstations: list[str] | Unset = UNSET,
    idsartists: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]:
    """Add catalog items to the user's favorites

    Add catalog songs, albums, playlists, music videos, stations and artists to the user's favorites,
    any number and any mix in one request. Items that cannot be added are ignored.

    A favorite shows as a star on the user's devices, which a like set as a rating may not (observed).
    The rating of a favorite reads 1 a moment later (observed). Deleting that rating leaves the star
    (observed). Third-party apps cannot remove a favorite (documented); no operation does. To read
    favorites, request the attribute `inFavorites` with `extend` (documented).

    Args:
        idssongs (list[str] | Unset): Catalog ids of songs.
        idsalbums (list[str] | Unset): Catalog ids of albums.
        idsplaylists (list[str] | Unset): Catalog ids of playlists.
        idsmusic_videos (list[str] | Unset): Catalog ids of music videos.
        idsstations (list[str] | Unset): Catalog ids of stations.
        idsartists (list[str] | Unset): Catalog ids of artists.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        errors.UnreadableBody: If a successful response does not match the contract.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str]
    """

    kwargs = _get_kwargs(
        idssongs=idssongs,
        idsalbums=idsalbums,
        idsplaylists=idsplaylists,
        idsmusic_videos=idsmusic_videos,
        idsstations=idsstations,
        idsartists=idsartists,
        l=l,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    idssongs: list[str] | Unset = UNSET,
    idsalbums: list[str] | Unset = UNSET,
    idsplaylists: list[str] | Unset = UNSET,
    idsmusic_videos: list[str] | Unset = UNSET,
    idsstations: list[str] | Unset = UNSET,
    idsartists: list[str] | Unset = UNSET,
    l: str | Unset = UNSET,
) -> Any | ErrorsResponse | ForbiddenResponse | UnauthorizedResponse | str | None:
    """Add catalog items to the user's favorites

    Add catalog songs, albums, playlists, music videos, stations and artists to the user's favorites,
    any number and any mix in one request. Items that cannot be added are ignored.

    A favorite shows as a star on the user's devices, which a like set as a rating may not (observed).
    The rating of a favorite reads 1 a moment later (observed). Deleting that rating leaves the star
    (observed). Third-party apps cannot remove a favorite (documented); no operation does. To read
    favorites, request the attribute `inFavorites` with `extend` (documented).

    Args:
        idssongs (list[str] | Unset): Catalog ids of songs.
        idsalbums (list[str] | Unset): Catalog ids of albums.
        idsplaylists (list[str] | Unset): Catalog ids of playlists.
        idsmusic_videos (list[str] | Unset): Catalog ids of music videos.
        idsstations (list[str] | Unset): Catalog ids of stations.
        idsartists (list[str] | Unset): Catalog ids of artists.
        l (str | Unset): A language tag such as `en-US`, one of the `supportedLanguageTags` of the
            user's storefront. The default is its `defaultLanguageTag`. An empty value and a value
            with an underscore are ignored (observed).

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
            idssongs=idssongs,
            idsalbums=idsalbums,
            idsplaylists=idsplaylists,
            idsmusic_videos=idsmusic_videos,
            idsstations=idsstations,
            idsartists=idsartists,
            l=l,
        )
    ).parsed
