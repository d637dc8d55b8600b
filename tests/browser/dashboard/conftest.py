"""A browser, and the dashboard of a mock in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A continuous integration that has no browser is broken; a reader's machine may have none.
IS_CI = os.environ.get("CI") == "true"


# For a module only: while it runs, no other test of this process can have an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    chromium = shutil.which("chromium")
    if chromium is None and not IS_CI:
        pytest.skip("there is no chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Without its own sandbox, which cannot be had as root.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def service() -> MockService:
    """A mock with a small library and three ratings."""
    return MockService.from_scenario("small-library")


@pytest.fixture
def url(service: MockService) -> Iterator[str]:
    """Where the mock is served."""
    with serve(service) as url:
        yield url


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Page]:
    """The dashboard, light and dark; whatever the page complains of fails the test."""
    page = browser.new_page(color_scheme=request.param)
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(f"{url}/__admin/")
    yield page
    page.close()
    assert complaints == []
    assert all(address.startswith((url, "data:")) for address in asked)
