from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.sign_ins import USER_TOKEN

from apple_music_ratings import ConfigurationError, RatingsClient, RetryPolicy
from apple_music_ratings.doctor.checks import Check, CheckStatus, run_checks
from apple_music_ratings.profiles.store import Profile
from apple_music_ratings_mock import MockService

NOON = 1_800_014_400.0  # Fri, 15 Jan 2027 12:00:00 GMT
DATE = "Fri, 15 Jan 2027 12:00:00 GMT"
KEY = ec.generate_private_key(ec.SECP256R1())
NAMES = [
    "configuration",
    "private key",
    "developer token",
    "Music User Token",
    "subscription",
    "ratings",
    "clock",
]
OK, FAILED, SKIPPED = "+x-"
STOREFRONT = {"data": [{"id": "us", "type": "storefronts", "href": "/v1/storefronts/us"}]}
RATING = {
    "data": [
        {
            "id": "907242702",
            "type": "ratings",
            "href": "/v1/me/ratings/songs/907242702",
            "attributes": {"value": 1},
        }
    ]
}

Reply = Callable[[httpx.Request], httpx.Response]


def pem(key: Any = KEY) -> str:
    """Return a key in the form Apple provides it."""
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return text.decode()


def a_token(**claims: Any) -> str:
    """Sign a developer token that is valid at noon, except for these claims."""
    good = {"iss": "TESTTEAM01", "iat": int(NOON) - 60, "exp": int(NOON) + 3600}
    return jwt.encode(good | claims, KEY, algorithm="ES256", headers={"kid": "TESTKEY001"})


def ready(**changes: str) -> dict[str, str]:
    """Return an environment without problems, except for these variables."""
    environ = {"APPLE_MUSIC_DEVELOPER_TOKEN": a_token(), "APPLE_MUSIC_USER_TOKEN": USER_TOKEN}
    return environ | {f"APPLE_MUSIC_{name}": value for name, value in changes.items()}


def keyed(path: Path | str, **changes: str) -> dict[str, str]:
    """Return an environment with a key."""
    given = {"PRIVATE_KEY": str(path), "KEY_ID": "TESTKEY001", "TEAM_ID": "TESTTEAM01"}
    return ready(**(given | changes), DEVELOPER_TOKEN="")


def a_service(
    *,
    test: Reply | int = 200,
    storefront: Reply | int = 200,
    rating: Reply | int = 200,
    date: str | None = DATE,
    requested: list[str] | None = None,
) -> httpx.MockTransport:
    """Build a service with these responses to the three calls."""
    bodies = {"/v1/test": None, "/v1/me/storefront": STOREFRONT}
    replies = {"/v1/test": test, "/v1/me/storefront": storefront}

    def respond(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if requested is not None:
            requested.append(path)
        reply = replies.get(path, rating)
        if not isinstance(reply, int):
            return reply(request)
        headers = {} if date is None else {"Date": date}
        body = bodies.get(path, RATING) if reply == 200 else None
        return httpx.Response(reply, headers=headers, json=body)

    return httpx.MockTransport(respond)


def no_subscription(_request: httpx.Request) -> httpx.Response:
    """Respond as for an account without a subscription."""
    error = {"status": "400", "code": "40015", "title": "Insufficient Privileges"}
    return httpx.Response(400, headers={"Date": DATE}, json={"errors": [error]})


def no_response(request: httpx.Request) -> httpx.Response:
    """Break the connection."""
    raise httpx.ConnectError("as scripted", request=request)


class NoonClock:
    """A clock at noon."""

    def now(self) -> float:
        """Return the time."""
        return NOON

    def sleep(self, _seconds: float, *, until: object = None) -> bool:  # noqa: ARG002
        """Return at once."""
        return False

    async def sleep_async(self, _seconds: float, *, until: object = None) -> bool:  # noqa: ARG002
        """Return at once."""
        return False

    def jitter(self) -> float:
        """Return a constant."""
        return 0.0


def checks(
    environ: dict[str, str],
    transport: httpx.BaseTransport | None = None,
    *,
    saved: Profile | None = None,
    load: Callable[[str], Profile | None] | None = None,
    now: float = NOON,
) -> list[Check]:
    """Run all checks."""
    connect = partial(
        RatingsClient,
        transport=transport or a_service(),
        clock=NoonClock(),
        retry=RetryPolicy(max_attempts=2),
    )
    return list(
        run_checks(
            environ,
            profile="work",
            load=load or (lambda _name: saved),
            connect=connect,
            now=lambda: now,
        )
    )


def results(found: list[Check]) -> str:
    """Return the results in a row: + ok, x failed, - skipped."""
    signs = {CheckStatus.OK: OK, CheckStatus.FAILED: FAILED, CheckStatus.SKIPPED: SKIPPED}
    return "".join(signs[check.status] for check in found)


def message(found: list[Check], name: str) -> str:
    """Return the message of a check, and its next step."""
    check = found[NAMES.index(name)]
    return f"{check.message} {check.next_step or ''}"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key that only its owner can read."""
    path = tmp_path / "AuthKey TEST.p8"
    path.touch(mode=0o600)
    path.write_text(pem())
    return path


def test_checks_are_in_the_order_of_a_call() -> None:
    """Whatever their results are."""
    assert [check.name for check in checks({})] == NAMES
    assert [check.name for check in checks(ready())] == NAMES


def test_all_is_well_with_a_key(key_file: Path) -> None:
    """Every check runs."""
    found = checks(keyed(key_file))

    assert results(found) == "+++++++"
    assert "only you can read" in message(found, "private key")
    assert "storefront is us" in message(found, "Music User Token")


def test_all_is_well_with_a_ready_made_token() -> None:
    """Without a key, its check is skipped."""
    found = checks(ready())

    assert results(found) == "+-+++++"
    assert "cannot be renewed" in message(found, "private key")
    assert "expires on 2027-01-15 at 13:00 UTC" in message(found, "developer token")


def test_all_is_well_against_the_mock(key_file: Path) -> None:
    """The three calls are in the contract."""
    service = MockService()
    found = checks(keyed(key_file), service.transport)

    assert results(found)[:6] == "++++++"


def test_host_that_accepted_the_tokens_is_named() -> None:
    """Apple is named only if it was asked."""
    for base_url, name in (
        ("", "Apple"),
        ("https://api.music.apple.com", "Apple"),
        ("http://127.0.0.1:8788", "the service at 127.0.0.1:8788"),
    ):
        found = checks(ready(BASE_URL=base_url))
        failed = checks(ready(BASE_URL=base_url), a_service(storefront=403))

        assert f"Accepted by {name}. It expires" in message(found, "developer token")
        assert f"Accepted by {name}. The account" in message(found, "Music User Token")
        assert f"403: {name} accepted the developer" in message(failed, "Music User Token")


def test_response_is_explained_where_it_belongs() -> None:
    """What cannot be checked after a failure is skipped, and the failure says what to do."""
    cases: list[tuple[dict[str, Any], str, str, list[str]]] = [
        ({"test": 401}, "+-x---+", "developer token", ["401", "--decode"]),
        ({"test": 403}, "+-x---+", "developer token", ["403", "MusicKit"]),
        ({"test": 404}, "+-x---+", "developer token", ["BASE_URL"]),
        ({"test": 429}, "+-x---+", "developer token", ["429", "Wait"]),
        ({"test": 503}, "+-x---+", "developer token", ["503", "later"]),
        ({"test": no_response}, "+-x----", "developer token", ["No response", "connection"]),
        ({"storefront": 401}, "+-+x--+", "Music User Token", ["401", "login"]),
        ({"storefront": 403}, "+-+x--+", "Music User Token", ["403", "login"]),
        ({"storefront": 500}, "+-+x--+", "Music User Token", ["500", "later"]),
        ({"storefront": no_subscription}, "+-+++++", "Music User Token", ["Accepted by Apple."]),
        ({"rating": no_subscription}, "+-++x-+", "subscription", ["40015", "subscribes"]),
        ({"rating": 403}, "+-++-x+", "ratings", ["403", "login"]),
        ({"rating": 400}, "+-++-x+", "ratings", ["400", "Neither token"]),
        ({"rating": 404}, "+-+++++", "ratings", ["can be read"]),
    ]
    for responses, expected, name, parts in cases:
        found = checks(ready(), a_service(**responses))

        assert results(found) == expected
        assert not [part for part in parts if part not in message(found, name)]


def test_no_request_changes_anything() -> None:
    """Four reads, the last one for the clock."""
    requested: list[str] = []
    checks(ready(), a_service(requested=requested))

    assert requested == [
        "/v1/test",
        "/v1/me/storefront",
        "/v1/me/ratings/songs/907242702",
        "/v1/test",
    ]


def test_missing_variable_is_named() -> None:
    """In the first check."""
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["DEVELOPER_TOKEN", "USER_TOKEN"]),
        (ready(USER_TOKEN=""), ["USER_TOKEN"]),
        (ready(DEVELOPER_TOKEN=""), ["DEVELOPER_TOKEN"]),
        (keyed("key.p8", TEAM_ID=""), ["TEAM_ID"]),
    ]
    for environ, named in cases:
        found = checks(environ)

        assert found[0].status is CheckStatus.FAILED
        assert not [name for name in named if f"APPLE_MUSIC_{name}" not in message(found, NAMES[0])]


def test_developer_token_is_checked_without_a_user_token() -> None:
    """Each problem is found in one go."""
    found = checks(ready(USER_TOKEN=""))

    assert results(found) == "x-+x--+"
    assert "login" in message(found, "Music User Token")


def test_source_is_reported() -> None:
    """For each value, where it came from."""
    cases: list[tuple[Profile | None, dict[str, str], str]] = [
        (
            None,
            ready(),
            "token from APPLE_MUSIC_DEVELOPER_TOKEN; the Music User Token from",
        ),
        (Profile(music_user_token=USER_TOKEN), ready(USER_TOKEN=""), "from the profile 'work'."),
        (None, ready(BASE_URL="http://127.0.0.1:9"), "APPLE_MUSIC_BASE_URL (http://127.0.0.1:9)"),
        (
            Profile(key_id="TESTKEY001", team_id="TESTTEAM01"),
            {"APPLE_MUSIC_PRIVATE_KEY": "key.p8"},
            "the key from APPLE_MUSIC_PRIVATE_KEY and the profile 'work'.",
        ),
        (None, {}, "Nothing is set."),
    ]
    for saved, environ, expected in cases:
        assert expected in checks(environ, saved=saved)[0].message


def test_profile_is_not_read_when_the_environment_is_complete() -> None:
    """A locked keyring that is not needed is not a failure."""

    def reject(_name: str) -> None:
        raise ConfigurationError("The keyring is locked.")

    assert results(checks(ready(), load=reject)) == "+-+++++"
    assert results(checks({}, load=reject)) == "x------"
    assert "locked" in message(checks({}, load=reject), "configuration")


def test_base_url_that_cannot_be_used_is_a_configuration_error() -> None:
    """Tokens are not sent where others could read them."""
    found = checks(ready(BASE_URL="http://example.com"))

    assert results(found) == "x------"
    assert "https" in message(found, "configuration")


def test_key_that_cannot_sign_is_explained(tmp_path: Path) -> None:
    """Format and curve; everything after it is skipped."""
    cases: list[tuple[str | None, str]] = [
        (pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        ("no key", "cannot be read"),
        (None, "cannot be read"),
    ]
    for content, parts in cases:
        path = tmp_path / "AuthKey.p8"
        if content is not None:
            path.touch(mode=0o600)
            path.write_text(content)
        found = checks(keyed(path))

        assert results(found) == "+x-----"
        assert parts in message(found, "private key")
        assert "Apple's developer site" in message(found, "private key")


def test_key_that_others_can_read_fails_and_the_checks_continue(key_file: Path) -> None:
    """With the command that fixes it."""
    key_file.chmod(0o644)
    found = checks(keyed(key_file))

    assert results(found) == "+x+++++"
    assert f"chmod 600 '{key_file}'" in message(found, "private key")


def test_key_in_a_variable_has_no_permissions() -> None:
    """Only a file has them."""
    found = checks(keyed(pem()))

    assert results(found) == "+++++++"
    assert "from a variable" in message(found, "private key")


def test_developer_token_is_read_before_it_is_sent() -> None:
    """A token that Apple would reject is not sent."""
    cases: list[tuple[str, str]] = [
        (a_token(exp=int(NOON) - 3600), "expired, 1 hour ago"),
        (a_token(iss="SHORT"), "ten letters"),
        (a_token(origin=["https://example.com"]), "Origin header"),
        ("head.claims.signature", "cannot be parsed"),
        ("two words", "space"),
    ]
    for token, parts in cases:
        requested: list[str] = []
        found = checks(ready(DEVELOPER_TOKEN=token), a_service(requested=requested))

        assert results(found) == "+-x----"
        assert parts in message(found, "developer token")
        assert requested == []


def test_clock_is_compared_with_the_response() -> None:
    """With a wrong clock, Apple rejects the tokens that this machine signs."""
    cases: list[tuple[str | None, float, str, str]] = [
        (DATE, NOON + 59, OK, "agrees"),
        (DATE, NOON + 120, FAILED, "120 s ahead"),
        (DATE, NOON - 30, OK, "agrees"),
        (None, NOON, SKIPPED, "No response had"),
    ]
    for date, now, mark, parts in cases:
        found = checks(ready(), a_service(date=date), now=now)

        assert results(found)[-1] == mark
        assert parts in message(found, "clock")


def test_wrong_clock_is_found_after_a_rejection_too() -> None:
    """It may be the reason for the 401."""

    def reject(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, headers={"Date": "Fri, 15 Jan 2027 11:00:00 GMT"})

    found = checks(ready(), a_service(test=reject))

    assert results(found) == "+-x---x"
    assert "3600 s ahead" in message(found, "clock")


def test_service_that_stops_responding_before_the_clock_is_not_a_failure() -> None:
    """All that matters was checked."""
    requested: list[str] = []

    def once(request: httpx.Request) -> httpx.Response:
        return no_response(request) if requested.count("/v1/test") > 1 else httpx.Response(200)

    found = checks(ready(), a_service(test=once, requested=requested))

    assert results(found) == "+-++++-"


def test_no_token_is_ever_shown(key_file: Path) -> None:
    """Neither in a passed check nor in a failed one."""
    secrets = [USER_TOKEN, pem().splitlines()[1], a_token().split(".")[1]]
    runs = [
        checks(ready()),
        checks(keyed(key_file)),
        checks(keyed(pem())),
        checks(ready(), a_service(test=401, storefront=403)),
        checks(ready(), a_service(storefront=403)),
        checks(ready(DEVELOPER_TOKEN=a_token(iss="SHORT"))),
    ]
    output = "\n".join(message([check], NAMES[0]) for run in runs for check in run)

    assert not [secret for secret in secrets if secret in output]
