"""Redact exchanges: only what is known to be impersonal is kept, all else becomes a placeholder.

Pure. An allow-list, not a list of secrets: an unforeseen header, member, word or number is
replaced, so that no token, name, id, library content or address can be in an evidence file. Equal
values get equal placeholders.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from apple_music_ratings.models import ResourceType

from .exchanges import Exchange, ProbeResponse

_MAX_DEPTH = 12
_MAX_ENTRIES = 20
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_MEDIA_TYPES = frozenset({"application/json", "text/html", "text/plain"})
_PRESENT_ONLY = ("x-apple-jingle-correlation-key", "x-apple-request-uuid", "www-authenticate")
# Names in the contract's schemas of ratings and errors, and `messageForDisplay` (observed).
_KEYS = frozenset(
    (
        *("attributes", "code", "content", "data", "detail", "errors", "href", "id", "message"),
        *("messageForDisplay", "meta", "next", "parameter", "pointer", "relationships", "source"),
        *("status", "title", "total", "type", "value"),
    )
)
# The service's own messages, documented or observed; their words are kept, and no others.
_MESSAGES = (
    "Resource Not Found: Resource with requested id was not found",
    "Forbidden: Invalid authentication. Unauthorized. Missing user token",
    "Invalid Path Value: Unknown resource type",
    "Missing Parameter: No id(s) supplied on the request",
    "Invalid Parameter Value: No id(s) supplied in the query parameter",
    "Limit may not be supplied on this request. Invalid language tag. Unknown relationship",
    "Value must be an integer less than or equal to, but was. Number of ids must be greater",
    "Insufficient Privileges: User does not have access to privilege: CloudLibrary",
    "User's subscription tier does not have access. Insufficient Permissions",
    "entities require permissions that are not in the request",
    "Path Not Found. No related resources found for. Method Not Allowed",
    "Upstream Service Error. Internal Server Error. Bad Request. API capacity exceeded",
    "Invalid Request Body. Unable to update. Request Entity Too Large. Request-URI Too Long",
)
_TYPES = frozenset((*ResourceType, "artists", "library-artists", "rating", "ratings", "song"))
_WORD = re.compile(r"[^\s'\",.:;]+")
_WORDS = frozenset(_WORD.findall(" ".join(_MESSAGES).lower()))
_CODE = re.compile(r"[1-5]\d{2}(\d{2})?\Z")
_WORD = re.compile(r"[^\s'\",.:;]+")


@define
class Redactor:
    """Redacts the exchanges of one run; the placeholders are stable within it."""

    _placeholders: dict[tuple[str, str], str] = field(factory=dict)

    def redact(self, exchange: Exchange) -> dict[str, Any]:
        """Return an exchange as a JSON document without anything personal."""
        request, response = exchange.request, exchange.response
        return {
            "name": request.name,
            "method": request.method,
            "path": request.template,
            "ids": len(request.ids),
            "query": sorted({name for name, _ in request.parameters}),
            "body": request.body,
            "signing": request.signing,
            "response": None if response is None else self._response(response),
        }

    def _response(self, response: ProbeResponse) -> dict[str, Any]:
        return {
            "status": response.status,
            "headers": _headers(response.headers),
            "body": self._body(response),
        }

    def _body(self, response: ProbeResponse) -> Any:
        if not response.content:
            return None
        document = response.document
        if document is None and response.content.strip() != b"null":
            return {"text": self._text(response.content.decode("utf-8", "replace"))}
        return {"json": self._value(document, None, 0)}

    def _value(self, value: Any, key: str | None, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            return "<too deep>"
        if isinstance(value, dict):
            return {
                name if name in _KEYS else self._placeholder("key", name): self._value(
                    each, name, depth + 1
                )
                for name, each in list(value.items())[:_MAX_ENTRIES]
            }
        if isinstance(value, list):
            return [self._value(each, key, depth + 1) for each in value[:_MAX_ENTRIES]]
        if value is None or isinstance(value, bool) or (key == "value" and value in (-1, 0, 1)):
            return value
        if isinstance(value, str):
            return self._string(value, key)
        return self._placeholder("number", json.dumps(value))

    def _string(self, value: str, key: str | None) -> str:
        if key in ("status", "code") and _CODE.match(value):
            return value
        if key == "type" and value in _TYPES:
            return value
        if key in ("title", "detail", "message", "messageForDisplay"):
            return self._text(value)
        if key in ("parameter", "pointer") and value in ("ids", "include", "l", "limit"):
            return value
        return self._placeholder(key if key in _KEYS and key else "text", value)

    def _text(self, text: str) -> str:
        """Keep the words that are known; a page or a long text is replaced as a whole."""
        if "<" in text or len(text) > 200:
            return self._placeholder("page" if "<" in text else "text", text)
        return _WORD.sub(self._word, text)

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        return word if word.lower() in _WORDS else self._placeholder("word", word)

    def _placeholder(self, kind: str, value: str) -> str:
        key = (kind, value)
        if key not in self._placeholders:
            number = sum(known == kind for known, _ in self._placeholders) + 1
            self._placeholders[key] = f"<{kind}-{number}>"
        return self._placeholders[key]


def is_known_key(name: str) -> bool:
    """Return whether a member of a document is in the contract, and so not personal."""
    return name in _KEYS


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: "<present>" for name in _PRESENT_ONLY if name in headers}
    if "content-type" in headers:
        kept["content-type"] = _media_type(headers["content-type"])
    allow = [method.strip() for method in headers.get("allow", "").split(",")]
    if "allow" in headers:
        kept["allow"] = ", ".join(method for method in allow if method in _METHODS)
    if re.fullmatch(r"\d{1,5}", headers.get("retry-after", "")):
        kept["retry-after"] = headers["retry-after"]
    return kept


def _media_type(value: str) -> str:
    media_type, _, rest = value.partition(";")
    charset = rest.strip().lower()
    kept = media_type.strip().lower()
    if kept not in _MEDIA_TYPES:
        return "<other>"
    return f"{kept};charset=utf-8" if charset == "charset=utf-8" else kept
