"""Read private keys in every form that files, variables and secret stores hold them.

A key is a path, or the text of the file, or base64 of either the file or its body. Nothing here
quotes a key in an error, and no error carries one as its context.
"""

from __future__ import annotations

import binascii
import os
import re
from base64 import b64decode
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from apple_music_ratings.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_BEGIN = "-----BEGIN"
_KEY_SUFFIXES = (".p8", ".pem", ".key")
# Apple's keys have 257 bytes; a key file of general tools a few hundred more.
_MAX_FILE = 64 * 1024
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+?)-----(.*?)-----END \1-----", re.DOTALL)
# Lines that an editor has given other dashes.
_MARKER = re.compile(r"[-\u2010-\u2015\u2212]+ ?(BEGIN|END) ([A-Z0-9 ]+?) ?[-\u2010-\u2015\u2212]+")
_PERCENT = re.compile(r"%(?:0[AaDd]|2[0BbFf]|3[Dd])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# What tools write before base64.
_BASE64_PREFIX = re.compile(r"(?:data:[\w.+-]+/[\w.+-]+;)?base64[:,]\s*", re.IGNORECASE)
# Some secret stores encode what was encoded already.
_MOST_ENCODINGS = 3
# Line ends that a shell, JSON or YAML has escaped once or several times.
_ESCAPED_LINE_END = re.compile(r"(?:\\+r)?\\+n")
# The body of a P-256 key has 92 characters or more.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{80,}={0,2}")
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}
_ENCRYPTED = (
    "The private key is encrypted with a passphrase. Decrypt it first: "
    "openssl pkcs8 -in KEY -out DECRYPTED"
)
_DOWNLOADED = "the .p8 file as downloaded from Apple's developer site"


def read_private_key(key: str | os.PathLike[str]) -> EllipticCurvePrivateKey:
    """Read a private key that can sign with ES256.

    Args:
        key: A path, a `file://` URL, the text of a key file, or base64 of it or of its body.

    Raises:
        ConfigurationError: The key cannot be read, or is not an unencrypted P-256 key.
    """
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # slow to import

    path = key_path(key)
    data = os.fspath(key).encode("utf-8", "replace") if path is None else _read(path)
    private_key = _load(data)
    if not isinstance(private_key, ec.EllipticCurvePrivateKey) or not isinstance(
        private_key.curve, ec.SECP256R1
    ):
        raise ConfigurationError(
            "The private key is not an elliptic-curve key on P-256, so it cannot sign with ES256. "
            "Use the MusicKit key from Apple's developer site."
        )
    return private_key


def key_path(key: str | os.PathLike[str]) -> Path | None:
    """Return the path of a key file, or `None` if the text is the key itself.

    Raises:
        ConfigurationError: The home folder in the path is unknown.
    """
    text = _plain(os.fspath(key))
    if not text:
        raise ConfigurationError(f"The private key is empty. Use {_DOWNLOADED}.")
    if _BEGIN in text:
        return None
    if _BASE64.fullmatch(_without_spaces(text)) and not _is_file(text):
        return None
    if text.lower().startswith("file:"):
        text = unquote(urlsplit(text).path)
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ConfigurationError(
            "The private key cannot be read: the home folder in its path is unknown. "
            "Write the whole path."
        ) from None


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # the name is too long
        return False


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE)
    except OSError as error:
        reason = error.strerror
        if "$" in str(path):
            reason = f"{reason}; a variable in the path is not replaced here, write it out"
    except ValueError:
        reason = "it is not a valid path"
    # A path may be shown, but a key whose BEGIN line was lost must not be.
    shown = repr(str(path)) if path.suffix in _KEY_SUFFIXES else "the path given"
    raise ConfigurationError(
        f"The private key cannot be read from {shown}: {reason}. Set the path of {_DOWNLOADED}, "
        "its text from BEGIN to END, or base64 of the file."
    )


def _load(data: bytes) -> object:
    """Load a key from the content of a file or variable.

    Raises:
        ConfigurationError: It is not a private key, is encrypted, or is incomplete.
    """
    text = _decoded(data)
    if text is None:
        return _loaded(data)
    for _ in range(_MOST_ENCODINGS):
        if _BEGIN in text or not _BASE64.fullmatch(_without_spaces(text)):
            break
        data = _from_base64(_without_spaces(text))
        text = _decoded(data) or ""
        if not text:
            return _loaded(data)
    blocks = _BLOCK.findall(_ESCAPED_LINE_END.sub("\n", text))
    if not blocks:
        reason = "its END line is missing; copy all of it" if _BEGIN in text else "it has no key"
        raise ConfigurationError(f"The private key cannot be read: {reason}. Use {_DOWNLOADED}.")
    # General tools write the parameters of the curve before the key.
    label, body = next((block for block in blocks if "PRIVATE KEY" in block[0]), blocks[0])
    if "PRIVATE KEY" not in label:
        raise ConfigurationError(
            f"The private key cannot be read: this is a {label.lower()}. Use {_DOWNLOADED}."
        )
    if "OPENSSH" in label:
        raise ConfigurationError(f"The private key is a key for SSH. Use {_DOWNLOADED}.")
    if "ENCRYPTED" in label or "ENCRYPTED" in body:
        raise ConfigurationError(_ENCRYPTED)
    # Variables lose line ends, or get them replaced by spaces.
    return _loaded(f"-----BEGIN {label}-----\n{_wrapped(body)}\n-----END {label}-----\n".encode())


def _loaded(data: bytes) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # slow to import
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        load_der_private_key,
        load_pem_private_key,
    )

    load = load_pem_private_key if data.startswith(_BEGIN.encode()) else load_der_private_key
    reason = f"The private key is corrupt or incomplete. Use {_DOWNLOADED}."
    try:
        return load(data, password=None)
    except TypeError:  # a password is missing
        reason = _ENCRYPTED
    except (ValueError, UnsupportedAlgorithm):
        # Raised below, so that nothing of a key is in the context of the error.
        pass
    raise ConfigurationError(reason)


def _decoded(data: bytes) -> str | None:
    """Return the text of a key file, without byte order mark and quotes; `None` for binary."""
    encoding = "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8"
    encoding = {b"-\0": "utf-16-le", b"\0-": "utf-16-be"}.get(data[:2], encoding)
    if encoding == "utf-8" and b"\0" in data[:2]:
        return None
    try:
        text = data.removeprefix(BOM_UTF8).decode(encoding, "replace")
    except UnicodeDecodeError:  # pragma: no cover -- "replace" leaves none
        return None
    if _BEGIN not in text and "\ufffd" in text:
        return None
    return _plain(text)


def _from_base64(text: str) -> bytes:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        return b64decode(padded, altchars=b"-_" if set("-_") & set(text) else None)
    except binascii.Error:
        return b""


def _plain(text: str) -> str:
    """Return a text without what programs and editors add to a key."""
    text = _INVISIBLE.sub("", text).strip()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    if "BEGIN" in text and _PERCENT.search(text):
        text = unquote(text)
    text = _MARKER.sub(r"-----\1 \2-----", text)
    return _BASE64_PREFIX.sub("", text, count=1) if _BASE64_PREFIX.match(text) else text


def _without_spaces(text: str) -> str:
    return "".join(_ESCAPED_LINE_END.sub("", text).split())


def _wrapped(body: str) -> str:
    flat = "".join(body.split())
    return "\n".join(flat[start : start + 64] for start in range(0, len(flat), 64))
