from __future__ import annotations

from typing import Any

import pytest
from support.builders import Runtime, ScriptedTransport, a_response, an_error_response

from apple_music_ratings import (
    ForbiddenError,
    Storefront,
    UnauthorizedError,
    UnexpectedResponseError,
)


def test_any_success_shows_that_the_developer_token_is_accepted(runtime: Runtime) -> None:
    """The content of the response is not documented."""
    bodies: list[Any] = [b"", b"anything", {"data": []}]
    wire = ScriptedTransport(*(a_response(200, body) for body in bodies))
    client = runtime.client(wire)

    assert [client.check_developer_token() for _ in bodies] == [None] * 3
    assert [(sent.method, sent.target) for sent in wire.sent] == [("GET", "/v1/test")] * 3


def test_rejected_developer_token_is_an_error(runtime: Runtime) -> None:
    """The error for this token."""
    with pytest.raises(UnauthorizedError):
        runtime.client(ScriptedTransport(a_response(401))).check_developer_token()


def test_storefront_is_read(runtime: Runtime) -> None:
    """With its languages."""
    attributes = {
        "name": "United States",
        "defaultLanguageTag": "en-US",
        "supportedLanguageTags": ["en-US", "es-MX"],
    }
    entry = {"id": "us", "type": "storefronts", "attributes": attributes}
    wire = ScriptedTransport(a_response(200, {"data": [entry]}))

    assert runtime.client(wire, language="de").get_storefront() == Storefront(
        "us", "United States", "en-US", ("en-US", "es-MX")
    )
    assert wire.targets == ["/v1/me/storefront?l=de"]


@pytest.mark.parametrize("attributes", [{}, {"attributes": {}}])
def test_storefront_may_have_only_an_id(sync: Runtime, attributes: dict[str, Any]) -> None:
    """Apple documents nothing else as required."""
    entry = {"id": "us", "type": "storefronts", **attributes}

    assert sync.client(
        ScriptedTransport(a_response(200, {"data": [entry]}))
    ).get_storefront() == Storefront("us")


def test_rejected_user_token_is_an_error(runtime: Runtime) -> None:
    """The error for this token."""
    with pytest.raises(ForbiddenError):
        runtime.client(ScriptedTransport(an_error_response(403, "40300"))).get_storefront()


@pytest.mark.parametrize("body", [{"data": []}, {}, b""])
def test_response_without_a_storefront_is_an_error(sync: Runtime, body: Any) -> None:
    """It does not show whether the token works."""
    with pytest.raises(UnexpectedResponseError):
        sync.client(ScriptedTransport(a_response(200, body))).get_storefront()
