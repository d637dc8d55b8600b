from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from apple_music_ratings_mock import Behaviors, MockService, Request, Response

NOW = 1_800_000_000
LENIENT = MockService(now=lambda: NOW, error_ids=1)
STRICT = MockService(
    now=lambda: NOW, error_ids=1, behaviors=Behaviors(error_bodies="documented", id_check="strict")
)
GOOD_HEADERS = [
    ("Authorization", f"Bearer {LENIENT.developer_token()}"),
    ("Music-User-Token", "anna"),
]

# Surrogates included: text that no wire can carry must not break it either.
texts = st.text(st.characters(), max_size=30)
methods = st.sampled_from(["GET", "PUT", "DELETE", "POST", "HEAD", "OPTIONS"]) | texts
segments = (
    st.sampled_from(["songs", "library-albums", "song", "1", "i.a", "..", "%2F", "%"]) | texts
)
paths = st.builds("/v1/me/ratings/{}/{}".format, segments, segments) | texts.map("/".__add__)
queries = texts | st.lists(
    st.tuples(st.sampled_from(["ids", "l", "include", "limit"]), texts).map("=".join), max_size=4
).map("&".join)
headers = st.just(GOOD_HEADERS) | st.lists(
    st.tuples(st.sampled_from(["authorization", "music-user-token", "origin"]) | texts, texts),
    max_size=4,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "attributes", "value"]) | texts, children)
    ),
    max_leaves=6,
)
bodies = st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode())
requests = st.builds(Request, methods, paths, queries, headers, bodies)


def check(request: Request, response: Response) -> None:
    """Check that a response has a form that the contract allows."""
    assert response.status in {200, 204, 400, 401, 403, 404, 405}
    if request.method == "HEAD" or response.status == 204:
        assert response.body == b""
    elif response.status == 200:
        assert json.loads(response.body).keys() == {"data"}
    elif response.status != 401:
        (error,) = json.loads(response.body)["errors"]
        assert error["status"] == str(response.status)
        assert error["code"].startswith(error["status"])


@settings(max_examples=300)
@given(requests)
def test_every_request_gets_a_valid_response(request: Request) -> None:
    """Every request gets a documented response."""
    check(request, LENIENT.handle(request))
    check(request, STRICT.handle(request))


@settings(max_examples=200)
@given(st.binary(max_size=40), st.binary(max_size=200))
def test_whatever_a_token_holds_is_no_more_than_401(head: bytes, claims: bytes) -> None:
    """Bytes in place of a token are rejected."""
    authorization = f"Bearer {head.hex()}.{claims.hex()}.{'A' * 86}"
    request = Request("GET", "/v1/me/ratings/songs/1", "", [("Authorization", authorization)])

    assert LENIENT.handle(request).status == 401
