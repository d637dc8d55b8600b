from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEY = ec.generate_private_key(ec.SECP256R1())
IDS = ["--key-id", "TESTKEY001", "--team-id", "TESTTEAM01"]
DAY = 24 * 3600


@pytest.fixture
def signer(user: Any) -> Any:
    """A user with a folder for tokens, and nothing else that says anything."""
    environ = user.environ | {"APPLE_MUSIC_TOKEN_FOLDER": str(user.folder / "tokens")}
    del environ["APPLE_MUSIC_DEVELOPER_TOKEN"]
    return evolve(user, environ=environ)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key as Apple hands it out."""
    path = tmp_path / "AuthKey.p8"
    path.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def read(token: str) -> dict[str, Any]:
    """Check the signature, and read the claims."""
    claims: dict[str, Any] = jwt.decode(token.strip(), KEY.public_key(), algorithms=["ES256"])
    return claims


def with_variables(user: Any, **variables: str) -> Any:
    """Add variables."""
    return evolve(user, environ=user.environ | variables)


def test_token_is_signed_and_is_all_of_stdout(signer: Any, key_file: Path) -> None:
    """For thirty days by default."""
    ended = signer.run("developer-token", "--key-file", str(key_file), *IDS)
    claims = read(ended.out)

    assert (ended.code, ended.err, len(ended.lines)) == (0, "", 1)
    assert jwt.get_unverified_header(ended.out.strip())["kid"] == "TESTKEY001"
    assert claims["iss"] == "TESTTEAM01"
    assert claims["exp"] - claims["iat"] == 30 * DAY
    assert "origin" not in claims


def test_life_is_as_long_as_asked_for(signer: Any, key_file: Path) -> None:
    """Up to 180 days."""
    cases: list[tuple[str, int]] = [("1", DAY), ("180", 180 * DAY), ("0.5", DAY // 2)]
    for days, seconds in cases:
        ended = signer.run("developer-token", "--key-file", str(key_file), *IDS, "--days", days)
        claims = read(ended.out)

        assert claims["exp"] - claims["iat"] == seconds


def test_lifetime_beyond_apples_limit_is_rejected(signer: Any, key_file: Path) -> None:
    """With a usage error, before anything is signed."""
    for days in ("0", "-1", "181", "nan", "inf", "many"):
        ended = signer.run("developer-token", "--key-file", str(key_file), *IDS, "--days", days)

        assert ended.code == 2
        assert ended.out == ""


def test_origins_limit_the_token(signer: Any, key_file: Path) -> None:
    """For a web page."""
    origins = ["--origin", "https://example.com", "--origin", "https://example.org"]
    ended = signer.run("developer-token", "--key-file", str(key_file), *IDS, *origins)

    assert read(ended.out)["origin"] == ["https://example.com", "https://example.org"]


def test_key_comes_from_the_environment_and_options_come_first(signer: Any, key_file: Path) -> None:
    """Each part by itself."""
    user = with_variables(
        signer,
        APPLE_MUSIC_PRIVATE_KEY=key_file.read_text(),
        APPLE_MUSIC_KEY_ID="ENVIRKEY01",
        APPLE_MUSIC_TEAM_ID="ENVIRTEAM1",
        APPLE_MUSIC_DEVELOPER_TOKEN="ready.made.token",
    )
    ended = user.run("developer-token", "--team-id", "TESTTEAM01")

    assert read(ended.out)["iss"] == "TESTTEAM01"
    assert jwt.get_unverified_header(ended.out.strip())["kid"] == "ENVIRKEY01"


def test_key_comes_from_the_profile(signer: Any, key_file: Path) -> None:
    """Where nothing else names one."""
    signer.run_apart("login", "--paste", "--key-file", str(key_file), *IDS, stdin="user-token")

    assert read(signer.run("developer-token").out)["iss"] == "TESTTEAM01"


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ([], ["--key-file", "--key-id", "--team-id"]),
        (IDS, ["--key-file"]),
        (IDS[:2], ["--key-file", "--team-id"]),
    ],
)
def test_missing_part_is_named(signer: Any, options: list[str], missing: list[str]) -> None:
    """As an option and as a variable."""
    ended = signer.run("developer-token", *options)

    assert (ended.code, ended.out) == (1, "")
    assert not [name for name in missing if name not in ended.err]
    assert ("--key-id" in ended.err) == ("--key-id" in missing)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--decode", "--key-id", "TESTKEY001"],
        ["--decode", "--days", "3"],
        ["--decode", "--origin", "https://example.com", "--origin", "https://example.org"],
        ["--decode", "head.claims.signature"],
        ["--json"],
    ],
)
def test_options_that_do_not_go_together_are_rejected(signer: Any, arguments: list[str]) -> None:
    """Above all a token as an argument, which every program on the machine could read."""
    ended = signer.run("developer-token", *arguments)

    assert (ended.code, ended.out) == (2, "")


def test_good_token_is_explained(signer: Any) -> None:
    """Header, claims, age and end; and no signature."""
    token = signer.service.developer_token()
    ended = signer.run_apart("developer-token", "--decode", stdin=f"{token}\n")
    starts = ["header:  {", "claims:  {", "issued:", "expires:", "No problems"]

    assert ended.code == 0, ended.out
    assert all(line.startswith(start) for line, start in zip(ended.lines, starts, strict=True))
    assert "0.0 days ago" in ended.lines[2]
    assert token.split(".")[2] not in ended.out


def test_bad_token_is_explained_with_all_that_is_wrong(signer: Any) -> None:
    """A line each, and exit code 1."""
    claims = {"iss": "SHORT", "iat": 1_700_000_000, "exp": 1_700_000_060}
    token = jwt.encode(claims, "secret-of-test-that-is-long-enough", algorithm="HS256")
    ended = signer.run_apart("developer-token", "--decode", stdin=token)
    rejections = [line for line in ended.lines if line.startswith("invalid: ")]

    assert ended.code == 1
    assert len(rejections) == 5
    assert "it has expired" in ended.out


def test_text_that_is_not_a_token_is_explained(signer: Any) -> None:
    """Such as a Music User Token in its place."""
    for stdin in ("head.claims.signature", "0.UserOfTest"):
        ended = signer.run_apart("developer-token", "--decode", stdin=stdin)

        assert ended.code == 1
        assert "invalid: " in ended.out


def test_token_of_the_environment_is_explained(signer: Any) -> None:
    """Where standard input has none; the token of standard input comes first."""
    user = with_variables(signer, APPLE_MUSIC_DEVELOPER_TOKEN=signer.service.developer_token())

    assert user.run_apart("developer-token", "--decode").code == 0
    assert user.run_apart("developer-token", "--decode", stdin="other").code == 1


def test_missing_token_is_reported(signer: Any) -> None:
    """And where a token may come from."""
    ended = signer.run_apart("developer-token", "--decode")

    assert ended.code == 1
    assert "APPLE_MUSIC_DEVELOPER_TOKEN" in ended.err


def test_explanation_is_a_document_too(signer: Any) -> None:
    """For a program that watches over an end."""
    token = signer.service.developer_token()
    ended = signer.run_apart("developer-token", "--decode", "--json", stdin=token)

    assert ended.code == 0
    assert ended.json["ok"] is True
    assert ended.json["header"]["alg"] == "ES256"
    assert ended.json["remaining"] > 0
    assert ended.json["expires_at"].endswith("+00:00")
    assert ended.json["problems"] == []


def test_origin_of_the_sender_is_compared(signer: Any, key_file: Path) -> None:
    """A token for a web page does not work in this program."""
    origin = ["--origin", "https://example.com"]
    token = signer.run("developer-token", "--key-file", str(key_file), *IDS, *origin).out
    decode = ["developer-token", "--decode"]

    assert signer.run_apart(*decode, *origin, stdin=token).code == 0
    assert signer.run_apart(*decode, stdin=token).code == 1
    assert signer.run_apart(*decode, "--origin", "https://example.org", stdin=token).code == 1


def test_foreign_token_cannot_steer_the_terminal(signer: Any) -> None:
    """Whatever it holds is printed harmlessly."""
    claims = {"iss": "\x1b[2J\u202e", "iat": 1, "exp": 2}
    token = jwt.encode(claims, "secret-of-test-that-is-long-enough", algorithm="HS256")
    ended = signer.run_apart("developer-token", "--decode", stdin=token)

    assert "\x1b" not in ended.out
    assert "\u202e" not in ended.out
