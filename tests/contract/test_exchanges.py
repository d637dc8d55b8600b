"""The mock answers as Apple's pages show, and draws the line where the contract draws it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from apple_music_ratings_mock import Behaviors, MockService

BASE_URL = "https://api.music.apple.com"
LIKE = {"type": "rating", "attributes": {"value": 1}}
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
# Near misses are made of the characters that the patterns speak of.
NEAR_TAGS = st.text("aZ09_-é \n", max_size=12)

# Bodies that are right, or right in all but one place.
VALUES: tuple[Any, ...] = (
    1,
    -1,
    1.0,
    -1.0,
    0,
    2,
    -2,
    1.5,
    10**400,
    True,
    False,
    "1",
    "",
    None,
    [1],
    {},
)
TYPES: tuple[Any, ...] = (
    "rating",
    "ratings",
    "Rating",
    "rating ",
    "songs",
    "",
    None,
    1,
    True,
    ["rating"],
    {},
)
ATTRIBUTES: tuple[Any, ...] = (None, 1, "value", [1], {})
BODIES = (
    *({"type": "rating", "attributes": {"value": value}} for value in VALUES),
    *({"type": word, "attributes": {"value": 1}} for word in TYPES),
    *({"type": "rating", "attributes": attributes} for attributes in ATTRIBUTES),
    {"attributes": {"value": -1}},
    {"attributes": {"value": -1, "odd": 1}},
    {"attributes": {"value": -1}, "odd": 1},
    {"attributes": {"value": -1}, "id": "1"},
    {"value": 1},
    {"type": "rating"},
    {},
    [LIKE],
    [],
    "rating",
    1,
    True,
    None,
)


def a_client(service: MockService) -> httpx.Client:
    """Build a client that speaks to a mock and to nothing else."""
    return httpx.Client(
        transport=service.transport,
        base_url=BASE_URL,
        headers={
            "Authorization": f"Bearer {service.developer_token()}",
            "Music-User-Token": "somebody",
        },
    )


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client of a mock of its own, which knows no ratings."""
    with a_client(MockService()) as client:
        yield client


@pytest.fixture(scope="module")
def strict_client() -> Iterator[httpx.Client]:
    """A client of a mock that refuses ids of the wrong form."""
    with a_client(MockService(behaviors=Behaviors(id_check="strict"))) as client:
        yield client


def rate_what_the_exchange_needs(client: httpx.Client, exchange: dict[str, Any]) -> None:
    """Like what the answer shows, or what is to be deleted; a PUT needs nothing."""
    if exchange["method"] == "GET":
        needed = [rating["href"] for rating in exchange["response"]["data"]]
    else:
        needed = [exchange["path"]] if exchange["method"] == "DELETE" else []
    for path in needed:
        client.put(path, json=LIKE).raise_for_status()


def near_ids(example: str) -> Iterator[str]:
    """Change one character of an id, leave one out, add one, or change its length."""
    for index in range(len(example)):
        before, after = example[:index], example[index + 1 :]
        yield before + after
        for odd in "aZ0._-~ é\n":
            yield before + odd + after
            yield example + odd
    prefix = example[: example.rfind(".") + 1]
    for length in (0, 1, 20, 21, 64, 65, 128, 129):
        yield prefix + "1" * length


def test_documented_exchange_is_answered_as_documented(
    client: httpx.Client, exchange: dict[str, Any]
) -> None:
    """Each request of Apple's pages gets the status and the body shown there."""
    rate_what_the_exchange_needs(client, exchange)

    body = None if exchange["request"] is None else json.dumps(exchange["request"])
    response = client.request(exchange["method"], exchange["path"], content=body)

    assert response.request.url.raw_path.decode() == exchange["path"]
    assert response.status_code == exchange["status"]
    if exchange["response"] is None:
        assert response.content == b""
    else:
        assert response.json() == exchange["response"]


def test_documented_exchange_leaves_what_it_says(
    client: httpx.Client, exchange: dict[str, Any]
) -> None:
    """After a PUT the rating is read back, after a DELETE there is none, a GET changes nothing."""
    rate_what_the_exchange_needs(client, exchange)
    body = None if exchange["request"] is None else json.dumps(exchange["request"])
    client.request(exchange["method"], exchange["path"], content=body)

    after = client.get(exchange["path"])

    if exchange["method"] == "DELETE":
        assert after.status_code == 404
    else:
        assert (after.status_code, after.json()) == (200, exchange["response"])


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(tag=TEXT | NEAR_TAGS)
def test_mock_takes_the_languages_that_the_contract_admits(
    admits: Callable[[str, str], bool],
    strict_client: httpx.Client,
    contract: dict[str, Any],
    tag: str,
) -> None:
    """A value of `l` is refused exactly when it does not fit the pattern."""
    pattern = contract["components"]["schemas"]["LanguageTag"]["pattern"]

    response = strict_client.get(f"/v1/me/ratings/songs?ids=1&l={quote(tag, safe='')}")

    assert response.status_code == (200 if admits(pattern, tag) else 400)


def test_strict_mock_takes_the_ids_that_the_contract_admits(
    admits: Callable[[str, str], bool],
    strict_client: httpx.Client,
    resolved: dict[str, Any],
    resource_type: str,
) -> None:
    """An id is refused exactly when it does not fit the pattern of its type."""
    path = f"/v1/me/ratings/{resource_type}"
    ids = resolved["paths"][path]["get"]["parameters"][0]
    pattern = ids["schema"]["items"]["pattern"]
    near = set(near_ids(ids["example"][0]))

    taken = {
        item_id
        for item_id in near
        if strict_client.get(f"{path}?ids={quote(item_id, safe='')}").status_code == 200
    }

    assert taken == {item_id for item_id in near if admits(pattern, item_id)}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: json.dumps(body)[:60])
def test_mock_takes_the_bodies_that_the_contract_admits(
    strict_client: httpx.Client, resolved: dict[str, Any], body: Any
) -> None:
    """A PUT is refused exactly when its body is no RatingRequest."""
    schema = resolved["components"]["schemas"]["RatingRequest"]

    response = strict_client.put("/v1/me/ratings/songs/1", content=json.dumps(body))

    is_good = Draft202012Validator(schema).is_valid(body)
    assert response.status_code == (200 if is_good else 400)
