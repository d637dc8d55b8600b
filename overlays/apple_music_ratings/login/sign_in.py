"""Gets a Music User Token: a page on this machine, where the user signs in with Apple's script.

Only MusicKit can create the token, in a browser and after a click:
https://developer.apple.com/documentation/applemusicapi/user-authentication-for-musickit
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from attrs import frozen

from apple_music_ratings.developer_token.frames import clears_frames

from .exchange import App, Exchange, Offer
from .server import DEADLINE, Server, Sleep, bind, origin_url

__all__ = ["DEFAULT_TIMEOUT", "App", "SignInLink", "sign_in"]

DEFAULT_TIMEOUT = 300.0
_REDIRECT = """\
<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<title>Sign in</title><meta http-equiv="refresh" content="0; url={url}">
<a href="{url}">Sign in to Apple Music</a>
"""


@frozen(kw_only=True, repr=False)
class SignInLink:
    """The link to the sign-in page. No repr, because it is a secret until a page has used it.

    Args:
        url: The link itself. A command line shows it to every user of this machine, so pass
            `file_url` to a browser, and print `url` for the user only.
        file_url: A file that redirects to it, readable by its owner only.
        code: The code that the page shows too.
        is_used: Returns whether a page has used it.
    """

    url: str
    file_url: str
    code: str
    is_used: Callable[[], bool]


@clears_frames
def sign_in(
    *,
    developer_token: str,
    app: App,
    save: Callable[[str], object],
    on_link: Callable[[SignInLink], object],
    timeout: float = DEFAULT_TIMEOUT,
    port: int = 0,
    deadline: float = DEADLINE,
    sleep: Sleep = asyncio.sleep,
    now: Callable[[], float] = time.monotonic,
) -> bool:
    """Serve the page until the user has signed in or the timeout ends.

    The page is on the loopback address. Nothing is logged.

    Args:
        developer_token: The developer token MusicKit is configured with.
        app: The app that Apple names to the user.
        save: Called once, with the Music User Token.
        on_link: Called once, with the link to open.
        timeout: Seconds.
        port: The port; 0 chooses a free one.
        deadline: Seconds that one request, and one response, may take.
        sleep: Waits that long; a test passes one that it controls.
        now: Returns the seconds of a clock that only moves forward.

    Returns:
        Whether there was a token, and it was saved.

    Raises:
        ConfigurationError: `save` raised it, or the port cannot be used.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    ends_at = now() + timeout
    with bind(port) as bound:
        exchange = Exchange(
            origin=origin_url(bound),
            offer=Offer(
                developer_token=developer_token,
                app=app,
                seconds_left=lambda: ends_at - now(),
            ),
            save=save,
        )
        with _redirect_file(exchange.link) as file_url:
            link = SignInLink(
                url=exchange.link,
                file_url=file_url,
                code=exchange.code,
                is_used=lambda: exchange.is_link_used,
            )

            async def serve() -> None:
                await Server(exchange, deadline).serve(
                    bound,
                    duration=timeout,
                    sleep=sleep,
                    on_listening=lambda: on_link(link),
                )

            asyncio.run(serve())
    if exchange.failure is not None:
        raise exchange.failure
    return exchange.is_over


@contextmanager
def _redirect_file(url: str) -> Iterator[str]:
    """Write a file with mode 0600 that redirects to a URL, and return the file's URL."""
    handle, name = tempfile.mkstemp(prefix="apple-music-sign-in-", suffix=".html")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_REDIRECT.format(url=escape(url)))
        yield path.as_uri()
    finally:
        path.unlink(missing_ok=True)
