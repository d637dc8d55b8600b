from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from support.builders import (
    DEVELOPER_TOKEN,
    LIKE,
    OPERATIONS,
    OTHER_SONG,
    SONG,
    USER_TOKEN,
    FakeClock,
    Operation,
    Runtime,
    ScriptedTransport,
    a_response,
    an_error_response,
    ratings,
)

from apple_music_ratings import (
    BadRequestError,
    ConfigurationError,
    ForbiddenError,
    NotFoundError,
    RetryEvent,
    RetryPolicy,
    ServerError,
)
from apple_music_ratings_client.api.library_playlists import list_library_playlist_ratings
from apple_music_ratings_client.api.songs import (
    delete_song_rating,
    get_song_rating,
    list_song_ratings,
    set_song_rating,
)
from apple_music_ratings_client.models import (
    RatingRequest,
    RatingRequestAttributes,
    RatingsInclude,
    RatingValue,
)

GOOD = a_response(200, ratings((SONG, 1)))


def query_of(target: str) -> dict[str, str]:
    """Read the query of what was sent."""
    return dict(httpx.URL(f"https://example.com{target}").params)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_language_is_sent_as_l(sync: Runtime, operation: Operation) -> None:
    """With all four operations."""
    for language in ("de", "en-US", "zh-Hans-CN", ""):
        wire = ScriptedTransport(operation.good)
        operation.run(sync.client(wire, language=language))

        assert query_of(wire.targets[0])["l"] == language


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_no_language_is_sent_unless_asked_for(sync: Runtime, operation: Operation) -> None:
    """The user's storefront decides; what else is sent stays the same."""
    wire = ScriptedTransport(operation.good)
    operation.run(sync.client(wire))

    assert "l" not in query_of(wire.targets[0])


def test_language_is_sent_beside_ids_with_literal_commas(sync: Runtime) -> None:
    """The query is exactly this."""
    wire = ScriptedTransport(a_response(200, {"data": []}))
    sync.client(wire, language="en-US").get_ratings([SONG, OTHER_SONG])

    assert wire.targets == ["/v1/me/ratings/songs?ids=907242702,1151618586&l=en-US"]


def test_copy_has_settings_of_its_own(runtime: Runtime) -> None:
    """Timeout, retries and language of a copy change nothing of the original, nor back."""
    clock, wire = FakeClock(), ScriptedTransport(a_response(503))
    client = runtime.client(wire, clock=clock, timeout=3.0, language="de")
    copy = client.with_options(timeout=7.0, retry=RetryPolicy(max_attempts=2), language=None)
    for one in (client, copy):
        with pytest.raises(ServerError):
            one.get_rating(SONG)

    first, last = wire.sent[0], wire.sent[-1]
    assert len(wire.sent) == 5 + 2
    assert (query_of(first.target), query_of(last.target)) == ({"l": "de"}, {})
    assert (set(first.timeout.values()), set(last.timeout.values())) == ({3.0}, {7.0})


@pytest.mark.parametrize(
    ("changed", "language", "timeout", "sends"),
    [
        ({}, "de", 3.0, 2),
        ({"language": "fr"}, "fr", 3.0, 2),
        ({"language": None}, None, 3.0, 2),
        ({"timeout": None}, "de", None, 2),
        ({"timeout": httpx.Timeout(9.0)}, "de", 9.0, 2),
        ({"retry": RetryPolicy(max_attempts=1)}, "de", 3.0, 1),
    ],
)
def test_copy_keeps_what_was_not_changed(
    sync: Runtime,
    changed: dict[str, Any],
    language: str | None,
    timeout: float | None,
    sends: int,
) -> None:
    """Each option alone; `None` is a value, and leaving out is not `None`."""
    wire = ScriptedTransport(a_response(503))
    client = sync.client(
        wire, timeout=3.0, language="de", retry=RetryPolicy(max_attempts=2)
    ).with_options(**changed)
    with pytest.raises(ServerError):
        client.get_rating(SONG)

    assert len(wire.sent) == sends
    assert query_of(wire.targets[0]).get("l") == language
    assert set(wire.sent[0].timeout.values()) == {timeout}


def test_copy_of_a_copy_takes_over_its_settings(sync: Runtime) -> None:
    """Changes add up."""
    wire = ScriptedTransport(GOOD)
    sync.client(wire).with_options(language="de").with_options(timeout=2.0).get_rating(SONG)

    assert query_of(wire.targets[0]) == {"l": "de"}
    assert set(wire.sent[0].timeout.values()) == {2.0}


def test_copy_keeps_tokens_clock_and_callback(sync: Runtime) -> None:
    """What cannot be changed is taken over."""
    clock = FakeClock()
    events: list[RetryEvent] = []
    wire = ScriptedTransport(a_response(503), GOOD)
    client = sync.client(wire, clock=clock, on_retry=events.append).with_options(language="de")
    client.get_rating(SONG)

    assert (clock.slept, len(events)) == ([0.5], 1)
    assert wire.developer_tokens == [DEVELOPER_TOKEN]
    assert wire.sent[0].headers["Music-User-Token"] == USER_TOKEN


def test_there_is_a_timeout_by_default(sync: Runtime) -> None:
    """A service that never responds does not block a caller indefinitely."""
    wire = ScriptedTransport(GOOD)
    sync.client(wire).get_rating(SONG)

    assert set(wire.sent[0].timeout) == {"connect", "read", "write", "pool"}
    assert all(limit and 0 < limit <= 60 for limit in wire.sent[0].timeout.values())


def test_closing_a_copy_leaves_the_connections_alone(runtime: Runtime) -> None:
    """Also at the end of a `with` block of the copy."""
    wire = ScriptedTransport(GOOD)
    client = runtime.client(wire)
    copy = client.with_options(language="de")
    copy.close()
    with client.with_options() as another:
        another.get_rating(SONG)

    assert wire.times_closed == 0
    assert client.get_rating(SONG) is LIKE
    assert copy.get_rating(SONG) is LIKE


def test_closing_the_original_closes_the_connections_for_all(runtime: Runtime) -> None:
    """Copies send through the same ones."""
    wire = ScriptedTransport(GOOD)
    client = runtime.client(wire)
    copy = client.with_options()
    copy.get_rating(SONG)
    client.close()

    assert wire.times_closed == 1
    with pytest.raises(Exception, match="closed"):
        copy.get_rating(SONG)
    assert len(wire.sent) == 1


def test_end_of_a_block_closes_the_connections(runtime: Runtime) -> None:
    """The client is what the block gives, and is closed after it, errors or not."""
    wire, other = ScriptedTransport(GOOD), ScriptedTransport(an_error_response(403, "40300"))
    with runtime.client(wire) as client:
        client.get_rating(SONG)
    with pytest.raises(ForbiddenError), runtime.client(other) as client:
        client.get_rating(SONG)

    assert (wire.times_closed, other.times_closed) == (1, 1)


def test_client_can_be_closed_twice(runtime: Runtime) -> None:
    """A `with` block around a client that was closed does no harm."""
    client = runtime.client(ScriptedTransport(GOOD))
    client.close()
    client.close()


def test_raw_operations_go_through_tokens_and_connections(runtime: Runtime) -> None:
    """`client.api` is the generated client, configured."""
    wire = ScriptedTransport(GOOD)
    response = runtime.raw(runtime.client(wire), get_song_rating, id=SONG.id)

    (sent,) = wire.sent
    assert response.parsed.data[0].attributes.value == 1
    assert (sent.method, sent.target) == ("GET", "/v1/me/ratings/songs/907242702")
    assert sent.developer_token == DEVELOPER_TOKEN
    assert sent.headers["Music-User-Token"] == USER_TOKEN
    assert sent.headers["User-Agent"].startswith("apple-music-ratings/")


def test_raw_operations_know_all_parameters(sync: Runtime) -> None:
    """What the methods leave out is there; lists have literal commas."""
    wire = ScriptedTransport(a_response(200, {"data": []}))
    sync.raw(
        sync.client(wire),
        list_library_playlist_ratings,
        ids=["p.MoGJYM3CYXW09B", "p.8Wx6vK6IQeP0N2"],
        include=[RatingsInclude.CONTENT],
        extend=["a", "b"],
        l="de",
    )

    assert wire.targets == [
        "/v1/me/ratings/library-playlists"
        "?ids=p.MoGJYM3CYXW09B,p.8Wx6vK6IQeP0N2&include=content&extend=a,b&l=de"
    ]


def test_raw_put_sends_the_body_it_is_given(sync: Runtime) -> None:
    """Also with the other word for its type."""
    from apple_music_ratings_client.models import RatingRequestType

    wire = ScriptedTransport(GOOD)
    body = RatingRequest(
        type_=RatingRequestType.RATINGS,
        attributes=RatingRequestAttributes(value=RatingValue.DISLIKE),
    )
    sync.raw(sync.client(wire), set_song_rating, id=SONG.id, body=body)

    assert json.loads(wire.sent[0].body) == {"type": "ratings", "attributes": {"value": -1}}


def test_raw_operations_are_retried(runtime: Runtime) -> None:
    """By the same policy and clock."""
    clock, wire = FakeClock(), ScriptedTransport(a_response(503), a_response(429), a_response(204))
    response = runtime.raw(runtime.client(wire, clock=clock), delete_song_rating, id=SONG.id)

    assert (response.status_code, clock.slept) == (204, [0.5, 1.0])


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (an_error_response(400, "40005"), BadRequestError),
        (an_error_response(403, "40300"), ForbiddenError),
        (an_error_response(404, "40400"), NotFoundError),
        (a_response(404), NotFoundError),
        (a_response(520, "<html>"), ServerError),
    ],
)
def test_raw_operations_raise_our_errors(
    sync: Runtime, response: Any, expected: type[Exception]
) -> None:
    """A 404 is one too: only the methods know what it means."""
    with pytest.raises(expected):
        sync.raw(sync.client(ScriptedTransport(response)), list_song_ratings, ids=[SONG.id])


def test_raw_operations_of_the_other_world_say_so() -> None:
    """A sync client has no async connections and an async one no sync ones; nothing is sent."""
    from anyio import run

    from apple_music_ratings import AsyncRatingsClient, RatingsClient

    tokens: dict[str, Any] = {
        "developer_token": DEVELOPER_TOKEN,
        "music_user_token": USER_TOKEN,
    }
    wire = ScriptedTransport(GOOD)
    in_sync = RatingsClient(**tokens, transport=wire)
    in_async = AsyncRatingsClient(**tokens, transport=wire)

    async def ask_async() -> None:
        await get_song_rating.asyncio_detailed(client=in_sync.api, id=SONG.id)

    with pytest.raises(ConfigurationError, match="AsyncRatingsClient"):
        run(ask_async)
    with pytest.raises(ConfigurationError, match="AsyncRatingsClient"):
        get_song_rating.sync_detailed(client=in_async.api, id=SONG.id)
    assert wire.sent == []


def test_streamed_response_is_judged_like_any_other() -> None:
    """Who streams through the httpx client of `client.api` meets the same retries and errors."""
    clock, wire = (
        FakeClock(),
        ScriptedTransport(a_response(503), GOOD, an_error_response(403, "40300")),
    )
    http = Runtime("sync", None).client(wire, clock=clock).api.get_httpx_client()
    with http.stream("GET", "/v1/test") as response:
        body = response.read()
    with pytest.raises(ForbiddenError) as caught, http.stream("GET", "/v1/test"):
        pytest.fail("not to be reached")

    assert (json.loads(body), clock.slept) == (ratings((SONG, 1)), [0.5])
    assert caught.value.errors[0].code == "40300"


@pytest.mark.anyio
async def test_streamed_response_is_judged_like_any_other_in_a_task() -> None:
    """The same for async callers."""
    from apple_music_ratings import AsyncRatingsClient

    clock, wire = (
        FakeClock(),
        ScriptedTransport(a_response(503), GOOD, an_error_response(403, "40300")),
    )
    client = AsyncRatingsClient(
        developer_token=DEVELOPER_TOKEN, music_user_token=USER_TOKEN, transport=wire, clock=clock
    )
    http = client.api.get_async_httpx_client()
    async with http.stream("GET", "/v1/test") as response:
        body = await response.aread()
    with pytest.raises(ForbiddenError) as caught:
        async with http.stream("GET", "/v1/test"):
            pytest.fail("not to be reached")

    assert (json.loads(body), clock.slept) == (ratings((SONG, 1)), [0.5])
    assert caught.value.errors[0].code == "40300"


@pytest.mark.parametrize(
    "params",
    [
        None,
        {},
        {"ids": "1"},
        {"limit": 5, "all": True, "none": None},
        {"ids": ["1", "2"]},
        [("ids", "1"), ("ids", "2")],
        "ids=1&l=de",
        httpx.QueryParams([("ids", "1"), ("ids", "2")]),
        {"q": "a b&c=d/\u00e9"},
    ],
    ids=str,
)
def test_request_of_the_callers_own_takes_parameters_as_httpx_does(
    sync: Runtime, params: Any
) -> None:
    """The httpx client of `client.api` is one, with tokens and errors on top."""
    wire = ScriptedTransport(a_response(204))
    sync.request(sync.client(wire), "GET", "/v1/test", params=params)

    sent = httpx.URL(f"https://example.com{wire.targets[0]}")
    assert (sent.path, sent.params) == ("/v1/test", httpx.QueryParams(params))


def test_unknown_option_is_named(runtime: Runtime) -> None:
    """In the constructor and in `with_options`, also what only the constructor takes."""
    client = runtime.client(ScriptedTransport(GOOD))
    with pytest.raises(TypeError, match="retries"):
        runtime.client(ScriptedTransport(GOOD), retries=3)
    for name in ("retries", "base_url", "auth", "is_batch"):
        with pytest.raises(TypeError, match=name):
            client.with_options(**{name: None})


def test_copy_may_have_another_clock_and_callback(sync: Runtime) -> None:
    """The original keeps its own."""
    clock, other = FakeClock(), FakeClock(chance=0.8)
    events: list[Any] = []
    wire = ScriptedTransport(a_response(503), GOOD)
    client = sync.client(wire, clock=clock)
    client.with_options(clock=other, on_retry=events.append).get_rating(SONG)

    assert (clock.slept, other.slept, len(events)) == ([], [0.4], 1)


def test_settings_and_client_options_have_the_same_names() -> None:
    """An option that is documented is read, and the other way round."""
    from apple_music_ratings import ClientOptions
    from apple_music_ratings._http.settings import OPTIONS

    assert set(ClientOptions.__annotations__) == OPTIONS


@pytest.mark.parametrize(
    ("name", "invalid"),
    [
        ("batch_size", [0, -3, None, True, 1.5, "8"]),
        ("max_concurrency", [0, 101, None, True, 1.5, "8"]),
        ("max_response_size", [0, -1, None, 1.5]),
        ("total_timeout", [0, -1.0, float("nan"), float("inf"), "5", True]),
    ],
)
def test_limit_out_of_range_is_rejected(sync: Runtime, name: str, invalid: list[Any]) -> None:
    """The message names it."""
    for value in invalid:
        with pytest.raises(ConfigurationError, match=name):
            sync.client(ScriptedTransport(GOOD), **{name: value})
    sync.client(ScriptedTransport(GOOD), max_concurrency=100, batch_size=5_000, total_timeout=None)


def test_both_clients_have_the_same_names() -> None:
    """What one world offers the other offers too; only closing differs."""
    from inspect import signature

    from apple_music_ratings import AsyncRatingsClient, RatingsClient

    def names(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    def parameters(method: Any) -> list[tuple[str, Any]]:
        return [(name, parameter.kind) for name, parameter in signature(method).parameters.items()]

    assert names(RatingsClient) - {"close"} == names(AsyncRatingsClient) - {"aclose"}
    assert parameters(RatingsClient) == parameters(AsyncRatingsClient)
    for name in names(RatingsClient) - {"close", "api"}:
        assert parameters(getattr(RatingsClient, name)) == parameters(
            getattr(AsyncRatingsClient, name)
        )
