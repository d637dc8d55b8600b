from __future__ import annotations

import pytest
from support.builders import SONG, Runtime, ScriptedTransport, a_response, ratings

from apple_music_ratings import ConfigurationError
from apple_music_ratings.developer_token.token_text import is_developer_token, strip_developer_token
from apple_music_ratings.profiles.store import as_music_user_token

JWT = "eyJhbGciOiJFUzI1NiIsImtpZCI6IlRFU1RLRVkwMDEifQ.e30.c2lnbmF0dXJl"
USER = "0.User/of+Test=="
# As variables, env files, browsers' developer tools and shells hold them.
DISGUISES = [
    USER,
    f" {USER}\n",
    f'"{USER}"',
    f"'{USER}'",
    f"\u201c{USER}\u201d",
    f"\ufeff{USER}",
    f"\"'{USER}'\"",
    "0.User%2Fof%2BTest%3D%3D",
    "0.User%2fof%2bTest%3d%3d",
    f"Music-User-Token: {USER}",
    f"media-user-token={USER};",
    f"APPLE_MUSIC_USER_TOKEN={USER}",
    f"export APPLE_MUSIC_USER_TOKEN='{USER}'",
    f"`{USER}`",
    f"{USER}\r\n",
    f'"{USER}"\n',
    f"\u2018{USER}\u2019",
    f'Music-User-Token: "{USER}"',
    f"MUSIC-USER-TOKEN = {USER}",
]
DISGUISED_JWTS = [
    JWT,
    f"{JWT}\n",
    f"'{JWT}'",
    f"Bearer {JWT}",
    f"authorization: bearer {JWT}",
    f'"Bearer {JWT}"',
    f'APPLE_MUSIC_DEVELOPER_TOKEN="{JWT}"',
    f"Bearer {JWT};",
    f"{JWT[:20]}\n{JWT[20:]}",
    f"curl -H 'Authorization: Bearer {JWT}' https://api.music.apple.com/v1/test",
    f'{{"token": "{JWT}"}}',
    f"Authorization: Bearer {JWT}\r\nMusic-User-Token: {USER}",
]


def test_disguised_tokens_are_read() -> None:
    """Each has one reading."""
    assert [text for text in DISGUISES if as_music_user_token(text) != USER] == []


def test_disguised_developer_tokens_are_read() -> None:
    """With a scheme or a header name before them."""
    assert [text for text in DISGUISED_JWTS if strip_developer_token(text) != JWT] == []


@pytest.mark.parametrize("runtime", ["sync", "asyncio"], indirect=True)
def test_clients_send_tokens_without_their_disguises(runtime: Runtime) -> None:
    """Whichever of the two was passed with quotes, a header name or in percent-encoding."""
    pairs = [(text, USER) for text in DISGUISED_JWTS] + [(JWT, text) for text in DISGUISES]
    wire = ScriptedTransport(a_response(200, ratings((SONG, 1))))
    for developer_token, user_token in pairs:
        runtime.client(
            wire, developer_token=developer_token, music_user_token=user_token
        ).get_rating(SONG)

    assert {
        (sent.headers["Authorization"], sent.headers["Music-User-Token"]) for sent in wire.sent
    } == {(f"Bearer {JWT}", USER)}
    with pytest.raises(ConfigurationError, match="a developer token, not a Music User Token"):
        runtime.client(wire, developer_token=USER, music_user_token=JWT)


def test_other_texts_are_no_music_user_token() -> None:
    """Nothing of them is quoted."""
    for text in ("", '""', "two words", "line\nbreak", "\u00e4", JWT, f"Bearer {JWT}"):
        with pytest.raises(ConfigurationError) as caught:
            as_music_user_token(text)

        assert not text.strip('"') or text not in str(caught.value)


def test_only_json_web_tokens_are_developer_tokens() -> None:
    """A Music User Token may have dots too."""
    assert is_developer_token(JWT)
    assert not any(map(is_developer_token, [USER, "a.b.c", "e30.e30.c2ln", "..", "W10.W10.W10"]))
