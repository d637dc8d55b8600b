from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apple_music_ratings._http.redaction import redact, redact_text

SECRET = "0.Secret/with+signs/in+it=="
OTHER = "head.claims.signature"
MARK = "[hidden]"
# What a header can carry, and so what a token can be.
TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40)
WORDS = st.text(max_size=20)


def spelled(text: str) -> str:
    """Write a text as JSON with every character escaped."""
    return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'


WRITERS: list[Callable[[Any], bytes]] = [
    lambda document: json.dumps(document).encode(),
    lambda document: json.dumps(document, ensure_ascii=False, indent=1).encode(
        "utf-8", "surrogatepass"
    ),
    lambda document: json.dumps(document).replace("/", "\\/").encode(),
    lambda document: json.dumps(document).encode("utf-16"),
    lambda document: json.dumps(document).encode("utf-32-be"),
]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", b""),
        (b"nothing here", b"nothing here"),
        (f"a {SECRET} b".encode(), b"a [hidden] b"),
        (f"{SECRET}{OTHER}{SECRET}".encode(), b"[hidden][hidden][hidden]"),
        (f"<p>{OTHER}</p>".encode(), b"<p>[hidden]</p>"),
        (f"?t={quote(SECRET)}".encode(), b"?t=[hidden]"),
        (f"?t={quote(SECRET, safe='')}".encode(), b"?t=[hidden]"),
        (f'"{SECRET}'.replace("/", "\\/").encode(), b'"[hidden]'),
        (f'{{"a":{spelled(SECRET)}}}'.encode(), b'{"a": "[hidden]"}'),
        (f"[{spelled(SECRET)}, 1, null]".encode(), b'["[hidden]", 1, null]'),
        (b"\xff" + SECRET.encode() + b"\xfe", b"\xff[hidden]\xfe"),
        (SECRET.encode("utf-16-le"), b"[hidden]"),
        (b"back\\slash", b"back\\slash"),
        (b'{"a": "\\u00e9"}', b'{"a": "\\u00e9"}'),
        (b"zero\x00s", b"zero\x00s"),
        (b"[" * 100_000 + b"\\", b"[" * 100_000 + b"\\"),
    ],
)
def test_secret_is_redacted_and_nothing_else(data: bytes, expected: bytes) -> None:
    """As it is, percent-encoded, escaped and in other encodings; the rest stays byte for byte."""
    assert redact(data, [SECRET, OTHER]) == expected


def test_short_word_is_not_a_secret() -> None:
    """Tests have tokens such as `anna`; to black those out would spoil every message."""
    assert redact(b"anna and bert", ["anna", ""]) == b"anna and bert"


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_secret_is_found_in_any_bytes(before: bytes, after: bytes) -> None:
    """In any surrounding text."""
    data = redact(before + SECRET.encode() + after, [SECRET])

    assert SECRET.encode() not in data
    assert MARK.encode() in data


@given(st.binary(max_size=60))
def test_bytes_without_a_secret_stay_as_they_are(data: bytes) -> None:
    """Nothing is rewritten without need."""
    assert redact(data, [SECRET, OTHER]) == data


@given(token=TOKENS, before=WORDS, after=WORDS, write=st.sampled_from(WRITERS))
def test_json_read_afterwards_holds_no_secret(
    token: str, before: str, after: str, write: Callable[[Any], bytes]
) -> None:
    """However JSON was written, and whatever a header can carry, no token is read from it."""
    assume(token not in MARK and token not in before and token not in after)
    document = {"errors": [{"title": before + token + after, token: 1}], "other": before}
    clean = redact(write(document), [token])

    try:
        read = json.loads(clean)
    except ValueError:
        # Redacted whole.
        assert token not in clean.decode("latin-1").replace("\x00", "")
        return
    assert token not in read["errors"][0]["title"]
    assert token not in read["errors"][0]


@given(token=TOKENS, before=WORDS, after=WORDS)
def test_text_read_afterwards_holds_no_secret(token: str, before: str, after: str) -> None:
    """The same for words in a message, also percent-encoded."""
    assume(token not in MARK and quote(token) not in MARK)
    clean = redact_text(f"{before} {token} {quote(token)} {after}", [token])

    assert token not in clean.replace(MARK, "")
    assert token not in unquote(clean).replace(MARK, "")


def test_text_keeps_characters_of_any_kind() -> None:
    """Accents stay, and what no encoding knows does not fail."""
    assert redact_text(f"caf\u00e9 {SECRET}", [SECRET]) == "caf\u00e9 [hidden]"
    assert MARK in redact_text(f"\ud800 {SECRET}", [SECRET])
