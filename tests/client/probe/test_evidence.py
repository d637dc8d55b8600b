from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import httpx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.builders import FakeClock

from apple_music_ratings import DeveloperToken, FileError, Item
from apple_music_ratings.probe import Evidence, Prober, make_evidence, read_evidence, schema
from apple_music_ratings.probe.exchanges import Exchange, ProbeRequest, ProbeResponse
from apple_music_ratings.probe.redaction import Redactor, is_known_key
from apple_music_ratings_mock import MockService

SONG = Item("songs", "4815162342")
BASE_URL = "https://api.music.apple.com"
TOKEN = "eyJhbGciOi.canarydeveloper.token"
USER_TOKEN = "canaryUserToken0123456789"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def a_probe(transport: httpx.BaseTransport, token: str = TOKEN) -> Prober:
    """Return a probe that has sent everything."""
    prober = Prober(
        base_url=BASE_URL,
        developer_token=DeveloperToken(token),
        music_user_token=USER_TOKEN,
        transport=transport,
        clock=FakeClock(),
    )
    prober.read()
    prober.write([SONG])
    return prober


def evidence_of(prober: Prober) -> Evidence:
    """Return what a probe found."""
    return make_evidence(
        day=date(2026, 11, 26),
        contract="1.0.0",
        service="api.music.apple.com",
        findings=prober.findings,
        exchanges=prober.exchanges,
    )


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """The evidence of a probe of the mock."""
    service = MockService()
    return evidence_of(a_probe(service.transport, service.developer_token()))


def test_file_follows_its_schema(evidence: Evidence) -> None:
    """The schema is part of the package."""
    validator = Draft202012Validator(schema())

    assert not list(validator.iter_errors(json.loads(evidence.as_text())))
    assert list(validator.iter_errors({}))


def test_file_reads_back(evidence: Evidence, tmp_path: Path) -> None:
    """With the same findings and exchanges."""
    path = tmp_path / "evidence.json"
    path.write_text(evidence.as_text(), "utf-8")

    assert read_evidence(path).as_text() == evidence.as_text()
    assert len(evidence.settled) > 10


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "x"}', "null", '{"questions": 1}'])
def test_other_file_is_rejected(text: str, tmp_path: Path) -> None:
    """With one sentence that names the file."""
    path = tmp_path / "other.json"
    path.write_text(text, "utf-8")

    with pytest.raises(FileError, match=r"other\.json is not an evidence file"):
        read_evidence(path)


def test_known_messages_and_codes_are_kept(evidence: Evidence) -> None:
    """They are what the file is for."""
    text = evidence.as_text()

    for kept in ("40400", "Resource with requested id was not found", "application/json"):
        assert kept in text


def test_no_id_of_the_user_is_kept(evidence: Evidence) -> None:
    """The item that the user named is a placeholder, in path and body."""
    assert SONG.id not in evidence.as_text()
    assert TOKEN not in evidence.as_text()
    assert USER_TOKEN not in evidence.as_text()


def test_known_headers_are_kept() -> None:
    """Methods, seconds and media types; of a request id only that there was one."""
    headers = {
        "content-type": "application/json;charset=utf-8",
        "allow": "GET, PUT, SECRET",
        "retry-after": "30",
        "x-apple-request-uuid": "secret",
        "server": "secret",
    }
    response = ProbeResponse(status=405, headers=headers, content=b"")
    request = ProbeRequest(name="patch", method="PATCH", template="/v1/me/ratings/songs")
    redacted = Redactor().redact(Exchange(request=request, response=response))

    assert redacted["response"]["headers"] == {
        "x-apple-request-uuid": "<present>",
        "content-type": "application/json;charset=utf-8",
        "allow": "GET, PUT",
        "retry-after": "30",
    }


def test_deep_document_is_cut() -> None:
    """At a depth that no response of this API has."""
    content = b'{"data":' * 40 + b"1" + b"}" * 40
    response = ProbeResponse(status=200, headers={}, content=content)
    request = ProbeRequest(name="get", method="GET", template="/v1/me/ratings/songs")
    redacted = Redactor().redact(Exchange(request=request, response=response))

    assert "<too deep>" in json.dumps(redacted)
    assert json.dumps(redacted).count('"data"') < 20


@pytest.mark.parametrize(("key", "known"), [("attributes", True), ("secret", False)])
def test_members_of_the_contract_are_known(key: str, known: bool) -> None:  # noqa: FBT001
    """Places of mismatches show these names, and no others."""
    assert is_known_key(key) is known


CANARY = "canary-7f3a"
PLACES = (
    [
        {"headers": {name: CANARY}}
        for name in (
            *(
                "content-type",
                "allow",
                "retry-after",
                "x-apple-jingle-correlation-key",
                "set-cookie",
            ),
            *("x-apple-request-uuid", "www-authenticate", "server", "via", "location", CANARY),
        )
    ]
    + [
        {"json": document}
        for document in (
            {CANARY: 1},
            CANARY,
            [CANARY],
            {"data": [{"id": CANARY, "type": CANARY, "href": f"/v1/{CANARY}"}]},
            {
                "data": [
                    {"attributes": {"name": CANARY, "value": CANARY, "artwork": {"url": CANARY}}}
                ]
            },
            {"data": [{"relationships": {"content": {"data": [{"id": CANARY}]}}}]},
            {"meta": {"total": CANARY}, "next": CANARY},
            {
                "errors": [
                    {
                        **dict.fromkeys(("id", "title", "detail", "status", "code"), CANARY),
                        "source": {"parameter": CANARY, "pointer": CANARY},
                        "messageForDisplay": f"Invalid {CANARY}",
                    }
                ]
            },
            {"message": CANARY},
        )
    ]
    + [{"content": content} for content in (CANARY, f"<html>{CANARY}</html>", f"{CANARY}\0\ufffd")]
)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_no_canary_is_found(status: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Secrets in every header, field and error body are in no evidence file and no output."""
    offenders = []
    for place in PLACES:
        transport = httpx.MockTransport(lambda _: httpx.Response(status, **place))  # noqa: B023
        prober = a_probe(transport)
        findings = " ".join(finding.reason for finding in prober.findings)
        if CANARY in evidence_of(prober).as_text() + findings:
            offenders.append(place)
    out, err = capfd.readouterr()

    assert not offenders
    assert CANARY not in out + err


OWN_TEXT = evidence_of(a_probe(httpx.MockTransport(lambda _: httpx.Response(500)))).as_text()


@settings(max_examples=25)
@given(
    st.sampled_from([200, 400, 404, 405]),
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=9, max_size=12),
    st.sampled_from(["errors", "data", "meta", "title", "detail", "id", "other"]),
    json_values,
)
def test_no_unforeseen_text_is_kept(status: int, secret: str, key: str, value: object) -> None:
    """Wherever it is in a document of any shape."""
    assume(secret not in OWN_TEXT)  # Hypothesis tries strings of our source too.
    document = {key: [{key: secret, secret: value, "detail": f"x {secret} y"}], "v": value}
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=document))

    assert secret not in evidence_of(a_probe(transport)).as_text()


def test_no_frame_holds_a_token_when_the_connection_fails() -> None:
    """A lost response is a result, and a bug in a callback shows no token either."""
    import traceback

    def fail(_: object) -> None:
        raise ValueError("callback")

    prober = Prober(
        base_url=BASE_URL,
        developer_token=DeveloperToken(TOKEN),
        music_user_token=USER_TOKEN,
        transport=httpx.MockTransport(lambda _: httpx.Response(404)),
        clock=FakeClock(),
        on_exchange=fail,
    )
    with pytest.raises(ValueError, match="callback") as caught:
        prober.read()
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    shown = "".join(str(frame.locals) for frame in frames if frame.name != caught.traceback[0].name)

    assert TOKEN not in shown
    assert USER_TOKEN not in shown
