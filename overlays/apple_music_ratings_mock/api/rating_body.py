"""Validation of the body of a PUT."""

from __future__ import annotations

from .problems import Problem, invalid_body
from .strict_json import read_json

# Documented: the examples send `rating`, the table of properties names `ratings`.
# Observed: both work, and so does omitting it.
_TYPES = {"lenient": ("rating", "ratings"), "rating": ("rating",), "ratings": ("ratings",)}


def read_rating_value(raw: bytes, types: str = "lenient") -> int | Problem:
    """Return the value in the body, or the problem with the body.

    Args:
        raw: The body.
        types: The types that it may have: `lenient` for both and none.
    """
    try:
        document = read_json(raw)
    except ValueError:
        return invalid_body("", "The body is not JSON")
    attributes = _attributes_of(document, types)
    if isinstance(attributes, Problem):
        return attributes
    return _value_of(attributes)


def _attributes_of(document: object, types: str) -> object:
    """Return the attributes, of any type, or the problem with what encloses them."""
    if not isinstance(document, dict):
        return invalid_body("", "The body is not an object")
    default = "rating" if types == "lenient" else None
    if document.get("type", default) not in _TYPES[types]:
        named = "neither 'rating' nor 'ratings'" if types == "lenient" else f"not '{types}'"
        return invalid_body("/type", f"The type is {named}")
    if "attributes" not in document:
        return invalid_body("/attributes", "The attributes are missing")
    if not document.keys() <= {"type", "attributes"}:
        return invalid_body("", "The body has members other than 'type' and 'attributes'")
    return document["attributes"]


def _value_of(attributes: object) -> int | Problem:
    if not isinstance(attributes, dict):
        return invalid_body("/attributes", "The attributes are not an object")
    if "value" not in attributes:
        return invalid_body("/attributes/value", "The value is missing")
    if attributes.keys() != {"value"}:
        return invalid_body("/attributes", "The attributes have members other than 'value'")
    value = attributes["value"]
    # In JSON Schema 1.0 is an integer; true is not a number.
    if type(value) not in (int, float) or value not in (1, -1):
        return invalid_body("/attributes/value", "The value is neither 1 nor -1")
    return int(value)
