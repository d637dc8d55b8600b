from __future__ import annotations

from typing import Any

import pytest
from support.builders import Wire, World, an_answer, an_error

from apple_music_ratings import (
    ForbiddenError,
    Storefront,
    UnauthorizedError,
    UnexpectedResponseError,
)


@pytest.mark.parametrize("body", [b"", b"anything", {"data": []}])
def test_any_good_answer_shows_that_the_developer_token_is_taken(world: World, body: Any) -> None:
    """What it holds is not documented."""
    wire = Wire(an_answer(200, body))

    assert world.client(wire).test_developer_token() is None
    assert [(sent.method, sent.target) for sent in wire.sent] == [("GET", "/v1/test")]


def test_developer_token_that_is_refused_is_an_error(world: World) -> None:
    """The one that names it."""
    with pytest.raises(UnauthorizedError):
        world.client(Wire(an_answer(401))).test_developer_token()


def test_storefront_is_read(world: World) -> None:
    """With its languages."""
    attributes = {
        "name": "United States",
        "defaultLanguageTag": "en-US",
        "supportedLanguageTags": ["en-US", "es-MX"],
    }
    entry = {"id": "us", "type": "storefronts", "attributes": attributes}
    wire = Wire(an_answer(200, {"data": [entry]}))

    assert world.client(wire, language="de").get_storefront() == Storefront(
        "us", "United States", "en-US", ("en-US", "es-MX")
    )
    assert wire.targets == ["/v1/me/storefront?l=de"]


@pytest.mark.parametrize("attributes", [{}, {"attributes": {}}])
def test_storefront_may_have_nothing_but_an_id(world: World, attributes: dict[str, Any]) -> None:
    """Apple promises no more."""
    entry = {"id": "us", "type": "storefronts", **attributes}

    assert world.client(Wire(an_answer(200, {"data": [entry]}))).get_storefront() == Storefront(
        "us"
    )


def test_user_token_that_is_refused_is_an_error(world: World) -> None:
    """The one that names it."""
    with pytest.raises(ForbiddenError):
        world.client(Wire(an_error(403, "40300"))).get_storefront()


@pytest.mark.parametrize("body", [{"data": []}, {}, b""])
def test_answer_without_a_storefront_is_an_error(world: World, body: Any) -> None:
    """It tells nothing of the token."""
    with pytest.raises(UnexpectedResponseError):
        world.client(Wire(an_answer(200, body))).get_storefront()
