from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from attrs import fields
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

import apple_music_ratings_mock
from apple_music_ratings_mock import Behaviors, Fault, LibraryEntry, MockService, Request, Response
from apple_music_ratings_mock.api.fingerprints import fingerprint
from apple_music_ratings_mock.api.messages import MAX_ADMIN_BODY
from apple_music_ratings_mock.faults.kinds import OPTIONS, FaultKind
from apple_music_ratings_mock.serving.admin import Admin
from apple_music_ratings_mock.serving.asgi import MockASGIApp

CONTRACT = Path(apple_music_ratings_mock.__file__).with_name("serving") / "admin-openapi.yaml"
JSON = ("Content-Type", "application/json")
HOST = ("Host", "127.0.0.1:8787")

schema = schemathesis.openapi.from_path(
    str(CONTRACT),
    config=SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "generation": {"deterministic": True, "max-examples": 15, "database": "none"},
            "phases": {"stateful": {"inference": {"algorithms": []}}},
        }
    ),
)
SERVICE = MockService()
schema.app = MockASGIApp(SERVICE, Admin(SERVICE, hosts=None))


@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_every_response_is_one_that_the_admin_contract_describes(
    case: schemathesis.Case[Any],
) -> None:
    """Schemathesis finds nothing that the document beside it does not say."""
    SERVICE.reset()

    case.call_and_validate()


@pytest.fixture
def admin(service: MockService) -> Admin:
    """The admin API on loopback, without a token."""
    return Admin(service)


@pytest.fixture
def tell(admin: Admin) -> Callable[..., Any]:
    """Sends a request to the admin API; gives the status and the document."""

    def send(
        method: str,
        path: str,
        document: Any = None,
        *,
        headers: tuple[tuple[str, str], ...] = (HOST, JSON),
        to: Admin = admin,
    ) -> tuple[int, Any]:
        path, _, query = path.partition("?")
        body = b"" if document is None else document
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = to.handle(Request(method, f"/__admin{path}", query, headers, raw))
        return response.status, json.loads(response.body) if response.body else None

    return send


def test_contract_has_every_option_of_a_fault() -> None:
    """Each kind has a schema with the options of the kind, as faults are validated by."""
    schemas = yaml.safe_load(CONTRACT.read_text("utf-8"))["components"]["schemas"]
    options = {each.name: each.metadata["schema"] for each in fields(Fault)}
    kinds = {
        schemas[name]["properties"]["kind"]["const"]: schemas[name]
        for each in schemas["Fault"]["oneOf"]
        for name in [each["$ref"].rpartition("/")[2]]
    }
    for schema in kinds.values():
        for name, each in schema["properties"].items():
            each.pop("description")
            assert name == "kind" or each == options[name]

    own = {kind: set(schema["properties"]) & set(OPTIONS) for kind, schema in kinds.items()}
    assert own == {kind.value: set(kind.options) for kind in FaultKind}
    assert set(schemas["Behaviors"]["properties"]) == set(Behaviors().as_mapping())


def test_state_goes_out_and_in(tell: Callable[..., Any], service: MockService) -> None:
    """What was read can be put back, with fingerprints in the place of tokens."""
    document = {
        "library": [{"type": "library-songs", "library_id": "i.a", "catalog_id": "1", "name": "A"}],
        "users": [
            {"token": "anna", "ratings": [{"type": "library-songs", "id": "i.a", "value": 1}]},
            {"token": "bert", "status": "revoked"},
            {"token": "carl", "status": "unsubscribed"},
        ],
    }

    status, put = tell("PUT", "/state", document)
    service.set_rating("anna", "songs", "1", -1)
    _, changed = tell("GET", "/state")
    tell("PUT", "/state", put)

    assert status == 200
    assert {user["token"]: user["status"] for user in put["users"]} == {
        fingerprint("anna"): "active",
        fingerprint("bert"): "revoked",
        fingerprint("carl"): "unsubscribed",
    }
    assert changed != put
    assert tell("GET", "/state") == (200, put)
    assert service.ratings("anna") == {("songs", "1"): 1}


def test_state_without_library_keeps_it(tell: Callable[..., Any], now: int) -> None:
    """Users can be changed alone, and null takes the library away."""
    service = MockService(now=lambda: now, library=[LibraryEntry("library-songs", "i.a", "1")])
    admin = Admin(service)
    rating = {"type": "library-songs", "id": "i.b", "value": 1}
    users = [{"token": "anna", "ratings": [rating]}]

    rejected = tell("PUT", "/state", {"users": users}, to=admin)
    taken = tell("PUT", "/state", {"users": users, "library": None}, to=admin)

    assert rejected == (
        409,
        {"error": "users[0].ratings[0].id: there is no library-songs/i.b to rate"},
    )
    assert taken[0] == 200


def test_reset_goes_back_to_the_beginning(
    tell: Callable[..., Any], ask: Callable[..., Response], now: int
) -> None:
    """Ratings and faults of the beginning are there again, and nothing else is."""
    rating = {"type": "songs", "id": "1", "value": 1}
    service = MockService(
        now=lambda: now,
        users=[{"token": "anna", "ratings": [rating]}],
        faults=[Fault("error", operation="put")],
    )
    admin = Admin(service)
    ask("DELETE", "songs/1", of=service)
    service.inject_fault(Fault("truncated-body"))
    service.revoke("anna")
    service.advance(50)

    assert tell("POST", "/reset", to=admin) == (204, None)
    assert service.ratings("anna") == {("songs", "1"): 1}
    assert [each.fault.kind for each in service.faults] == ["error"]
    assert service.time == now
    assert service.requests() == []
    assert ask("GET", "songs/1", of=service).status == 200


def test_fault_is_injected_listed_and_removed(
    tell: Callable[..., Any], ask: Callable[..., Response]
) -> None:
    """A fault has a number from its injection until its removal."""
    fault = {"kind": "error", "operation": "put", "status": 503}
    made = tell("POST", "/faults", fault)
    ask("PUT", "songs/1", body={"attributes": {"value": 1}})
    listed = tell("GET", "/faults")

    assert made == (201, {"number": 1, "fault": fault})
    assert listed[1]["faults"] == [{**made[1], "matched": 1, "applied": 1}]
    assert tell("DELETE", "/faults/1") == (204, None)
    assert tell("DELETE", "/faults/1")[0] == 404
    tell("POST", "/faults", {"kind": "truncated-body"})
    assert tell("DELETE", "/faults") == (204, None)
    assert tell("GET", "/faults") == (200, {"faults": []})


def test_requests_are_searched_and_forgotten(
    tell: Callable[..., Any], ask: Callable[..., Response]
) -> None:
    """The journal can be read from a number on, by verdict and so forth."""
    ask("GET", "songs/1")
    ask("PUT", "songs/1", user="bert")
    _, found = tell(
        "GET", "/requests?since=1&limit=5&verdict=invalid&operation=put&type=songs&text=body"
    )
    entry = found["requests"][0]

    assert found["last"] == 2
    assert (entry["number"], entry["status"], entry["user"]) == (2, 400, fingerprint("bert"))
    assert entry["at"] == "2027-01-15T08:00:00.000Z"
    assert tell("GET", "/requests?user=bert")[1]["requests"] == [entry]
    assert tell("DELETE", "/requests") == (204, None)
    assert tell("GET", "/requests")[1] == {"last": 2, "requests": []}


def test_coverage_and_switches_are_shown(tell: Callable[..., Any]) -> None:
    """Both are there before the first request."""
    assert tell("GET", "/coverage")[1]["never"] == 36
    assert tell("GET", "/behaviors")[1]["delete_unrated"] == "404"


def test_evidence_files_are_listed(tell: Callable[..., Any]) -> None:
    """None by default; the tests of the probe follow some."""
    assert tell("GET", "/evidence") == (200, {"files": []})


def test_behaviors_are_changed(tell: Callable[..., Any], ask: Callable[..., Response]) -> None:
    """A change applies at once, an invalid one changes nothing, and a reset restores them."""
    status, changed = tell("PATCH", "/behaviors", {"delete_unrated": 204, "max_ids": 2})
    invalid = tell("PATCH", "/behaviors", {"delete_unrated": "205"})
    deleted = ask("DELETE", "songs/1").status
    tell("POST", "/reset")

    assert (status, changed["delete_unrated"], changed["max_ids"]) == (200, "204", 2)
    assert invalid[0] == 400
    assert deleted == 204
    assert tell("GET", "/behaviors")[1]["delete_unrated"] == "404"


def test_clock_is_advanced(
    tell: Callable[..., Any], ask: Callable[..., Response], now: int
) -> None:
    """After an hour the developer token of the tests has ended."""
    status, before = tell("GET", "/clock")
    after = tell("POST", "/clock", {"advance": 3600})[1]
    times = [datetime.fromisoformat(each["at"]).timestamp() for each in (before, after)]

    assert (status, before["now"], after["now"]) == (200, now, now + 3600)
    assert times == [now, now + 3600]
    assert ask("GET", "songs/1").status == 401
    assert tell("POST", "/clock", {"advance": -1.5})[1]["now"] == now + 3598.5


def a_rating(**changes: Any) -> dict[str, Any]:
    """Build a state with one rating that is in order but for the changes."""
    rating = {"type": "songs", "id": "1", "value": 1} | changes
    return {"users": [{"token": "a", "ratings": [rating]}]}


def a_favorite(type: str, id: str) -> dict[str, Any]:
    """Build a state with one favorite and no rating."""
    return {"users": [{"token": "a", "favorites": [{"type": type, "id": id}]}]}


SONG = {"type": "library-songs", "library_id": "i.a"}


INVALID_REQUESTS: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/nothing", None, 404, "there is no /__admin/nothing; paths: /__admin/,"),
    ("GET", "/faults/x", None, 404, "there is no"),
    ("GET", "/reset", None, 405, "GET is not one of POST"),
    ("POST", "/faults/1", None, 405, "POST is not one of DELETE"),
    ("POST", "/", None, 405, "POST is not one of GET"),
    ("PUT", "/state", b"{", 400, "not JSON"),
    ("PUT", "/state", [], 400, "not a mapping"),
    ("PUT", "/state", {"people": []}, 400, "people: 'people' is not one of library, users"),
    ("PUT", "/state", {"users": {}}, 400, "users: this is not a list"),
    ("PUT", "/state", {"users": [{}]}, 400, "users[0]: 'token' is missing"),
    ("PUT", "/state", {"users": [{"token": " a"}]}, 400, "users[0].token: a token is a string"),
    ("PUT", "/state", {"users": [{"token": "a", "status": "gone"}]}, 400, "'gone' is not one"),
    ("PUT", "/state", {"users": [{"token": 7}]}, 400, "7 is not a string; put it in quotation"),
    ("PUT", "/state", {"library": [SONG | {"type": "songs"}]}, 400, "library[0].type: 'songs'"),
    ("PUT", "/state", {"library": [SONG, SONG]}, 409, "repeated"),
    ("PUT", "/state", a_rating(type="song"), 400, "users[0].ratings[0].type: 'song' is not"),
    ("PUT", "/state", a_rating(value=0), 400, "0 is neither 1 nor -1"),
    ("PUT", "/state", a_favorite("library-songs", "i.a"), 409, "users[0].favorites[0].id: library"),
    ("PUT", "/state", a_favorite("songs", "i.a"), 409, "songs/i.a cannot be a favorite"),
    ("POST", "/faults", {"kind": "fire"}, 400, "kind is 'fire'"),
    ("POST", "/reset", {"now": 1}, 400, "'now' is not one of"),
    ("POST", "/clock", {}, 400, "give the seconds to advance"),
    ("POST", "/clock", {"advance": 1e300}, 400, "cannot be moved"),
    ("GET", "/requests?since=-1", None, 400, "since: '-1' is not an integer"),
    ("GET", "/requests?operation=post", None, 400, "operation: 'post' is not one of"),
    ("GET", "/requests?color=red", None, 400, "'color' is not one of"),
    ("PUT", "/state", b" " * (MAX_ADMIN_BODY + 1), 413, "the body is over"),
]  # fmt: skip


def test_invalid_request_is_explained(tell: Callable[..., Any]) -> None:
    """An invalid path, method or document is reported with its place."""
    offenders = []
    for method, path, document, status, complaint in INVALID_REQUESTS:
        got, response = tell(method, path, document)
        if got != status or complaint not in response["error"]:
            offenders.append((method, path, response))

    assert not offenders


def test_unfit_state_changes_nothing(tell: Callable[..., Any], service: MockService) -> None:
    """A document is taken as a whole or not at all."""
    service.set_rating("anna", "songs", "1", 1)
    rating = {"type": "songs", "id": "2", "value": 1}

    tell("PUT", "/state", {"users": [{"token": "bert", "ratings": [rating]}, {"token": ""}]})

    assert service.ratings("anna") == {("songs", "1"): 1}
    assert service.ratings("bert") == {}


ORIGINS: list[tuple[Any, int]] = [
    ((HOST,), 200),
    ((("Host", "localhost:8787"),), 200),
    ((("Host", "[::1]:8787"),), 200),
    ((("Host", "[::1]"),), 200),
    ((HOST, ("Origin", "http://127.0.0.1:8787")), 200),
    ((), 403),
    ((HOST, HOST), 403),
    ((("Host", "rebound.example:8787"),), 403),
    ((HOST, ("Origin", "http://other.example")), 403),
    ((HOST, ("Origin", "http://127.0.0.1:9999")), 403),
    ((HOST, ("Origin", "null")), 403),
]


def test_pages_of_other_origins_are_rejected(tell: Callable[..., Any]) -> None:
    """Neither a rebound name nor another origin is accepted."""
    statuses = [tell("GET", "/state", headers=headers)[0] for headers, _ in ORIGINS]

    assert statuses == [status for _, status in ORIGINS]


def test_no_other_origin_may_read(admin: Admin) -> None:
    """Nothing under /__admin is shared with other pages."""
    for path in ("/__admin/state", "/__admin/", "/__admin/nothing"):
        response = admin.handle(Request("GET", path, "", [HOST]))

        assert not any(name.lower().startswith("access-control") for name, _ in response.headers)


def test_write_has_to_say_that_it_is_json(tell: Callable[..., Any]) -> None:
    """A form of another page could not send that without asking first."""
    headers = (HOST, ("Content-Type", "text/plain"))

    assert tell("POST", "/faults", {"kind": "truncated-body"}, headers=headers)[0] == 415


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("Bearer of-the-mock", 200), ("Bearer of-another", 401), ("of-the-mock", 401), (None, 401)],
)
def test_token_is_asked_for_where_others_can_reach_it(
    tell: Callable[..., Any], service: MockService, authorization: str | None, status: int
) -> None:
    """With a token all data is behind it, whatever the name of the host."""
    admin = Admin(service, token="of-the-mock", hosts=None)
    headers: tuple[tuple[str, str], ...] = (("Host", "192.0.2.1"),)
    if authorization is not None:
        headers = (*headers, ("Authorization", authorization))

    assert tell("GET", "/state", headers=headers, to=admin)[0] == status


def test_contract_and_dashboard_need_no_token(service: MockService) -> None:
    """Both hold no data; the page asks for the token itself."""
    admin = Admin(service, token="of-the-mock")
    contract = admin.handle(Request("GET", "/__admin/openapi.yaml", "", [HOST]))
    page = admin.handle(Request("GET", "/__admin/", "", [HOST]))

    assert contract.body == CONTRACT.read_bytes()
    assert page.status == 200
    assert b"<title>Ratings mock</title>" in page.body


def test_dashboard_has_no_outside_resources(admin: Admin) -> None:
    """Its policy lets nothing but its own script and style run, and it names no other address."""
    page = admin.handle(Request("GET", "/__admin", "", [HOST]))
    policy = dict(page.headers)["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert b"http://" not in page.body
    assert b"https://" not in page.body
