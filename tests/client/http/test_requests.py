"""Requests of generated code: what httpx would build, except for the commas between ids."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings._http.requests import plain_request, plain_url

_BASE_URLS = ("https://api.music.apple.com", "http://127.0.0.1:8080/prefix/", "http://[::1]:80")
_TEXT = st.text(st.characters(exclude_characters=",", codec="utf-8"), max_size=12)


@given(
    base_url=st.sampled_from(_BASE_URLS),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
    id=_TEXT,
    params=st.dictionaries(st.sampled_from(["ids", "l", "ids[songs]"]), _TEXT | st.integers()),
    defaults=st.sampled_from([{}, {"Host": "proxy.example"}, {"Accept": "text/plain"}]),
    headers=st.sampled_from([{}, {"Content-Type": "text/plain"}, {"Host": "own.example"}]),
    document=st.sampled_from([None, {"type": "rating", "name": "Café"}]),
)
def test_a_request_is_the_one_that_httpx_builds(
    base_url: str,
    method: str,
    id: str,
    params: dict[str, Any],
    defaults: dict[str, str],
    headers: dict[str, str],
    document: object,
) -> None:
    """All parts are the same."""
    client = httpx.Client(base_url=base_url, timeout=3, headers=defaults)
    path = f"/v1/me/ratings/songs/{quote(id, safe='')}"
    query = f"?{urlencode(params)}" if params else ""
    expected = client.build_request(
        method, f"{base_url.rstrip('/')}{path}{query}", headers=headers, json=document
    )

    url = plain_url(client.base_url, path, params)
    if id in {"", ".", ".."}:
        assert url is None
        return
    assert url is not None
    request = plain_request(client, method, url, headers=headers, json=document)

    assert request.method == expected.method
    assert request.url == expected.url
    assert request.headers == expected.headers
    assert request.content == expected.content
    assert request.extensions == expected.extensions


def test_commas_between_ids_are_literal() -> None:
    """Where httpx would write `%2C`."""
    url = plain_url(httpx.URL("https://example.com"), "/v1", {"ids": "1,2", "l": "a/b"})

    assert url is not None
    assert url.raw_path == b"/v1?ids=1,2&l=a%2Fb"


@pytest.mark.parametrize(
    ("url", "params"),
    [
        ("/v1/../songs", None),
        ("/v1?a=b", None),
        ("//other.example/v1", None),
        ("https://other.example/v1", None),
        (httpx.URL("/v1"), None),
        ("/v1/ä", None),
        ("/v1/%e4", None),
        ("/v1", {"ids": ["1", "2"]}),
        ("/v1", "a=b"),
        ("/v1", {"ids": "1" * 66_000}),
    ],
)
def test_other_requests_are_left_to_httpx(url: str | httpx.URL, params: Any) -> None:
    """Relative, unencoded and complete addresses, and parameters of other types."""
    assert plain_url(httpx.URL("https://example.com"), url, params) is None
