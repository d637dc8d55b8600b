"""A real browser, and a stand-in for Apple in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from support.apple import ARGUMENTS, Apple

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The browser of this machine."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"no browser: one of {', '.join(BROWSERS)} must be on PATH in CI")
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is on PATH")
    return found


# For a module only: while it runs, no other test of this process can have an event loop.
@pytest.fixture(scope="module")
def playwright(browser_path: str) -> Iterator[Any]:
    """What drives the browser."""
    assert browser_path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Any, browser_path: str) -> Iterator[Any]:
    """A running browser with a profile of its own, which ends with it."""
    with playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS) as running:
        yield running


@pytest.fixture
def apple() -> Apple:
    """Apple, as far as a page can see it."""
    return Apple()


@pytest.fixture
def page(browser: Any, apple: Apple) -> Iterator[Any]:
    """An empty page of a browser that has Apple behind it and nothing else."""
    with browser.new_context() as context:
        context.set_default_timeout(5_000)
        apple.stand_behind(context)
        yield context.new_page()
