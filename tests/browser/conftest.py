"""A real browser, and a stand-in for Apple in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support.apple import Apple
from support.browsers import a_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running browser with a profile of its own, which ends with it."""
    with a_browser() as running:
        yield running


@pytest.fixture
def apple() -> Apple:
    """Apple, as far as a page can see it."""
    return Apple()


@pytest.fixture
def page(browser: Browser, apple: Apple) -> Iterator[Any]:
    """An empty page of a browser that has Apple behind it and nothing else."""
    with browser.new_context() as context:
        context.set_default_timeout(5_000)
        apple.stand_behind(context)
        yield context.new_page()
