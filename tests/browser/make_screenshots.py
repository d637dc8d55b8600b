"""Take the pictures of the sign-in page for the docs.

`PYTHONPATH=tests python tests/browser/make_screenshots.py`
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from support.apple import Apple
from support.browsers import a_browser
from support.sign_ins import a_sign_in

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "images"


def take(browser: Any, scheme: str) -> None:
    """Take the page as it waits, after a failure, and when all is done."""
    apple = Apple(ends=["SUBSCRIPTION_ERROR", "resolves"])
    size: Any = {"width": 560, "height": 560}
    with (
        a_sign_in() as running,
        browser.new_context(color_scheme=scheme, viewport=size) as context,
    ):
        apple.stand_behind(context)
        page = context.new_page()
        page.goto(running.link)
        for name, label, words in (
            ("waiting", "Sign in with Apple Music", "Ready"),
            ("failed", "Try again", "no Apple Music subscription"),
            ("done", None, "You are signed in"),
        ):
            page.get_by_role("status").get_by_text(re.compile(words)).wait_for()
            page.screenshot(path=FOLDER / f"sign-in-{name}-{scheme}.png")
            if label is not None:
                page.get_by_role("button", name=label, exact=True).click()


def main() -> None:
    """Take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with a_browser() as browser:
        for scheme in ("light", "dark"):
            take(browser, scheme)


if __name__ == "__main__":
    main()
