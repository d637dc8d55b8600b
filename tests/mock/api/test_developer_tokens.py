from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from apple_music_ratings_mock import MockService, Request, Response

NOW = 1_800_000_000
LONGEST = 15_777_000
HUGE = 10**400


def a_public_key(private_key: Any) -> bytes:
    """Return the public key as PEM."""
    form = PublicFormat.SubjectPublicKeyInfo
    text: bytes = private_key.public_key().public_bytes(Encoding.PEM, form)
    return text


def signed(private_key: Any, *, algorithm: str = "ES256") -> str:
    """Build a developer token signed with the key."""
    claims = {"iss": "TEAM123456", "iat": NOW, "exp": NOW + 60}
    return jwt.encode(claims, private_key, algorithm=algorithm, headers={"kid": "ABCDE12345"})


def is_accepted(response: Response) -> bool:
    """Nothing is rated, so an accepted token gets 404."""
    assert response.status in (401, 404)
    return response.status == 404


VALID_CLAIMS = [
    {},
    {"iat": NOW, "exp": NOW + LONGEST},
    {"iat": float(NOW), "exp": NOW + 0.5},
    {"iat": NOW + 5},
    {"unknown": [1, None]},
]


def test_well_formed_token_is_accepted(
    ask: Callable[..., Response], a_token: Callable[..., str]
) -> None:
    """Any signature is accepted, and a lifetime of up to 15,777,000 seconds."""
    rejected = [
        claims
        for claims in VALID_CLAIMS
        if not is_accepted(ask("GET", "songs/1", token=a_token(claims=claims)))
    ]

    assert not rejected


INVALID_CLAIMS = [
    {"iss": ...},
    {"iss": None},
    {"iss": "SHORT"},
    {"iss": 1234567890},
    {"iat": ...},
    {"iat": None},
    {"iat": str(NOW)},
    {"iat": True},
    {"iat": float("nan")},
    {"iat": float("-inf")},
    {"iat": -1},
    {"iat": -HUGE},
    {"iat": HUGE},
    {"iat": [NOW]},
    {"exp": ...},
    {"exp": None},
    {"exp": str(NOW + 60)},
    {"exp": True},
    {"exp": float("nan")},
    {"exp": float("inf")},
    {"exp": -1},
    {"exp": 0},
    {"exp": HUGE},
    {"exp": -HUGE},
    {"exp": NOW - 1},
    {"exp": NOW},
    {"iat": NOW, "exp": NOW + LONGEST + 1},
    {"iat": NOW - 100, "exp": NOW + LONGEST - 99},
    {"iat": NOW + 100, "exp": NOW + LONGEST + 100},
    {"iat": NOW + 60, "exp": NOW + 60},
    b"[]",
    b"null",
    b"not json",
    b"\xff\xfe",
    b'{"iss":"TEAM123456","iat":1800000000,"exp":1800000060,"exp":1800000061}',
    b'{"iss":"TEAM123456","iat":1800000000,"exp":' + b"9" * 5_000 + b"}",
    b"[" * 100_000,
]


def test_token_with_invalid_claims_is_rejected(
    ask: Callable[..., Response], a_token: Callable[..., str]
) -> None:
    """Whatever is invalid, the status is 401."""
    accepted = [
        claims
        for claims in INVALID_CLAIMS
        if is_accepted(ask("GET", "songs/1", token=a_token(claims=claims)))
    ]

    assert not accepted


INVALID_HEADERS = [
    {"alg": ...},
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "es256"},
    {"alg": ["ES256"]},
    {"kid": ...},
    {"kid": None},
    {"kid": "SHORT"},
    {"kid": "MUCH-TOO-LONG"},
    {"kid": 1234567890},
    b'"ES256"',
    b"",
]


def test_token_with_an_invalid_header_is_rejected(
    ask: Callable[..., Response], a_token: Callable[..., str]
) -> None:
    """Only ES256 with a key id of ten characters is accepted."""
    accepted = [
        head
        for head in INVALID_HEADERS
        if is_accepted(ask("GET", "songs/1", token=a_token(head=head)))
    ]

    assert not accepted


def test_signature_of_an_invalid_form_is_rejected(
    ask: Callable[..., Response], a_token: Callable[..., str]
) -> None:
    """An ES256 signature has 64 bytes; one in DER, or none, is rejected."""
    accepted = [
        signature
        for signature in ["", "sig", "A" * 85, "A" * 87, "A" * 96, "A" * 85 + "!"]
        if is_accepted(ask("GET", "songs/1", token=a_token(signature=signature)))
    ]

    assert not accepted


@pytest.mark.parametrize("pattern", ["Bearer {}", "bearer {}", "BEARER   {} "])
def test_scheme_may_be_in_any_case(a_token: Callable[..., str], pattern: str) -> None:
    """HTTP makes no reason between cases of a scheme."""
    assert is_accepted(asked_with(pattern.format(a_token())))


INVALID_AUTHORIZATIONS = [
    "{}",
    "Bearer",
    "Bearer ",
    "Bearer{}",
    "Basic {}",
    "Bearer {} {}",
    "Bearer {}=",
    "Bearer {}.",
]


def test_authorization_of_another_form_is_rejected(a_token: Callable[..., str]) -> None:
    """The header is the word Bearer and one token."""
    token = a_token()
    accepted = [
        pattern
        for pattern in INVALID_AUTHORIZATIONS
        if is_accepted(asked_with(pattern.format(token, token)))
    ]

    assert not accepted


def test_two_developer_tokens_are_rejected(a_token: Callable[..., str]) -> None:
    """Even the same token twice is one too many."""
    header = f"Bearer {a_token()}"

    assert not is_accepted(asked_with(header, header))


def test_missing_developer_token_is_rejected() -> None:
    """Without the header nothing opens."""
    assert not is_accepted(asked_with())


def asked_with(*authorizations: str) -> Response:
    """Send a request with these Authorization headers."""
    headers = [("authorization", value) for value in authorizations]
    headers.append(("music-user-token", "anna"))
    service = MockService(now=lambda: NOW)
    return service.handle(Request("GET", "/v1/me/ratings/songs/1", "", headers))


ORIGINS = [
    (["https://a.example"], ["https://a.example"], True),
    (["https://b.example", "https://a.example"], ["https://a.example"], True),
    (["https://a.example"], [], False),
    (["https://a.example"], ["https://b.example"], False),
    (["https://a.example"], ["https://a.example", "https://a.example"], False),
    ([], ["https://a.example"], False),
    ("https://a.example", ["https://a.example"], False),
    (None, ["https://a.example"], False),
    ([1], ["1"], False),
    ([["https://a.example"]], ["https://a.example"], False),
    (..., ["https://anybody.example"], True),
]


def test_token_with_origins_is_limited_to_them(
    ask: Callable[..., Response], a_token: Callable[..., str]
) -> None:
    """A token that names origins is accepted from exactly one of them."""
    offenders = []
    for claim, origins, expected in ORIGINS:
        headers = tuple(("Origin", origin) for origin in origins)
        token = a_token(claims={"origin": claim})
        if is_accepted(ask("GET", "songs/1", token=token, headers=headers)) is not expected:
            offenders.append((claim, origins))

    assert not offenders


def test_token_seen_before_still_expires(a_token: Callable[..., str]) -> None:
    """A token that was good is judged again when time has passed."""
    times = iter([NOW, NOW + 3599, NOW + 3600])
    service = MockService(now=lambda: next(times))
    headers = [("Authorization", f"Bearer {a_token()}"), ("Music-User-Token", "anna")]
    request = Request("GET", "/v1/me/ratings/songs/1", "", headers)

    assert [service.handle(request).status for _ in range(3)] == [404, 404, 401]


def test_many_tokens_are_all_accepted(
    ask: Callable[..., Response], a_token: Callable[..., str]
) -> None:
    """There is no limit to the tokens that come by."""
    tokens = [a_token(claims={"nonce": number}) for number in range(600)]

    assert all(is_accepted(ask("GET", "songs/1", token=token)) for token in tokens)


def test_signature_is_checked_against_the_key(ask: Callable[..., Response]) -> None:
    """With a public key, only its private half can sign."""
    mine, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    service = MockService(public_key=a_public_key(mine), now=lambda: NOW)
    tampered = signed(mine)[:-8] + "AAAAAAAA"

    assert is_accepted(ask("GET", "songs/1", token=signed(mine), of=service))
    assert not is_accepted(ask("GET", "songs/1", token=signed(other), of=service))
    assert not is_accepted(ask("GET", "songs/1", token=tampered, of=service))


def test_public_key_may_be_text(ask: Callable[..., Response]) -> None:
    """A key read as text is the same key."""
    key = ec.generate_private_key(ec.SECP256R1())
    service = MockService(public_key=a_public_key(key).decode(), now=lambda: NOW)

    assert is_accepted(ask("GET", "songs/1", token=signed(key), of=service))


@pytest.mark.parametrize(
    ("pem", "near_miss"),
    [
        (b"", "not a public key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "not a public key"),
        (a_public_key(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        (a_public_key(rsa.generate_private_key(65537, 2048)), "P-256"),
        (
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ),
            "private key.*openssl pkey",
        ),
    ],
    ids=["empty", "broken", "P-384", "RSA", "private"],
)
def test_wrong_key_is_rejected_with_a_message(pem: bytes, near_miss: str) -> None:
    """A key that is not a P-256 public key is rejected when the service is created."""
    with pytest.raises(ValueError, match=near_miss):
        MockService(public_key=pem)


def test_minted_token_is_accepted(ask: Callable[..., Response], service: MockService) -> None:
    """The mock's own token is a good one, at once and for 180 days."""
    token = service.developer_token()
    claims = jwt.decode(token, options={"verify_signature": False})

    assert is_accepted(ask("GET", "songs/1", token=token))
    assert claims["exp"] - claims["iat"] == 180 * 86_400


@pytest.mark.parametrize(("lifetime", "expected"), [(60, True), (LONGEST, True), (-1, False)])
def test_minted_token_lives_as_long_as_asked(
    ask: Callable[..., Response],
    service: MockService,
    lifetime: float,
    expected: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """A test can have a token that is about to end, or has ended."""
    token = service.developer_token(lifetime=lifetime)

    assert is_accepted(ask("GET", "songs/1", token=token)) is expected


def test_mock_with_a_foreign_key_cannot_sign() -> None:
    """A mock that verifies with a given key cannot sign."""
    service = MockService(public_key=a_public_key(ec.generate_private_key(ec.SECP256R1())))

    with pytest.raises(ValueError, match="only you can sign"):
        service.developer_token()
