"""A service at a fixed time, and one way to send it requests."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest

from apple_music_ratings_mock import MockService, Request, Response

_NOW = 1_800_000_000
_SIGNATURE = urlsafe_b64encode(bytes(64)).decode().rstrip("=")


@pytest.fixture
def now() -> int:
    """The time at which every test of the mock happens."""
    return _NOW


@pytest.fixture
def service(now: int) -> MockService:
    """A mock without a seed."""
    return MockService(now=lambda: now, error_ids=1)


@pytest.fixture
def a_token() -> Callable[..., str]:
    """Builds an unsigned developer token: good but for what the test changes.

    A member set to `...` is left out.
    """

    def build(*, head: Any = None, claims: Any = None, signature: str = _SIGNATURE) -> str:
        good_head = {"alg": "ES256", "kid": "ABCDE12345"}
        good_claims = {"iss": "TEAM123456", "iat": _NOW - 60, "exp": _NOW + 3600}
        return f"{_part(good_head, head)}.{_part(good_claims, claims)}.{signature}"

    return build


def _part(good: dict[str, Any], changes: Any) -> str:
    if isinstance(changes, bytes):
        return urlsafe_b64encode(changes).decode().rstrip("=")
    members = good | (changes or {})
    truncate_at = {key: value for key, value in members.items() if value is not ...}
    return _part({}, json.dumps(truncate_at).encode())


@pytest.fixture
def ask(service: MockService, a_token: Callable[..., str]) -> Callable[..., Response]:
    """Sends a request that is in order but for what the test changes.

    A target without a leading slash continues `/v1/me/ratings/`. A token or
    user that is None leaves its header out.
    """
    good_token = a_token()

    def send(
        method: str,
        target: str,
        *,
        body: Any = b"",
        token: str | None = good_token,
        user: str | None = "anna",
        headers: tuple[tuple[str, str], ...] = (),
        of: MockService = service,
    ) -> Response:
        path, _, query = target.partition("?")
        full_path = path if path.startswith("/") else f"/v1/me/ratings/{path}"
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        tokens = [("Authorization", f"Bearer {token}")] if token is not None else []
        tokens += [("Music-User-Token", user)] if user is not None else []
        return of.handle(Request(method, full_path, query, (*tokens, *headers), raw))

    return send


@pytest.fixture
def error_of() -> Callable[[Response], dict[str, Any]]:
    """Returns the one error of a response."""

    def read(response: Response) -> dict[str, Any]:
        error: dict[str, Any]
        (error,) = json.loads(response.body)["errors"]
        return error

    return read
