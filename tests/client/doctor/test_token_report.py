from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings.doctor.token_report import inspect_developer_token

NOW = 1_800_000_000.0
DAY = 24 * 3600
HEADER = {"alg": "ES256", "kid": "TESTKEY001", "typ": "JWT"}
CLAIMS: dict[str, Any] = {"iss": "TESTTEAM01", "iat": int(NOW) - DAY, "exp": int(NOW) + 29 * DAY}
GONE = object()


def part(document: Any) -> str:
    """Write one part of a token."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return urlsafe_b64encode(data).decode().rstrip("=")


def a_token(
    header: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
    signature: bytes = bytes(64),
) -> str:
    """Build a valid token with these changes; `GONE` omits an entry."""
    changed = []
    for good, changes in ((HEADER, header), (CLAIMS, claims)):
        merged = good | (changes or {})
        changed.append({name: value for name, value in merged.items() if value is not GONE})
    return f"{part(changed[0])}.{part(changed[1])}.{part(signature)}"


def problems(token: str, **facts: Any) -> tuple[str, ...]:
    """Return what would be rejected."""
    return inspect_developer_token(token, now=NOW, **facts).problems


def test_what_apple_would_reject_is_reported() -> None:
    """Each problem is named, with the value and the expected one."""
    cases: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({"alg": "HS256"}, {}, r'`alg` is "HS256"; Apple accepts ES256 only'),
        ({"alg": "none"}, {}, r'`alg` is "none"'),
        ({"alg": GONE}, {}, r"`alg` is null"),
        ({"kid": GONE}, {}, r"header `kid` is missing.* key id"),
        ({"kid": "SHORT"}, {}, r'ten .* key id, not "SHORT" \(5 characters\)'),
        ({"kid": "ELEVENCHARS"}, {}, r"\(11 characters\)"),
        ({"kid": "TEST-KEY01"}, {}, r"letters and digits"),
        ({"kid": 1234567890}, {}, r"key id as text, not 1234567890"),
        ({}, {"iss": GONE}, r"claim `iss` is missing.* team id"),
        ({}, {"iss": "com.example.app"}, r'not "com.example.app" \(15 characters\)'),
        ({}, {"iss": 1234567890}, r"team id as text, not 1234567890"),
        ({}, {"iss": True}, r"team id as text, not true"),
        ({}, {"iat": GONE}, r"claim `iat` is missing"),
        ({}, {"exp": GONE}, r"claim `exp` is missing"),
        ({}, {"iat": str(int(NOW))}, r'`iat` must be a number .* not "1800000000"'),
        ({}, {"exp": "2027-06-01"}, r'`exp` must be a number .* not "2027-06-01"'),
        ({}, {"exp": True}, r"`exp` must be a number .* not true"),
        ({}, {"exp": float("nan")}, r"`exp` must be a number .* not NaN"),
        ({}, {"exp": [1]}, r"`exp` must be a number"),
        ({}, {"exp": int(NOW)}, r"expired, 0 s ago"),
        ({}, {"exp": int(NOW) - 90}, r"expired, 1\.5 minutes ago"),
        ({}, {"iat": int(NOW) + 61}, r"issued in the future, 1 minute from now"),
        ({}, {"iat": int(NOW) * 1000}, r"milliseconds"),
        (
            {},
            {"exp": CLAIMS["iat"] + 180 * DAY + 1},
            r"lifetime is 180 days; .* 180 days is the longest",
        ),
        ({}, {"exp": CLAIMS["iat"] + 15_777_000}, r"lifetime is 182\.6 days"),
        ({}, {"exp": 10**400}, r"`exp` must be a number .* not 1000"),
        ({}, {"exp": CLAIMS["iat"]}, r"expires before it is issued"),
        ({}, {"origin": "https://example.com"}, r'must be a list of web origins, not "https'),
        ({}, {"origin": [1]}, r"must be a list of web origins, not \[1\]"),
        ({}, {"origin": None}, r"must be a list of web origins, not null"),
        ({}, {"origin": ["https://example.com"]}, r"without an Origin header"),
        ({}, {"origin": []}, r"without an Origin header"),
    ]
    for header, claims, words in cases:
        found = problems(a_token(header, claims))

        assert any(re.search(words, problem) for problem in found), found


def test_good_token_has_no_problem() -> None:
    """At the edges too, and whatever else it claims."""
    cases: list[dict[str, Any]] = [
        {},
        {"iat": int(NOW) + 60},
        {"iat": NOW - 0.5},
        {"exp": CLAIMS["iat"] + 180 * DAY},
        {"exp": int(NOW) + 1},
        {"something": "else"},
    ]
    for claims in cases:
        assert problems(a_token({}, claims)) == ()


def test_signature_of_another_length_is_a_problem() -> None:
    """ES256 has two numbers of 32 bytes; DER, which many tools write, has more."""
    for signature in (b"", bytes(63), bytes(65), bytes(71)):
        found = problems(a_token(signature=signature or b"x"))

        assert len(found) == 1
        assert "64 bytes" in found[0]


def test_origin_of_the_sender_is_compared() -> None:
    """A token may be limited to web pages, and this client is not one."""
    cases: list[tuple[str | None, str | None]] = [
        ("https://example.com", None),
        ("https://example.org", "without https://example.org"),
        (None, "without an Origin header"),
    ]
    for origin, words in cases:
        found = problems(a_token({}, {"origin": ["https://example.com"]}), origin=origin)

        assert bool(found) is (words is not None)
        assert all(words in problem for problem in found if words)


def test_token_without_origin_is_good_for_every_origin() -> None:
    """Most tokens are."""
    assert problems(a_token(), origin="https://example.com") == ()


def test_text_that_is_not_a_token_is_reported() -> None:
    """A Music User Token in its place, for instance."""
    cases: list[str] = [
        "",
        "one",
        "one.two",
        "one.two.three.four",
        "one..three",
        "0.UserOfTest/with+signs==",
        "ä.b.c",
        "a b.c.d",
    ]
    for text in cases:
        (problem,) = problems(text)

        assert "not a JSON Web Token" in problem


def test_part_that_cannot_be_parsed_is_named() -> None:
    """Whatever is in it."""
    cases: list[tuple[str, str]] = [
        (f"{part(b'no json')}.{part(CLAIMS)}.{part(bytes(64))}", "header"),
        (f"{part([1])}.{part(CLAIMS)}.{part(bytes(64))}", "header"),
        (f"{part(HEADER)}.{part(b'{')}.{part(bytes(64))}", "claims"),
        (f"{part(HEADER)}.{part(b'[' * 100_000)}.{part(bytes(64))}", "claims"),
        (f"{part(HEADER)}.{part(bytes([255, 254]))}.{part(bytes(64))}", "claims"),
        (f"{part(HEADER)}.AAAAA.{part(bytes(64))}", "claims"),
    ]
    for token, which in cases:
        (problem,) = problems(token)

        assert problem.startswith(f"The {which} cannot be parsed")


def test_readable_part_is_shown_beside_an_unreadable_one() -> None:
    """It may say which key the token was meant for."""
    header_only = inspect_developer_token(f"{part(HEADER)}.AAAAA.AAAA", now=NOW)
    claims_only = inspect_developer_token(f"AAAAA.{part(CLAIMS)}.AAAA", now=NOW)

    assert (header_only.header, header_only.claims) == (HEADER, {})
    assert (claims_only.header, claims_only.claims) == ({}, CLAIMS)


def test_header_claims_age_and_end_are_reported() -> None:
    """As the token has them, and as readable times."""
    report = inspect_developer_token(f" Authorization: Bearer {a_token()}\n", now=NOW)

    assert report.header == HEADER
    assert report.claims == CLAIMS
    assert report.age == DAY
    assert report.remaining == 29 * DAY
    assert report.issued_at == datetime.fromtimestamp(NOW - DAY, UTC)
    assert report.expires_at == datetime.fromtimestamp(NOW + 29 * DAY, UTC)


def test_time_that_no_calendar_has_is_omitted() -> None:
    """The claims still show the value."""
    cases: list[Any] = [10**18, -(10**18), 1e300, "soon", None]
    for moment in cases:
        report = inspect_developer_token(a_token({}, {"iat": moment, "exp": moment}), now=NOW)

        assert report.issued_at is None
        assert report.expires_at is None
        assert report.problems


def test_foreign_values_are_shown_harmlessly() -> None:
    """No control character reaches a terminal, and no huge value fills it."""
    (problem,) = problems(a_token({"kid": "\x1b[31mred\n" + "x" * 5000}))

    assert problem.isprintable()
    assert len(problem) < 200


@given(st.text(), st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=70))
def test_any_text_gets_a_report(text: str, head: bytes, claims: bytes, signature: bytes) -> None:
    """Never an exception, and never a good word for noise."""
    for token in (text, f"{part(head)}.{part(claims)}.{part(signature)}"):
        assert problems(token)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(["iss", "iat", "exp", "origin"], json_values))
)
def test_any_claims_get_a_report(claims: dict[str, Any]) -> None:
    """Of whatever type they are."""
    report = inspect_developer_token(a_token({}, claims), now=NOW)

    assert all(problem.isprintable() for problem in report.problems)
