"""Take the pictures of the sign-in page and the dashboard for the docs.

`PYTHONPATH=tests python tests/browser/make_screenshots.py`
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
from support.apple import Apple
from support.browsers import a_browser
from support.sign_ins import a_sign_in

from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.serving.server import serve

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "images"
# 2027-01-15 12:00 UTC.
NOON = 1_800_014_400.0


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


def take_dashboard(browser: Any, scheme: str) -> None:
    """Take the dashboard after a few requests, with one open."""
    service = MockService.from_scenario("small-library", now=lambda: NOON)
    headers = {
        "Authorization": f"Bearer {service.developer_token()}",
        "Music-User-Token": "mock-user",
    }
    size: Any = {"width": 1200, "height": 900}
    with (
        serve(service) as url,
        httpx.Client(base_url=url, headers=headers, trust_env=False) as client,
        browser.new_context(color_scheme=scheme, viewport=size) as context,
    ):
        song = "/v1/me/ratings/songs/907242702"
        service.inject_fault(Fault("error", operation="put", status=503, skip_first=1, count=1))
        client.get(song)
        client.get("/v1/me/ratings/library-songs?ids=i.7PJNN4mfXlD68R,i.Mla0tqxJ0Q")
        client.put(song)
        client.put(song, json={"type": "rating", "attributes": {"value": 1}})
        client.delete("/v1/me/ratings/albums/1138988512")
        page = context.new_page()
        page.goto(f"{url}/__admin/")
        page.click("#requests li:nth-child(3) summary")
        page.screenshot(path=FOLDER / f"mock-dashboard-{scheme}.png")


def main() -> None:
    """Take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with a_browser() as browser:
        for scheme in ("light", "dark"):
            take(browser, scheme)
            take_dashboard(browser, scheme)


if __name__ == "__main__":
    main()
