from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import pytest

from apple_music_ratings_mock import Fault, LibraryEntry, MockService, Request, Response
from apple_music_ratings_mock.api.fingerprints import fingerprint

LIKE = {"attributes": {"value": 1}}
RIGHT_PUT = '{"type":"rating","attributes":{"value":1}}'


NEAR_MISSES = [
    ("PUT", "songs/1", b"", f"PUT has no body; the contract requires {RIGHT_PUT}",
     f"PUT /v1/me/ratings/songs/1 with the body {RIGHT_PUT}"),
    ("PUT", "songs/1", b"{", "The body is not JSON; the contract requires", "PUT /v1"),
    ("PUT", "songs/1", {"attributes": {"value": 0}}, "DELETE deletes either", "PUT /v1"),
    ("PUT", "songs/1", {"attributes": {"value": "1"}}, "neither 1 nor -1; 1 is a like", "PUT"),
    ("POST", "songs/1", LIKE, "the method is POST; a rating is set with PUT", "PUT /v1"),
    ("HEAD", "songs/1", b"", "HEAD; this path supports DELETE, GET, PUT", "GET /v1"),
    ("GET", "song/1", b"", "there is no type 'song'; did you mean 'songs'?",
     "GET /v1/me/ratings/songs/1"),
    ("GET", "xyz/1", b"", "there is no type 'xyz'; types: albums, ", None),
    ("GET", "artists/1", b"", "artists cannot be rated", None),
    ("GET", "songs", b"", "there is no parameter 'ids'",
     "GET /v1/me/ratings/songs?ids=907242702"),
    ("GET", "songs?id=1", b"", "the parameter is called 'id'", "GET"),
    ("GET", "songs?ids[]=1", b"", "the parameter is called 'ids[]'", "GET"),
    ("GET", "songs?ids=", b"", "No id(s) supplied", "GET"),
    ("GET", "songs?ids=1&limit=5", b"", "'limit' is not allowed with 'ids'",
     "GET /v1/me/ratings/songs?ids=1"),
    ("GET", "songs/1?l=english", b"", "Invalid language tag", "GET"),
    ("GET", "songs/i.abc", b"", "this is a library id on a catalog path",
     "GET /v1/me/ratings/songs/907242702"),
    ("GET", "library-songs/1", b"", "a catalog id on a library path", "i.7PJNN4mfXlD68R"),
    ("GET", "library-songs/l.a", b"",
     "'l.a' is the id of a library album and not one of library-songs", "GET"),
    ("GET", "library-playlists/pl.a", b"", "this is a catalog id on a library path", "GET"),
    ("GET", "songs/%20", b"", "' ' is not a valid id of songs", "GET"),
    ("GET", "songs?ids=1,i.a", b"", "'i.a' is the id of a library song", "songs?ids=1"),
    ("PUT", "library-songs/i.other", LIKE, "not in the library", "PUT"),
    ("GET", "songs/1/", b"", "the path ends in a slash", "GET /v1/me/ratings/songs/1"),
    ("GET", "songs/1/2", b"", "the path continues after the id", "GET"),
    ("GET", "/v1/me/ratings//1", b"", "a segment of the path is empty", None),
    ("GET", "/me/ratings/songs/1", b"", "does not begin with /v1/",
     "GET /v1/me/ratings/songs/1"),
    ("GET", "/v1/catalog/us/ratings/songs/1", b"", "without a storefront", "GET"),
    ("GET", "/v1/other", b"", "there is no such path", None),
    ("GET", "/v1/me/favorites", b"", "favorites can only be added", "POST"),
    ("DELETE", "/v1/me/favorites", b"", "favorites cannot be deleted", "POST"),
    ("GET", "/v1/me/library/songs?limit=200", b"", "less than or equal to 100",
     "GET /v1/me/library/songs?limit=100"),
    ("POST", "/v1/test", b"", "this path supports GET", "GET /v1/test"),
    ("POST", "/v1/me/storefront", b"", "this path supports GET", "GET /v1/me/storefront"),
    ("PUT", "songs/1", b"x" * 1_100_000, "longer than 1048576 bytes", "PUT"),
    ("GET", "songs?ids=" + "1," * 9000, b"", "send fewer ids", "GET"),
    ("PUT", "songs", LIKE, "this path supports GET", "PUT /v1/me/ratings/songs/907242702 with"),
]  # fmt: skip


def test_invalid_request_is_recorded_with_reason_and_closest_request(
    ask: Callable[..., Response], now: int
) -> None:
    """Each row: a request, its reason, and the closest valid request."""
    service = MockService(now=lambda: now, library=[LibraryEntry("library-songs", "i.a", "1")])
    offenders = []
    for method, target, body, reason, closest in NEAR_MISSES:
        ask(method, target, body=body, of=service)
        entry = service.requests()[-1]
        is_close = (closest is None) is (entry.closest_request is None)
        is_close = is_close and (closest or "") in (entry.closest_request or "")
        if entry.verdict != "invalid" or reason not in str(entry.reason) or not is_close:
            offenders.append((method, target[:40], entry.reason, entry.closest_request))

    assert not offenders


def test_response_names_verdict_and_advice(ask: Callable[..., Response], now: int) -> None:
    """Two headers show what the journal records; an option turns them off."""
    valid, invalid = ask("GET", "songs/1"), ask("GET", "caf\u00e9/1")
    plain = MockService(now=lambda: now, advice=False)

    assert dict(valid.headers)["X-Mock-Verdict"] == "ok"
    assert "X-Mock-Advice" not in dict(valid.headers)
    assert dict(invalid.headers)["X-Mock-Verdict"] == "invalid"
    assert dict(invalid.headers)["X-Mock-Advice"].startswith(r"there is no type 'caf\xe9'")
    assert not any("X-Mock" in name for name, _ in ask("GET", "s/1", of=plain).headers)


def test_compressed_body_is_explained(ask: Callable[..., Response], service: MockService) -> None:
    """The service does not decompress, so the reason names the encoding."""
    body = zlib.compress(b'{"attributes":{"value":1}}')
    ask("PUT", "songs/1", body=body, headers=(("Content-Encoding", "deflate"),))

    assert "the body is compressed (deflate)" in str(service.requests()[0].reason)


def test_request_outside_the_api_is_recorded_and_not_judged(
    ask: Callable[..., Response], service: MockService
) -> None:
    """A browser's request for an icon is not a mistake of the client."""
    ask("GET", "/favicon.ico", token=None)
    ask("GET", "/openapi.yaml", token=None)
    ask("GET", "/me/ratings/songs/1", token=None)

    assert [entry.verdict for entry in service.requests()] == ["outside", "outside", "invalid"]
    assert service.coverage()["unmatched"] == []


def test_form_in_the_place_of_json_is_reported(
    ask: Callable[..., Response], service: MockService
) -> None:
    """What some clients send by default is named."""
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    ask("PUT", "songs/1", body=b"value=1", headers=form)

    assert "the body is a form" in str(service.requests()[0].reason)


TOKEN_NEAR_MISSES: list[tuple[dict[str, Any], str]] = [
    ({"head": {"alg": "HS256"}}, "not signed with ES256"),
    ({"head": {"kid": ...}}, "no 'kid' of ten characters"),
    ({"claims": {"iss": "short"}}, "no 'iss' of ten characters"),
    ({"claims": {"exp": "soon"}}, "'exp' is not a number"),
    ({"claims": {"origin": "x"}}, "'origin' is not a list"),
    ({"claims": {"exp": 1_700_000_000}}, "has expired"),
    ({"claims": {"exp": 1_900_000_000}}, "valid for more than 15777000 seconds"),
    ({"claims": {"iat": 1_800_003_600}}, "'exp' is not after 'iat'"),
    ({"claims": {"origin": ["https://example.com"]}}, "is limited to web origins"),
    ({"claims": b"[]"}, "are not a JSON object"),
    ({"claims": b"{"}, "are not a JSON object"),
    ({"signature": "AAAA"}, "signature is not 64 bytes of ES256"),
]


def test_rejected_developer_token_is_explained(
    ask: Callable[..., Response], service: MockService, a_token: Callable[..., str]
) -> None:
    """The empty 401 has a reason in the journal."""
    offenders = []
    for changes, reason in TOKEN_NEAR_MISSES:
        ask("GET", "songs/1", token=a_token(**changes))
        found = str(service.requests()[-1].reason)
        if reason not in found:
            offenders.append((reason, found))

    assert not offenders


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ((), "there is no Authorization header"),
        ((("Authorization", "Basic x"),), "does not begin with 'Bearer '"),
        ((("Authorization", "Bearer x.y"),), "is not a JWT"),
        ((("Authorization", "a"), ("Authorization", "b")), "more than one Authorization header"),
    ],
)
def test_missing_developer_token_is_explained(
    ask: Callable[..., Response], service: MockService, headers: Any, reason: str
) -> None:
    """No header, another scheme, two headers: each has its messages."""
    ask("GET", "songs/1", token=None, headers=headers)

    assert reason in str(service.requests()[0].reason)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ((), "there is no Music-User-Token header"),
        ((("media-user-token", "x"),), "is in the header media-user-token"),
        ((("Music-User-Token", " "),), "header is empty"),
        ((("Music-User-Token", "a"), ("Music-User-Token", "b")), "more than one Music-User-Token"),
    ],
)
def test_missing_user_token_is_explained(
    ask: Callable[..., Response], service: MockService, headers: Any, reason: str
) -> None:
    """The web player's header and an empty one are named."""
    ask("GET", "songs/1", user=None, headers=headers)

    assert reason in str(service.requests()[0].reason)


def test_developer_token_expired_by_the_mock_is_not_an_error_of_the_client(
    ask: Callable[..., Response], service: MockService
) -> None:
    """A valid request with an expired token is rejected and not invalid."""
    service.revoke("bert")
    ask("GET", "songs/1", user="bert")
    ask("GET", "songs/1")
    service.expire_developer_tokens()
    ask("GET", "songs/1")

    assert [entry.verdict for entry in service.requests()] == ["rejected", "ok", "rejected"]


def test_valid_requests_are_ok(ask: Callable[..., Response], service: MockService) -> None:
    """The 404 of an unrated item is a correct response to a valid request."""
    ask("GET", "songs/1")
    ask("PUT", "songs/1", body=LIKE)
    ask("GET", "songs?ids=1,2")
    ask("DELETE", "songs/1")
    ask("GET", "/v1/me/library/songs")
    ask("POST", "/v1/me/favorites?ids[songs]=1")
    ask("GET", "/v1/test")

    assert {entry.verdict for entry in service.requests()} == {"ok"}
    assert [entry.operation for entry in service.requests()] == [
        "get", "put", "list", "delete", "library", "favorites", "test",
    ]  # fmt: skip


def test_repeated_keys_are_reported(ask: Callable[..., Response], service: MockService) -> None:
    """They get a response, as on sibling paths, and are recorded as invalid."""
    response = ask("GET", "songs?ids=1&ids=2")

    assert response.status == 200
    assert "ids are sent as repeated keys" in str(service.requests()[0].reason)


def test_no_token_is_kept(ask: Callable[..., Response], service: MockService) -> None:
    """The journal and the state name people by fingerprints."""
    service.inject_fault(Fault("user-token-revoked", user="a-secret-token", count=1))
    ask("PUT", "songs/1", body=LIKE, user="other-secret")
    ask("GET", "songs/1", user="a-secret-token")
    ask("GET", "songs/1", token="eyJ.secret.secret")
    shown = repr([service.requests(), service.state(), service.coverage()])

    assert "secret" not in shown
    assert service.requests()[0].user == fingerprint("other-secret")


def test_journal_is_bounded(now: int, a_token: Callable[..., str]) -> None:
    """Only the last requests are truncate_at, and of each only so much."""
    service = MockService(now=lambda: now, journal_size=3)
    headers = [("Authorization", f"Bearer {a_token()}"), ("Music-User-Token", "anna")]
    for number in range(5):
        path = f"/v1/me/ratings/songs/{number}"
        service.handle(Request("PUT", path, "l=" + "x" * 5000, headers, b"y" * 100_000))
    entries = service.requests()

    assert [entry.number for entry in entries] == [3, 4, 5]
    assert all(len(entry.target) <= 1024 and len(entry.body) <= 1024 for entry in entries)


FILTERS: list[tuple[Any, list[int]]] = [
    ({}, [1, 2, 3, 4]),
    ({"since": 2}, [3, 4]),
    ({"limit": 1}, [4]),
    ({"limit": 9}, [1, 2, 3, 4]),
    ({"operation": "put"}, [2]),
    ({"type": "albums"}, [3]),
    ({"user_token": "bert"}, [4]),
    ({"verdict": "invalid"}, [3]),
    ({"text": "LIMIT"}, [3]),
    ({"text": '"value"'}, [2]),
    ({"verdict": "invalid", "operation": "put"}, []),
]


def test_journal_is_filtered(ask: Callable[..., Response], service: MockService) -> None:
    """By number, operation, type, user, verdict and text."""
    ask("GET", "songs/1")
    ask("PUT", "songs/1", body=LIKE)
    ask("GET", "albums?ids=1&limit=1")
    ask("GET", "songs/1", user="bert")
    found = [[entry.number for entry in service.requests(**each)] for each, _ in FILTERS]

    assert found == [numbers for _, numbers in FILTERS]


def test_request_is_recorded_with_the_faults_that_applied(
    ask: Callable[..., Response], service: MockService
) -> None:
    """An injected error is distinguished from a mistake of the client."""
    service.inject_fault(Fault("error", status=503))
    service.inject_fault(Fault("latency"))
    ask("GET", "songs/1")
    (entry,) = service.requests()

    assert (entry.status, entry.verdict) == (503, "ok")
    assert entry.faults == ("error", "latency")


def test_coverage_tells_right_wrong_and_never(
    ask: Callable[..., Response], service: MockService
) -> None:
    """Each of the 36 operations is ok, invalid with its reasons, or never called."""
    ask("GET", "songs/1")
    ask("PUT", "songs/1", body=LIKE)
    ask("PUT", "songs/1")
    ask("GET", "nonsense/1")
    ask("GET", "/v1/test")
    coverage: Any = service.coverage()
    states = {(each["operation"], each["type"]): each for each in coverage["ratings"]}

    assert (coverage["operations"], coverage["ok"], coverage["invalid"]) == (36, 1, 1)
    assert coverage["never"] == 34
    assert states["get", "songs"]["state"] == "ok"
    assert (states["put", "songs"]["ok"], states["put", "songs"]["invalid"]) == (1, 1)
    assert states["put", "songs"]["reasons"][0]["reason"].startswith("PUT has no body")
    assert states["delete", "songs"]["state"] == "never"
    assert {each["operation"]: each["state"] for each in coverage["auxiliary"]}["test"] == "ok"
    assert coverage["unmatched"][0]["count"] == 1


def test_reasons_are_bounded(ask: Callable[..., Response], service: MockService) -> None:
    """However many ways to be wrong are tried, few are truncate_at."""
    for number in range(50):
        ask("GET", f"songs/x{number}")
    coverage: Any = service.coverage()
    songs = next(each for each in coverage["ratings"] if each["type"] == "songs")

    assert songs["invalid"] == 50
    assert len(songs["reasons"]) == 20


def test_cleared_journal_is_empty(ask: Callable[..., Response], service: MockService) -> None:
    """Requests and coverage are deleted, and numbers continue."""
    ask("GET", "songs/1")
    service.clear_requests()
    empty: Any = service.coverage()
    ask("GET", "songs/1")

    assert empty["never"] == 36
    assert [entry.number for entry in service.requests()] == [2]
