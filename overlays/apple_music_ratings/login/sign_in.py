"""Get a Music User Token: a page on this machine, where the person signs in with Apple's script.

Only MusicKit can make the token, in a browser and after a click:
https://developer.apple.com/documentation/applemusicapi/user-authentication-for-musickit
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .exchange import App, Exchange, Offer
from .server import DEADLINE, Server, Sleep, bind, origin_url

__all__ = ["DEFAULT_TIMEOUT", "App", "sign_in"]

DEFAULT_TIMEOUT = 300.0


def sign_in(
    *,
    developer_token: str,
    app: App,
    save: Callable[[str], object],
    on_link: Callable[[str], object],
    timeout: float = DEFAULT_TIMEOUT,
    deadline: float = DEADLINE,
    sleep: Sleep = asyncio.sleep,
    now: Callable[[], float] = time.monotonic,
) -> bool:
    """Serve the page until the person has signed in, or for as long as the timeout lasts.

    The page is on a loopback address and a free port. Nothing of it is logged.

    Args:
        developer_token: The developer token MusicKit is configured with.
        app: The name that Apple shows the person.
        save: Called once, with the Music User Token.
        on_link: Called once with the link to open, which is a secret until the page has loaded.
        timeout: Seconds.
        deadline: Seconds that one request, and one answer, may take.
        sleep: Lets that much time pass; a test passes one that it controls.
        now: Seconds on any clock that only moves forward.

    Returns:
        Whether there was a token, and it was kept.

    Raises:
        ConfigurationError: `save` raised it.
        KeyboardInterrupt: Somebody pressed Ctrl-C.
    """
    ends_at = now() + timeout
    with bind() as bound:
        exchange = Exchange(
            origin=origin_url(bound),
            offer=Offer(
                developer_token=developer_token,
                app=app,
                seconds_left=lambda: ends_at - now(),
            ),
            save=save,
        )

        async def serve() -> None:
            await Server(exchange, deadline).serve(
                bound,
                duration=timeout,
                sleep=sleep,
                on_listening=lambda: on_link(exchange.link),
            )

        asyncio.run(serve())
    if exchange.failure is not None:
        raise exchange.failure
    return exchange.is_over
