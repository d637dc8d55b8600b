"""Judges a request as it was sent, where Schemathesis judges the values that it drew.

A value that breaks its schema may be valid on the way: `{}` leaves no trace in a query, and a text
is a list of one. Schemathesis knows each of these cases, and overlooks two at once (4.32).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jsonschema import Draft202012Validator
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation

from support.contract import Operation

_URL = {ParameterLocation.PATH, ParameterLocation.QUERY}


def is_valid_as_sent(case: Case[Any], url: str, operation: Operation) -> bool:
    """Return whether only the URL may break the contract, and does not."""
    meta = case.meta
    if meta is None or any(meta.is_negative_at(each) for each in set(ParameterLocation) - _URL):
        return False
    parts = urlsplit(url)
    found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", operation.path), parts.path)
    query = parse_qs(parts.query, keep_blank_values=True)
    if found is None or not query.keys() <= operation.parameters.keys():
        return False
    for name, parameter in operation.parameters.items():
        texts = [unquote(found[name])] if parameter["in"] == "path" else query.get(name, [])
        if not texts and not parameter.get("required", False):
            continue
        if len(texts) != 1 or not _admits(parameter["schema"], texts[0]):
            return False
    return True


def _admits(schema: dict[str, Any], text: str) -> bool:
    value: Any = text
    if schema["type"] == "array":
        value = text.split(",")
    elif schema["type"] == "integer" and re.fullmatch("-?[0-9]+", text):
        value = int(text)
    # In Python `$` is also before a last newline.
    return "\n" not in text and Draft202012Validator(schema).is_valid(value)
