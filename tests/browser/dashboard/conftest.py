"""The dashboard of a mock in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def service() -> MockService:
    """A mock with a small library and three ratings."""
    return MockService.from_scenario("small-library")


@pytest.fixture
def url(service: MockService) -> Iterator[str]:
    """Where the mock is served."""
    with serve(service) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The dashboard; console messages and requests to other hosts fail the test."""
    page = browser.new_page()
    page.set_default_timeout(20_000)
    messages: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda sent: requests.append(sent.url))
    page.goto(f"{url}/__admin/")
    yield page
    page.close()
    assert messages == []
    assert all(address.startswith((url, "data:")) for address in requests)
