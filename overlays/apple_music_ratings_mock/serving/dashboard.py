"""The dashboard: one page that shows what the admin API returns."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from attrs import asdict

from apple_music_ratings_mock.api.behaviors import describe_behaviors
from apple_music_ratings_mock.api.messages import Response
from apple_music_ratings_mock.faults.kinds import FaultKind


def dashboard_response() -> Response:
    """Return the page. It contains no data; it requests that from the admin API."""
    page, policy = _page()
    return Response(
        200,
        (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Content-Security-Policy", policy),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ),
        page,
    )


def tables() -> dict[str, object]:
    """Return the tables of fault kinds and behaviors, from which the page builds its controls."""
    return {
        "faults": [
            {"kind": kind, "effect": kind.effect, "options": dict(kind.options)}
            for kind in FaultKind
        ],
        "behaviors": [asdict(each) for each in describe_behaviors()],
    }


@cache
def _page() -> tuple[bytes, str]:
    """Return the page, and the policy that allows only its own script and style."""
    page = Path(__file__).with_name("dashboard.html").read_bytes()
    script = _hash_between(page, b"<script>", b"</script>")
    style = _hash_between(page, b"<style>", b"</style>")
    policy = (
        f"default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy


def _hash_between(page: bytes, start: bytes, end: bytes) -> str:
    inside = page.partition(start)[2].partition(end)[0]
    return f"'sha256-{b64encode(sha256(inside).digest()).decode()}'"
