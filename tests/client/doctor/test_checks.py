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
    """Write a key as Apple hands it out."""
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return text.decode()


def a_token(**claims: Any) -> str:
    """Sign a developer token that is good at noon, but for these claims."""
    good = {"iss": "TESTTEAM01", "iat": int(NOON) - 60, "exp": int(NOON) + 3600}
    return jwt.encode(good | claims, KEY, algorithm="ES256", headers={"kid": "TESTKEY001"})


def ready(**changes: str) -> dict[str, str]:
    """Give an environment in which all is well, but for these variables."""
    environ = {"APPLE_MUSIC_DEVELOPER_TOKEN": a_token(), "APPLE_MUSIC_USER_TOKEN": USER_TOKEN}
    return environ | {f"APPLE_MUSIC_{name}": value for name, value in changes.items()}


def keyed(path: Path | str, **changes: str) -> dict[str, str]:
    """Give an environment with a key."""
    given = {"PRIVATE_KEY": str(path), "KEY_ID": "TESTKEY001", "TEAM_ID": "TESTTEAM01"}
    return ready(**(given | changes), DEVELOPER_TOKEN="")


def a_service(
    *,
    test: Reply | int = 200,
    storefront: Reply | int = 200,
    rating: Reply | int = 200,
    date: str | None = DATE,
    asked: list[str] | None = None,
) -> httpx.MockTransport:
    """Build a service that answers so to each of the three calls."""
    bodies = {"/v1/test": None, "/v1/me/storefront": STOREFRONT}
    replies = {"/v1/test": test, "/v1/me/storefront": storefront}

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if asked is not None:
            asked.append(path)
        reply = replies.get(path, rating)
        if not isinstance(reply, int):
            return reply(request)
        headers = {} if date is None else {"Date": date}
        body = bodies.get(path, RATING) if reply == 200 else None
        return httpx.Response(reply, headers=headers, json=body)

    return httpx.MockTransport(answer)


def no_subscription(_request: httpx.Request) -> httpx.Response:
    """Answer as for an account without a subscription."""
    error = {"status": "400", "code": "40015", "title": "Insufficient Privileges"}
    return httpx.Response(400, headers={"Date": DATE}, json={"errors": [error]})


def no_answer(request: httpx.Request) -> httpx.Response:
    """Break the connection."""
    raise httpx.ConnectError("as scripted", request=request)


class NoonClock:
    """It is always noon."""

    def now(self) -> float:
        """Give the time."""
        return NOON

    def sleep(self, _seconds: float, *, until: object = None) -> bool:  # noqa: ARG002
        """Return at once."""
        return False

    async def sleep_async(self, _seconds: float, *, until: object = None) -> bool:  # noqa: ARG002
        """Return at once."""
        return False

    def jitter(self) -> float:
        """Give no chance a chance."""
        return 0.0


def checks(
    environ: dict[str, str],
    transport: httpx.BaseTransport | None = None,
    *,
    kept: Profile | None = None,
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
            load=load or (lambda _name: kept),
            connect=connect,
            now=lambda: now,
        )
    )


def marks(found: list[Check]) -> str:
    """Show the marks in a row: + well, x failed, - skipped."""
    signs = {CheckStatus.OK: OK, CheckStatus.FAILED: FAILED, CheckStatus.SKIPPED: SKIPPED}
    return "".join(signs[check.status] for check in found)


def words(found: list[Check], name: str) -> str:
    """Give what a check said, and its next step."""
    check = found[NAMES.index(name)]
    return f"{check.message} {check.next_step or ''}"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key that only its owner can read."""
    path = tmp_path / "AuthKey TEST.p8"
    path.touch(mode=0o600)
    path.write_text(pem())
    return path


def test_checks_stand_in_the_order_of_a_call() -> None:
    """Whatever comes of them."""
    assert [check.name for check in checks({})] == NAMES
    assert [check.name for check in checks(ready())] == NAMES


def test_all_is_well_with_a_key(key_file: Path) -> None:
    """Every check can be made."""
    found = checks(keyed(key_file))

    assert marks(found) == "+++++++"
    assert "only you can read" in words(found, "private key")
    assert "storefront is us" in words(found, "Music User Token")


def test_all_is_well_with_a_ready_made_token() -> None:
    """Then there is no key to check."""
    found = checks(ready())

    assert marks(found) == "+-+++++"
    assert "cannot be renewed" in words(found, "private key")
    assert "ends on 2027-01-15 at 13:00 UTC" in words(found, "developer token")


def test_all_is_well_against_the_mock(key_file: Path) -> None:
    """The three calls are in the contract."""
    service = MockService()
    found = checks(keyed(key_file), service.transport)

    assert marks(found)[:6] == "++++++"


@pytest.mark.parametrize(
    ("answers", "expected", "name", "said"),
    [
        ({"test": 401}, "+-x---+", "developer token", ["401", "--decode"]),
        ({"test": 403}, "+-x---+", "developer token", ["403", "MusicKit"]),
        ({"test": 404}, "+-x---+", "developer token", ["BASE_URL"]),
        ({"test": 429}, "+-x---+", "developer token", ["429", "Wait"]),
        ({"test": 503}, "+-x---+", "developer token", ["503", "later"]),
        ({"test": no_answer}, "+-x----", "developer token", ["No answer", "connection"]),
        ({"storefront": 401}, "+-+x--+", "Music User Token", ["401", "login"]),
        ({"storefront": 403}, "+-+x--+", "Music User Token", ["403", "login"]),
        ({"storefront": 500}, "+-+x--+", "Music User Token", ["500", "later"]),
        ({"storefront": no_subscription}, "+-+++++", "Music User Token", ["Apple takes it"]),
        ({"rating": no_subscription}, "+-++x-+", "subscription", ["40015", "subscribes"]),
        ({"rating": 403}, "+-++-x+", "ratings", ["403", "login"]),
        ({"rating": 400}, "+-++-x+", "ratings", ["400", "neither token"]),
        ({"rating": 404}, "+-+++++", "ratings", ["can be read"]),
    ],
)
def test_answer_is_explained_where_it_belongs(
    answers: dict[str, Any], expected: str, name: str, said: list[str]
) -> None:
    """What cannot be checked after a failure is skipped, and the failure says what to do."""
    found = checks(ready(), a_service(**answers))

    assert marks(found) == expected
    assert not [part for part in said if part not in words(found, name)]


def test_nothing_is_asked_that_changes_anything() -> None:
    """Four reads, the last one for the clock."""
    asked: list[str] = []
    checks(ready(), a_service(asked=asked))

    assert asked == ["/v1/test", "/v1/me/storefront", "/v1/me/ratings/songs/907242702", "/v1/test"]


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, ["DEVELOPER_TOKEN", "USER_TOKEN"]),
        (ready(USER_TOKEN=""), ["USER_TOKEN"]),
        (ready(DEVELOPER_TOKEN=""), ["DEVELOPER_TOKEN"]),
        (keyed("key.p8", TEAM_ID=""), ["TEAM_ID"]),
    ],
)
def test_missing_variable_is_named(environ: dict[str, str], named: list[str]) -> None:
    """In the first check."""
    found = checks(environ)

    assert found[0].status is CheckStatus.FAILED
    assert not [name for name in named if f"APPLE_MUSIC_{name}" not in words(found, NAMES[0])]


def test_developer_token_is_checked_without_a_person() -> None:
    """Half the way to go is half the way gone."""
    found = checks(ready(USER_TOKEN=""))

    assert marks(found) == "x-+x--+"
    assert "login" in words(found, "Music User Token")


@pytest.mark.parametrize(
    ("kept", "environ", "expected"),
    [
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
    ],
)
def test_winner_is_told(kept: Profile | None, environ: dict[str, str], expected: str) -> None:
    """For each value, where it came from."""
    assert expected in checks(environ, kept=kept)[0].message


def test_profile_is_left_alone_when_the_environment_has_all() -> None:
    """A locked keyring that nobody needs is no failure."""

    def refuse(_name: str) -> None:
        raise ConfigurationError("The keyring is locked.")

    assert marks(checks(ready(), load=refuse)) == "+-+++++"
    assert marks(checks({}, load=refuse)) == "x------"
    assert "locked" in words(checks({}, load=refuse), "configuration")


def test_base_url_that_cannot_be_used_is_a_matter_of_configuration() -> None:
    """Tokens are not sent where others could read them."""
    found = checks(ready(BASE_URL="http://example.com"))

    assert marks(found) == "x------"
    assert "https" in words(found, "configuration")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        ("no key", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_key_that_cannot_sign_is_explained(tmp_path: Path, content: str | None, said: str) -> None:
    """Format and curve; everything after it is skipped."""
    path = tmp_path / "AuthKey.p8"
    if content is not None:
        path.touch(mode=0o600)
        path.write_text(content)
    found = checks(keyed(path))

    assert marks(found) == "+x-----"
    assert said in words(found, "private key")
    assert "Apple's developer site" in words(found, "private key")


def test_key_that_others_can_read_fails_and_the_rest_goes_on(key_file: Path) -> None:
    """With the command that mends it."""
    key_file.chmod(0o644)
    found = checks(keyed(key_file))

    assert marks(found) == "+x+++++"
    assert f"chmod 600 '{key_file}'" in words(found, "private key")


def test_key_in_a_variable_has_no_permissions() -> None:
    """Only a file does."""
    found = checks(keyed(pem()))

    assert marks(found) == "+++++++"
    assert "from a variable" in words(found, "private key")


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (a_token(exp=int(NOON) - 3600), "expired, 1 hour ago"),
        (a_token(iss="SHORT"), "ten letters"),
        (a_token(origin=["https://example.com"]), "Origin header"),
        ("head.claims.signature", "cannot be read"),
        ("two words", "space"),
    ],
)
def test_developer_token_is_read_before_it_is_sent(token: str, said: str) -> None:
    """What Apple would refuse is not tried."""
    asked: list[str] = []
    found = checks(ready(DEVELOPER_TOKEN=token), a_service(asked=asked))

    assert marks(found) == "+-x----"
    assert said in words(found, "developer token")
    assert asked == []


@pytest.mark.parametrize(
    ("date", "now", "mark", "said"),
    [
        (DATE, NOON + 59, OK, "agrees"),
        (DATE, NOON + 120, FAILED, "120 s ahead"),
        (DATE, NOON - 30, OK, "agrees"),
        (None, NOON, SKIPPED, "No answer said"),
    ],
)
def test_clock_is_compared_with_the_answer(
    date: str | None, now: float, mark: str, said: str
) -> None:
    """A machine whose clock is wrong signs tokens that Apple refuses."""
    found = checks(ready(), a_service(date=date), now=now)

    assert marks(found)[-1] == mark
    assert said in words(found, "clock")


def test_wrong_clock_is_seen_in_a_refusal_too() -> None:
    """It may be the reason for the 401."""

    def refuse(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, headers={"Date": "Fri, 15 Jan 2027 11:00:00 GMT"})

    found = checks(ready(), a_service(test=refuse))

    assert marks(found) == "+-x---x"
    assert "3600 s ahead" in words(found, "clock")


def test_service_that_falls_silent_before_the_clock_is_no_failure() -> None:
    """All that matters had been answered."""
    asked: list[str] = []

    def once(request: httpx.Request) -> httpx.Response:
        return no_answer(request) if asked.count("/v1/test") > 1 else httpx.Response(200)

    found = checks(ready(), a_service(test=once, asked=asked))

    assert marks(found) == "+-++++-"


def test_no_token_is_ever_said(key_file: Path) -> None:
    """Not in a good check, and not in a bad one."""
    secrets = [USER_TOKEN, pem().splitlines()[1], a_token().split(".")[1]]
    runs = [
        checks(ready()),
        checks(keyed(key_file)),
        checks(keyed(pem())),
        checks(ready(), a_service(test=401, storefront=403)),
        checks(ready(), a_service(storefront=403)),
        checks(ready(DEVELOPER_TOKEN=a_token(iss="SHORT"))),
    ]
    said = "\n".join(words([check], NAMES[0]) for run in runs for check in run)

    assert not [secret for secret in secrets if secret in said]
