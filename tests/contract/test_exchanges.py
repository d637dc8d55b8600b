"""The mock sends the responses of Apple's pages, and accepts what the contract admits."""

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
# Near misses consist of the characters in the patterns.
NEAR_TAGS = st.text("aZ09_-é \n", max_size=12)

# Valid bodies, and bodies with one mistake.
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
BODIES: tuple[Any, ...] = (
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
    """Build a client of a mock."""
    return httpx.Client(
        transport=service.transport,
        base_url=BASE_URL,
        headers={
            "Authorization": f"Bearer {service.developer_token()}",
            "Music-User-Token": "user",
        },
    )


@pytest.fixture(scope="module")
def strict_client() -> Iterator[httpx.Client]:
    """A client of a mock that rejects ids of another form."""
    with a_client(MockService(behaviors=Behaviors(id_check="strict"))) as client:
        yield client


def rate_what_the_exchange_needs(client: httpx.Client, exchange: dict[str, Any]) -> None:
    """Like what the response shows, or what is to be deleted; a PUT needs nothing."""
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


def test_documented_exchanges_get_the_documented_responses(
    exchanges: list[dict[str, Any]],
) -> None:
    """Each request of Apple's pages gets the status and the body shown there, byte for byte.

    After a PUT the rating is read back, after a DELETE it is not found, and a GET changes nothing.
    """
    differing = []
    for exchange in exchanges:
        with a_client(MockService()) as client:
            rate_what_the_exchange_needs(client, exchange)
            body = None if exchange["request"] is None else json.dumps(exchange["request"])
            response = client.request(exchange["method"], exchange["path"], content=body)
            after = client.get(exchange["path"])
        shown, is_gone = exchange["response"], exchange["method"] == "DELETE"
        found = [
            response.request.url.raw_path.decode(),
            response.status_code,
            response.json() if response.content else None,
            after.status_code,
            None if is_gone else after.json(),
        ]
        if found != [exchange["path"], exchange["status"], shown, 404 if is_gone else 200, shown]:
            differing.append((exchange["operationId"], found))

    assert not differing


@settings(max_examples=200)
@given(tag=TEXT | NEAR_TAGS)
def test_mock_accepts_the_languages_that_the_contract_admits(
    admits: Callable[[str, str], bool],
    strict_client: httpx.Client,
    contract: dict[str, Any],
    tag: str,
) -> None:
    """A value of `l` is rejected exactly if it does not match the pattern."""
    pattern = contract["components"]["schemas"]["LanguageTag"]["pattern"]

    response = strict_client.get(f"/v1/me/ratings/songs?ids=1&l={quote(tag, safe='')}")

    assert response.status_code == (200 if admits(pattern, tag) else 400)


def test_strict_mock_accepts_the_ids_that_the_contract_admits(
    admits: Callable[[str, str], bool],
    strict_client: httpx.Client,
    resolved: dict[str, Any],
    resource_types: tuple[str, ...],
) -> None:
    """An id is rejected exactly if it does not match the pattern of its type."""
    differing = []
    for resource_type in resource_types:
        path = f"/v1/me/ratings/{resource_type}"
        ids = resolved["paths"][path]["get"]["parameters"][0]
        pattern = ids["schema"]["items"]["pattern"]
        for item_id in sorted(set(near_ids(ids["example"][0]))):
            status = strict_client.get(f"{path}?ids={quote(item_id, safe='')}").status_code
            if (status == 200) != admits(pattern, item_id):
                differing.append((resource_type, item_id, status))

    assert not differing


def test_mock_accepts_the_bodies_that_the_contract_admits(
    strict_client: httpx.Client, resolved: dict[str, Any]
) -> None:
    """A PUT is rejected with 400 exactly if its body does not match RatingRequest."""
    validator = Draft202012Validator(resolved["components"]["schemas"]["RatingRequest"])
    differing = []
    for body in BODIES:
        response = strict_client.put("/v1/me/ratings/songs/1", content=json.dumps(body))
        if response.status_code != (200 if validator.is_valid(body) else 400):
            differing.append((body, response.status_code))

    assert not differing
