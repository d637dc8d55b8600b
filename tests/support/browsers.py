"""Headless Chromium for tests, and for scripts that take pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = [
    "--no-sandbox",  # not available to root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str:
    """Return the path of the browser; without one, skip the test, or fail it in CI."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"no browser: one of {', '.join(_NAMES)} must be on PATH in CI")
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is on PATH")
    return found


def find_axe() -> Path:
    """Return the script of axe-core; without one, skip the test, or fail it in CI."""
    folders = [Path(folder).parent for folder in os.get_exec_path() if "node_modules" in folder]
    found = next(
        (path for folder in folders if (path := folder / "axe-core" / "axe.min.js").exists()), None
    )
    if found is None and os.environ.get("CI"):
        pytest.fail("no axe-core: scripts/install-system installs it")
    if found is None:
        pytest.skip("no axe-core beside the Node tools on PATH")
    return found


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Run a browser with a profile of its own.

    For one module only: while it runs, no other test of the process can have an event loop.
    """
    path = find_browser()
    with a_playwright() as playwright:
        browser: Browser
        with playwright.chromium.launch(executable_path=path, args=ARGUMENTS) as browser:
            yield browser


@contextmanager
def a_playwright() -> Iterator[Any]:
    """Run the driver of a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright
