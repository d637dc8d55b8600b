"""The admin API under `/__admin`, with which tests in any language control the mock.

Described in `admin-openapi.yaml`. It is closed to web pages of other origins (no CORS, and the
Host is checked against DNS rebinding), and requires a token if other machines can reach the mock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from apple_music_ratings_mock.api.messages import (
    ADMIN_ROOT,
    MAX_ADMIN_BODY,
    Request,
    Response,
)
from apple_music_ratings_mock.api.operations import Operation
from apple_music_ratings_mock.api.strict_json import read_json
from apple_music_ratings_mock.faults.kinds import Fault
from apple_music_ratings_mock.journal.request_journal import Verdict, format_time
from apple_music_ratings_mock.scenarios.documents import (
    DocumentError,
    StateConflictError,
    as_mapping,
    check_members,
)

from .contract import contract_json, contract_yaml
from .dashboard import dashboard_response, tables
from .environment import choose_user

if TYPE_CHECKING:
    from apple_music_ratings_mock.faults.injector import ActiveFault
    from apple_music_ratings_mock.service import MockService

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_EMPTY = (("Content-Length", "0"), ("Cache-Control", "no-store"))
_PRIVATE = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class _RejectedError(Exception):
    """A request that the admin API rejects."""

    def __init__(self, status: int, message: str, allow: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.allow = allow


class Admin:
    """The admin API of a service.

    Args:
        service: The service to inspect and change.
        token: The token that clients have to send as `Authorization: Bearer …`; `None` for none.
        hosts: The accepted names in the Host header, in lower case and without a port. `None`
            accepts any, for servers that check it themselves.
    """

    def __init__(
        self,
        service: MockService,
        *,
        token: str | None = None,
        hosts: Iterable[str] | None = LOOPBACK_NAMES,
    ) -> None:
        self._service = service
        self._token = token
        self._hosts = None if hosts is None else frozenset(hosts)
        self._routes: dict[str, dict[str, Callable[[Request], object]]] = {
            "/reset": {"POST": self._reset},
            "/state": {"GET": lambda _: service.state(), "PUT": self._load},
            "/faults": {
                "GET": self._faults,
                "POST": self._inject_fault,
                "DELETE": self._clear_faults,
            },
            "/requests": {"GET": self._requests, "DELETE": self._clear_requests},
            "/coverage": {"GET": lambda _: service.coverage()},
            "/tokens": {"GET": self._tokens},
            "/clock": {"GET": self._clock, "POST": self._advance},
            "/tables": {"GET": lambda _: tables()},
            "/evidence": {"GET": lambda _: {"files": list(service.evidence)}},
            "/behaviors": {"GET": self._behaviors, "PATCH": self._change_behaviors},
        }

    def handle(self, request: Request) -> Response:
        """Return the response to a request for `/`, or whose path begins with `/__admin`."""
        try:
            if request.path == "/":
                return Response(307, (("Location", f"{ADMIN_ROOT}/"), *_EMPTY))
            if request.path == f"{ADMIN_ROOT}/health":
                # For containers: without tokens, and whatever the name of the host.
                _check_method(request, ("GET", "HEAD"))
                body = b'{"status":"ok"}\n' if request.method == "GET" else b""
                return _respond(200, body, "application/json; charset=utf-8")
            self._check_origin(request)
            if request.path in (ADMIN_ROOT, f"{ADMIN_ROOT}/"):
                _check_method(request, ("GET",))
                return dashboard_response()
            document = request.path.removeprefix(f"{ADMIN_ROOT}/")
            if document in _DOCUMENTS:
                _check_method(request, ("GET",))
                return _document(document)
            self._check_token(request)
            return self._dispatch(request)
        except _RejectedError as error:
            extra = (("Allow", error.allow),) if error.allow else ()
            return _json(error.status, {"error": error.message}, extra)

    def _dispatch(self, request: Request) -> Response:
        path = unquote(request.path.removeprefix(ADMIN_ROOT))
        number = path.removeprefix("/faults/")
        if number != path and number.isascii() and number.isdecimal() and len(number) < 16:
            _check_method(request, ("DELETE",))
            if not self._service.remove_fault(int(number)):
                raise _RejectedError(404, f"there is no fault {number}")
            return _no_content()
        route = self._routes.get(path)
        if route is None:
            names = ("/", "/health", *(f"/{name}" for name in _DOCUMENTS), *self._routes)
            known = ", ".join(f"{ADMIN_ROOT}{each}" for each in names)
            raise _RejectedError(404, f"there is no {request.path[:100]}; paths: {known}")
        _check_method(request, tuple(route))
        try:
            result = route[request.method](request)
        except StateConflictError as error:
            raise _RejectedError(409, str(error)) from error
        except ValueError as error:
            raise _RejectedError(400, str(error)) from error
        return _no_content() if result is None else _json(201 if _is_made(request) else 200, result)

    def _check_origin(self, request: Request) -> None:
        hosts = request.header_values("host")
        host = hosts[0].lower() if len(hosts) == 1 else ""
        if self._hosts is not None and _without_port(host) not in self._hosts:
            names = ", ".join(sorted(self._hosts))
            raise _RejectedError(403, f"the Host header has to name the mock: {names}")
        for origin in request.header_values("origin"):
            # A page of another origin can send, though it cannot read.
            if urlsplit(origin).netloc.lower() != host:
                raise _RejectedError(403, "requests from other origins are not allowed")

    def _check_token(self, request: Request) -> None:
        if self._token is None:
            return
        sent = "".join(request.header_values("authorization"))
        if not compare_digest(sent.encode(), f"Bearer {self._token}".encode()):
            message = "send the admin token that the mock printed: 'Authorization: Bearer TOKEN'"
            raise _RejectedError(401, message)

    def _reset(self, request: Request) -> None:
        _read_members(request, ())
        self._service.reset()

    def _load(self, request: Request) -> object:
        self._service.load_state(_read_members(request, ("library", "users")))
        return self._service.state()

    def _faults(self, _: Request) -> object:
        return {"faults": [_fault_document(each) for each in self._service.faults]}

    def _inject_fault(self, request: Request) -> object:
        fault = Fault.from_mapping(_read_members(request, None))
        number = self._service.inject_fault(fault)
        return {"number": number, "fault": fault.as_mapping()}

    def _clear_faults(self, _: Request) -> None:
        self._service.clear_faults()

    def _requests(self, request: Request) -> object:
        query = parse_qs(request.query, keep_blank_values=True)
        parameters = {name: values[-1] for name, values in query.items()}
        names = ("since", "limit", "operation", "type", "user", "verdict", "text")
        check_members(parameters, names, ())
        _check_word(parameters, "operation", tuple(Operation))
        _check_word(parameters, "verdict", tuple(Verdict))
        found = self._service.requests(
            since=_integer(parameters, "since", 0),
            limit=_integer(parameters, "limit", 1000),
            operation=parameters.get("operation"),
            type=parameters.get("type"),
            user_token=parameters.get("user"),
            verdict=parameters.get("verdict"),
            text=parameters.get("text"),
        )
        entries = [entry.as_mapping() for entry in found]
        return {"last": self._service.request_count, "requests": entries}

    def _clear_requests(self, _: Request) -> None:
        self._service.clear_requests()

    def _behaviors(self, _: Request) -> object:
        return self._service.behaviors.as_mapping()

    def _change_behaviors(self, request: Request) -> object:
        self._service.change_behaviors(**_read_members(request, None))
        return self._behaviors(request)

    def _tokens(self, _: Request) -> object:
        try:
            developer_token = self._service.developer_token()
        except ValueError:  # only the holder of the key can sign
            developer_token = None
        user = choose_user(self._service.initial_users, is_loopback=True, fresh="")
        return {"developer_token": developer_token, "music_user_token": user}

    def _clock(self, _: Request) -> object:
        now = self._service.time
        return {"now": now, "at": format_time(now)}

    def _advance(self, request: Request) -> object:
        members = _read_members(request, ("advance",))
        seconds = members.get("advance")
        if type(seconds) not in (int, float):
            raise DocumentError("give the seconds to advance, such as 3600", ("advance",))
        self._service.advance(float(seconds))  # type: ignore[arg-type]  # a number
        return self._clock(request)


def _is_made(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/faults")


def _fault_document(active: ActiveFault) -> dict[str, object]:
    return {
        "number": active.number,
        "fault": active.fault.as_mapping(),
        "matched": active.matched,
        "applied": active.applied,
    }


def _check_method(request: Request, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        allow = ", ".join(methods)
        raise _RejectedError(405, f"{request.method[:16]} is not one of {allow}", allow)


def _read_members(request: Request, known: tuple[str, ...] | None) -> Mapping[str, object]:
    if len(request.body) > MAX_ADMIN_BODY:
        raise _RejectedError(413, f"the body is over {MAX_ADMIN_BODY} bytes")
    if not request.body and known == ():
        return {}
    content_type = "".join(request.header_values("content-type")[:1])
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise _RejectedError(415, "send JSON with the header 'Content-Type: application/json'")
    try:
        document = read_json(request.body)
    except ValueError as error:
        raise _RejectedError(400, f"the body is not JSON: {error}") from error
    members = as_mapping(document, ())
    if known is not None:
        check_members(members, known, ())
    return members


def _integer(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise DocumentError(f"{text[:40]!r} is not an integer", (name,))
    return int(text)


def _check_word(parameters: Mapping[str, str], name: str, choices: tuple[str, ...]) -> None:
    if name in parameters and parameters[name] not in choices:
        raise DocumentError(
            f"{parameters[name][:40]!r} is not one of {', '.join(choices)}", (name,)
        )


def _without_port(host: str) -> str:
    name, separator, port = host.rpartition(":")
    return name if separator and port.isdecimal() else host


def _admin_contract() -> bytes:
    return Path(__file__).with_name("admin-openapi.yaml").read_bytes()


# Public descriptions, which need no token.
_DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "openapi.yaml": _admin_contract,
    "contract.yaml": contract_yaml,
    "contract.json": contract_json,
}


def _document(name: str) -> Response:
    try:
        body = _DOCUMENTS[name]()
    except ValueError as error:
        raise _RejectedError(404, str(error)) from error
    return _respond(200, body, f"application/{name.rpartition('.')[2]}; charset=utf-8")


def _no_content() -> Response:
    return Response(204, _PRIVATE)


def _json(status: int, document: object, extra: tuple[tuple[str, str], ...] = ()) -> Response:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # The line end is for readers of a terminal.
    body = f"{text}\n".encode("utf-8", "backslashreplace")
    return _respond(status, body, "application/json; charset=utf-8", extra)


def _respond(
    status: int, body: bytes, content_type: str, extra: tuple[tuple[str, str], ...] = ()
) -> Response:
    length = ("Content-Length", str(len(body)))
    return Response(status, (("Content-Type", content_type), length, *_PRIVATE, *extra), body)
