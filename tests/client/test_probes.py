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


@pytest.mark.parametrize("body", [b"", b"anything", {"data": []}])
def test_any_good_answer_shows_that_the_developer_token_is_taken(
    runtime: Runtime, body: Any
) -> None:
    """What it holds is not documented."""
    wire = ScriptedTransport(a_response(200, body))

    assert runtime.client(wire).check_developer_token() is None
    assert [(sent.method, sent.target) for sent in wire.sent] == [("GET", "/v1/test")]


def test_developer_token_that_is_refused_is_an_error(runtime: Runtime) -> None:
    """The one that names it."""
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
def test_storefront_may_have_nothing_but_an_id(
    runtime: Runtime, attributes: dict[str, Any]
) -> None:
    """Apple promises no more."""
    entry = {"id": "us", "type": "storefronts", **attributes}

    assert runtime.client(
        ScriptedTransport(a_response(200, {"data": [entry]}))
    ).get_storefront() == Storefront("us")


def test_user_token_that_is_refused_is_an_error(runtime: Runtime) -> None:
    """The one that names it."""
    with pytest.raises(ForbiddenError):
        runtime.client(ScriptedTransport(an_error_response(403, "40300"))).get_storefront()


@pytest.mark.parametrize("body", [{"data": []}, {}, b""])
def test_answer_without_a_storefront_is_an_error(runtime: Runtime, body: Any) -> None:
    """It tells nothing of the token."""
    with pytest.raises(UnexpectedResponseError):
        runtime.client(ScriptedTransport(a_response(200, body))).get_storefront()
