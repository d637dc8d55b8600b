"""The files of the sign-in page, and its security headers."""

from __future__ import annotations

from functools import cache
from importlib import resources

# Not tried against Apple. MusicKit loads parts of itself from the host of its script, connects to
# hosts of Apple's, and may embed a frame of Apple's. No Cross-Origin-Opener-Policy: it would
# disconnect the sign-in window from the page that opened it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'nonce-{nonce}' https://js-cdn.music.apple.com; "
    "connect-src 'self' https://*.apple.com; "
    "frame-src 'self' https://*.apple.com; "
    "style-src 'self' https://*.apple.com; "
    "img-src 'self' https://*.apple.com; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


def headers(nonce: str) -> list[tuple[str, str]]:
    """Return the headers of every response.

    Args:
        nonce: A random value, new for each response; our own scripts carry it.
    """
    return [
        ("Content-Security-Policy", CONTENT_SECURITY_POLICY.format(nonce=nonce)),
        ("Cache-Control", "no-store"),
        # Otherwise another page could embed the script, and see that a sign-in is open.
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]


def content(file: str, nonce: str) -> bytes:
    """Return a file of the page, with the nonce inserted."""
    return _text(file).replace("{{nonce}}", nonce).encode()


@cache
def _text(file: str) -> str:
    return resources.files(__package__).joinpath(file).read_text("utf-8")
