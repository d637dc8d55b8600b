"""Checks the responses of a probe against `openapi.yaml`. Needs the extra `probe`.

The bodies are checked as they were received. Of a mismatch only its place and the rule are kept,
so that nothing personal reaches an evidence file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from apple_music_ratings.errors import ConfigurationError

from .exchanges import Exchange, ProbeResponse
from .redaction import is_known_key

__all__ = ["Mismatch", "mismatches"]


@frozen(kw_only=True)
class Mismatch:
    """One way in which a response does not match the contract.

    Args:
        exchange: The name of the request.
        pointer: JSON pointer into the response body; empty for the whole response.
        rule: What the contract says: `enum`, `required`, `status`, `media type`, …
    """

    exchange: str
    pointer: str
    rule: str


def mismatches(exchanges: Iterable[Exchange], contract: Mapping[str, Any]) -> list[Mismatch]:
    """Return every mismatch between responses and contract.

    Args:
        exchanges: What a probe saw. Methods that the contract does not have are skipped.
        contract: The contract as a document.

    Raises:
        ConfigurationError: The extra `probe` is not installed.
    """
    try:
        from jsonschema import Draft202012Validator  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ConfigurationError.missing_extra(
            "Checking against the contract", "probe", "jsonschema"
        ) from error
    found = []
    for exchange in exchanges:
        path = contract["paths"].get(exchange.request.template, {})
        operation = path.get(exchange.request.method.lower())
        if operation is None or exchange.response is None:
            continue
        name, response = exchange.request.name, exchange.response
        described = _described(contract, operation, response.status)
        if described is None:
            found.append(Mismatch(exchange=name, pointer="", rule=f"status {response.status}"))
            continue
        schema, rule = _schema(described, response)
        if rule is not None:
            found.append(Mismatch(exchange=name, pointer="", rule=rule))
        elif schema is not None:
            validator = Draft202012Validator({**schema, "components": contract["components"]})
            found += [
                Mismatch(
                    exchange=name, pointer=_pointer(error.absolute_path), rule=str(error.validator)
                )
                for error in validator.iter_errors(response.document)
            ]
    return found


def _described(
    contract: Mapping[str, Any], operation: Mapping[str, Any], status: int
) -> Mapping[str, Any] | None:
    responses = operation["responses"]
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in responses:
            node: Mapping[str, Any] = responses[key]
            if "$ref" in node:
                node = contract["components"]["responses"][node["$ref"].rpartition("/")[2]]
            return node
    return None


def _schema(
    described: Mapping[str, Any], response: ProbeResponse
) -> tuple[Mapping[str, Any] | None, str | None]:
    """Return the schema of a body, or what is wrong with the body as a whole."""
    content: Mapping[str, Any] = described.get("content", {})
    if not response.content:
        return None, None if not content or response.status >= 400 else "body"
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not content:
        return None, "no body"
    if media_type not in content:
        return None, "media type"
    if media_type != "application/json":
        return None, None
    if response.document is None:
        return None, "JSON"
    return content[media_type].get("schema"), None


def _pointer(path: Iterable[object]) -> str:
    return "".join(
        f"/{part}" if isinstance(part, int) or is_known_key(str(part)) else "/…" for part in path
    )
