from __future__ import annotations

from collections.abc import Callable

from apple_music_ratings_mock import MockService, Response


def test_browser_may_ask_before_it_sends(
    ask: Callable[..., Response], service: MockService
) -> None:
    """A preflight needs no token, allows the tokens' headers, and counts as no request."""
    asks = (("Origin", "https://page.example"), ("Access-Control-Request-Method", "PUT"))
    response = ask("OPTIONS", "songs/1", token=None, user=None, headers=asks)
    headers = dict(response.headers)

    assert (response.status, response.body) == (204, b"")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Music-User-Token" in headers["Access-Control-Allow-Headers"]
    assert "PUT" in headers["Access-Control-Allow-Methods"].split(",")
    assert headers["Access-Control-Max-Age"] == "86400"
    assert service.requests() == []


def test_options_without_a_preflights_header_is_a_method_like_others(
    ask: Callable[..., Response],
) -> None:
    """Apple's response has not been captured."""
    assert ask("OPTIONS", "songs/1").status == 405


def test_responses_may_be_read_by_any_page(ask: Callable[..., Response]) -> None:
    """Responses of every status are open."""
    responses = [ask("GET", "songs/1"), ask("GET", "songs/1", token=None)]
    responses += [
        ask("PUT", "songs/1", body={"attributes": {"value": 1}}),
        ask("DELETE", "songs/1"),
    ]

    assert [response.status for response in responses] == [404, 401, 200, 204]
    assert {dict(response.headers)["Access-Control-Allow-Origin"] for response in responses} == {
        "*"
    }
