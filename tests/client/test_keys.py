from __future__ import annotations

import json
import re
import traceback
from base64 import b64decode, b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.builders import (
    KEY_ID,
    SONG,
    TEAM_ID,
    Runtime,
    ScriptedTransport,
    a_key,
    a_private_key,
    a_response,
    pem,
    ratings,
    text_of,
)

from apple_music_ratings import ConfigurationError, DeveloperToken

GOOD = a_response(200, ratings((SONG, 1)))
KeySource = Callable[[Path], Any]


def a_file(folder: Path, content: str | bytes, name: str = "AuthKey_TEST.p8") -> Path:
    """Write a key file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def body_of(key: str) -> str:
    """Return the body between BEGIN and END, in one line."""
    return "".join(line for line in key.splitlines() if "-----" not in line)


class PathLike:
    """A path of another user's making."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> str:
        """Return the path."""
        return str(self._path)


GOOD_KEYS: dict[str, KeySource] = {
    "path as text": lambda folder: str(a_file(folder, a_key())),
    "path": lambda folder: a_file(folder, a_key()),
    "path-like": lambda folder: PathLike(a_file(folder, a_key())),
    "path without suffix": lambda folder: a_file(folder, a_key(), "key"),
    "file with Windows line ends": lambda folder: a_file(folder, a_key().replace("\n", "\r\n")),
    "text": lambda _folder: a_key(),
    "text with spaces around": lambda _folder: f"\n  {a_key()}\n",
    "text with Windows line ends": lambda _folder: a_key().replace("\n", "\r\n"),
    "text with spelled-out line ends": lambda _folder: a_key().replace("\n", "\\n"),
    "text without a last line end": lambda _folder: a_key().rstrip("\n"),
    "text with line ends escaped twice": lambda _folder: a_key().replace("\n", "\\\\n"),
    "text with Windows line ends escaped": lambda _folder: a_key().replace("\n", "\\r\\n"),
    "text with spaces for line ends": lambda _folder: a_key().replace("\n", " "),
    "text in quotes": lambda _folder: f'"{a_key()}"',
    "text with a byte order mark": lambda _folder: "\ufeff" + a_key(),
    "percent-encoded text": lambda _folder: quote(a_key()),
    "text with encoded line ends": lambda _folder: a_key().replace("\n", "%0A"),
    "text as a JSON string": lambda _folder: json.dumps(json.dumps(a_key())),
    "text with an editor's dashes": lambda _folder: a_key().replace("-----", "\u2014\u2014-"),
    "text with invisible characters": lambda _folder: a_key().replace("\n", "\u200b\n"),
    "text in an email": lambda _folder: f"The key:\n\n{a_key()}\nBye",
    "text with a surrogate before it": lambda _folder: "\udc80" + a_key(),
    "body alone": lambda _folder: body_of(a_key()),
    "text without BEGIN": lambda _folder: body_of(a_key()) + "\n",
    "base64 of the file": lambda _folder: b64encode(a_key().encode()).decode(),
    "base64 of the file in lines": lambda _folder: encodebytes(a_key().encode()).decode(),
    "base64 twice": lambda _folder: b64encode(b64encode(a_key().encode())).decode(),
    "base64 with a prefix": lambda _folder: "base64:" + b64encode(a_key().encode()).decode(),
    "base64 in a data URL": lambda _folder: (
        "data:application/x-pem-file;base64," + b64encode(a_key().encode()).decode()
    ),
    "base64 of the binary form": lambda _folder: body_of(a_key()) + "\r\n",
    "base64 for URLs": lambda _folder: urlsafe_b64encode(a_key().encode()).decode().rstrip("="),
    "file URL": lambda folder: a_file(folder, a_key(), "my key.p8").as_uri(),
    "path in quotes": lambda folder: f"'{a_file(folder, a_key())}'",
    "file with a byte order mark": lambda folder: a_file(
        folder, b"\xef\xbb\xbf" + a_key().encode()
    ),
    "UTF-16 file without a mark": lambda folder: a_file(folder, a_key().encode("utf-16-le")),
    "UTF-16 file of the other order": lambda folder: a_file(folder, a_key().encode("utf-16-be")),
    "file after a certificate": lambda folder: a_file(folder, CERTIFICATE + a_key()),
    "path with a percent sign": lambda folder: str(a_file(folder, a_key(), "my%20key.p8")),
    "UTF-16 file": lambda folder: a_file(folder, a_key().encode("utf-16")),
    "file with an accent": lambda folder: a_file(folder, a_key() + "cl\u00e9"),
    "file with escaped line ends": lambda folder: a_file(folder, a_key().replace("\n", "\\n")),
    "file with base64": lambda folder: a_file(folder, b64encode(a_key().encode())),
    "file in binary form": lambda folder: a_file(folder, b64decode(body_of(a_key()))),
    "file with parameters of the curve": lambda folder: a_file(folder, PARAMETERS + a_key()),
}
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nBggqhkjOPQMBBw==\n-----END CERTIFICATE-----\n"
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


@pytest.mark.parametrize("source", GOOD_KEYS.values(), ids=GOOD_KEYS.keys())
def test_key_is_taken_as_people_have_it(tmp_path: Path, source: KeySource) -> None:
    """A path in any guise, or the text, also on one line as variables hold it."""
    wire = ScriptedTransport(GOOD)
    token = DeveloperToken.from_key(source(tmp_path), key_id=KEY_ID, team_id=TEAM_ID)
    Runtime("sync", None).client(wire, developer_token=token).get_rating(SONG)

    (sent,) = wire.developer_tokens
    assert (
        jwt.decode(
            sent,
            a_private_key().public_key(),
            algorithms=["ES256"],
            options={"verify_exp": False, "verify_iat": False},
        )["iss"]
        == TEAM_ID
    )


def test_key_of_the_older_form_is_taken_too() -> None:
    """General tools write SEC 1 files."""
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    key = a_private_key().private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )

    assert DeveloperToken.from_key(key.decode(), key_id=KEY_ID, team_id=TEAM_ID)


def an_unknown_curve() -> str:
    """Build a key on a curve that does not exist: P-256 with one digit of its name changed."""
    der = b64decode(body_of(a_key()))
    named = bytes.fromhex("2a8648ce3d030107")
    changed = b64encode(der.replace(named, bytes.fromhex("2a8648ce3d03017f"))).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{changed}\n-----END PRIVATE KEY-----\n"


def public_text() -> str:
    """Return the public half."""
    return (
        a_private_key()
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def damaged() -> str:
    """Return a key with a few characters gone from its middle."""
    lines = a_key().splitlines()
    lines[1] = lines[1][:20] + lines[1][23:]
    return "\n".join(lines)


def encoded_often(text: str) -> str:
    """Return base64 of base64 of base64 of base64."""
    for _ in range(4):
        text = b64encode(text.encode()).decode()
    return text


BAD_KEYS: dict[str, KeySource] = {
    "RSA": lambda _folder: pem(rsa.generate_private_key(65537, 2048)),
    "P-384": lambda _folder: pem(ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": lambda _folder: pem(ec.generate_private_key(ec.SECP256K1())),
    "Ed25519": lambda _folder: pem(ed25519.Ed25519PrivateKey.generate()),
    "unknown curve": lambda _folder: an_unknown_curve(),
    "encrypted": lambda _folder: pem(a_private_key(), b"password"),
    "public": lambda _folder: public_text(),
    "public in base64": lambda _folder: b64encode(public_text().encode()).decode(),
    "of SSH": lambda _folder: a_key().replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"),
    "blank": lambda _folder: ' "" ',
    "base64 four times": lambda _folder: encoded_often(a_key()),
    "variable in the path": lambda _folder: "$HOME/no-such-folder/key.p8",
    "damaged": lambda _folder: damaged(),
    "only BEGIN": lambda _folder: "-----BEGIN PRIVATE KEY-----",
    "without END": lambda _folder: a_key().rsplit("-----END", 1)[0],
    "without BEGIN": lambda _folder: a_key().split("-----\n", 1)[1],
    "garbage between": lambda _folder: "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----",
    "accent in the text": lambda _folder: "cl\u00e9\n" + damaged(),
    "empty": lambda _folder: "",
    "nul": lambda _folder: "\x00",
    "missing file": lambda folder: folder / "missing.p8",
    "unknown home": lambda _folder: "~no-such-user/key.p8",
    "directory": lambda folder: folder,
    "empty file": lambda folder: a_file(folder, ""),
    "garbage file": lambda folder: a_file(folder, b"\x00\x01garbage"),
    "RSA file": lambda folder: a_file(folder, pem(rsa.generate_private_key(65537, 2048))),
    "encrypted binary file": lambda folder: a_file(
        folder, b64decode(body_of(pem(a_private_key(), b"password")))
    ),
    "encrypted file": lambda folder: a_file(folder, pem(a_private_key(), b"password")),
    "damaged file": lambda folder: a_file(folder, damaged()),
    "base64 that was cut": lambda _: "A" * 81,
}


@pytest.mark.parametrize("source", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_key_that_cannot_sign_is_rejected_at_once(tmp_path: Path, source: KeySource) -> None:
    """Before any request, as a matter of configuration."""
    with pytest.raises(ConfigurationError) as caught:
        DeveloperToken.from_key(source(tmp_path), key_id=KEY_ID, team_id=TEAM_ID)

    assert "key" in str(caught.value)


@pytest.mark.parametrize("source", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_rejection_of_a_key_shows_nothing_of_it(tmp_path: Path, source: KeySource) -> None:
    """Not in the message, not in the traceback, not in any error behind it."""
    key: str | Path = source(tmp_path)
    content = key if isinstance(key, str) else key.read_bytes() if key.is_file() else b""
    text = content.decode("latin-1") if isinstance(content, bytes) else content
    texts = [body_of(a_key()), *re.findall(r"[A-Za-z0-9+/=]{24,}", text.replace("\x00", ""))]
    with pytest.raises(ConfigurationError) as caught:
        DeveloperToken.from_key(key, key_id=KEY_ID, team_id=TEAM_ID)

    everything = text_of(caught.value) + "".join(traceback.format_exception(caught.value))
    pieces = {word[start : start + 12] for word in texts for start in range(0, len(word) - 11, 12)}
    assert [piece for piece in sorted(pieces) if piece in everything.replace("\\x00", "")] == []


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A path with the suffix of a key is not a secret, and helps."""
    with pytest.raises(ConfigurationError, match=r"missing\.p8"):
        DeveloperToken.from_key(tmp_path / "missing.p8", key_id=KEY_ID, team_id=TEAM_ID)


def test_rejection_of_a_key_names_the_cause() -> None:
    """Each cause has its own next step."""
    causes = {
        pem(a_private_key(), b"password"): "encrypted with a passphrase",
        public_text(): "this is a public key",
        damaged(): "corrupt or incomplete",
        a_key().rsplit("-----END", 1)[0]: "its END line is missing",
        pem(ec.generate_private_key(ec.SECP384R1())): "not an elliptic-curve key on P-256",
        "~no-such-user/key.p8": "home folder in its path is unknown",
        "$HOME/no-such-folder/key.p8": "a variable in the path is not replaced here",
        a_key().replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"): "is a key for SSH",
        b64encode(b64decode(body_of(pem(a_private_key(), b"password")))).decode(): "passphrase",
        " ": "is empty",
    }
    messages = {}
    for key in causes:
        with pytest.raises(ConfigurationError) as caught:
            DeveloperToken.from_key(key, key_id=KEY_ID, team_id=TEAM_ID)
        messages[key] = str(caught.value)

    assert [messages[key] for key, cause in causes.items() if cause not in messages[key]] == []
