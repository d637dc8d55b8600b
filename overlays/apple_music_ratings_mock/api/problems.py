"""Every no that the service can say, as values.

Where no source stands beside a problem, its status and code were observed in
captures of this service or of its sibling paths.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Problem:
    """A reason to refuse a request.

    Args:
        status: The HTTP status.
        code: The service's own code, five digits.
        title: What went wrong, in a few words.
        detail: The same at more length.
        parameter: The parameter at fault.
        pointer: A JSON pointer to the part of the body at fault.
        allow: The methods that the path does take; for a 405 only.
    """

    status: int
    code: str
    title: str
    detail: str | None = None
    parameter: str | None = None
    pointer: str | None = None
    allow: str | None = None


# The code is never sent: a 401 has no errors body (observed: pelauimagineering/
# apple-music-token-generator issue 14; official: an object without properties).
UNAUTHORIZED = Problem(401, "40100", "Unauthorized")

# For a Music User Token that is missing.
FORBIDDEN = Problem(403, "40300", "Forbidden", "Invalid authentication")

# For one that was good once; the same to the letter.
REVOKED = Problem(403, "40300", "Forbidden", "Invalid authentication")

NOT_FOUND = Problem(404, "40400", "Resource Not Found", "Resource with requested id was not found")

PATH_NOT_FOUND = Problem(404, "40401", "Path Not Found")

# Synthetic: Apple lists statuses 413 and 414 (official), their bodies were never seen.
BODY_TOO_LARGE = Problem(413, "41300", "Request Entity Too Large")

URI_TOO_LONG = Problem(414, "41400", "Request-URI Too Long")

IDS_MISSING = Problem(
    400, "40003", "Missing Parameter", "No id(s) supplied on the request", parameter="ids"
)

FAVORITES_DELETE_REJECTED = Problem(
    400,
    "40012",
    "Insufficient Permissions",
    "'Favorites:DELETE:IdsQuery' entities require permissions that are not in the request",
)

NO_SUBSCRIPTION = Problem(
    400,
    "40015",
    "Insufficient Privileges",
    "User does not have access to privilege: CloudLibrary",
)

LIMIT_REJECTED = Problem(
    400,
    "40004",
    "Invalid Parameter",
    "Limit may not be supplied on this request",
    parameter="limit",
)


def method_not_allowed(allow: str) -> Problem:
    """Refuse a method that the path does not take.

    Synthetic: Apple lists status 405 (official), its body was never seen.
    """
    return Problem(405, "40500", "Method Not Allowed", allow=allow)


def unknown_type(name: str) -> Problem:
    """Refuse a resource type (observed: ciderapp/Cider-2 issue 732)."""
    return Problem(400, "40008", "Invalid Path Value", f"Unknown resource type '{name}'")


def ids_empty(parameter: str = "ids") -> Problem:
    """Refuse a list of ids with nothing in it (observed on sibling paths)."""
    return _invalid_parameter(parameter, f"No id(s) supplied in the '{parameter}' query parameter")


def no_related(name: str) -> Problem:
    """Say that a collection is empty (observed of library pages)."""
    return Problem(404, "40403", "No related resources", f"No related resources found for {name}")


def too_many_ids(count: int, largest: int) -> Problem:
    """Refuse more ids than a behavior allows (synthetic: no such answer is known)."""
    words = f"Number of ids must be less than or equal to {largest}, but was: {count}"
    return _invalid_parameter("ids", words)


def limit_too_large(limit: int, largest: int) -> Problem:
    """Refuse a page that is too long (observed: Music Assistant pull request 5391)."""
    words = f"Value must be an integer less than or equal to {largest}, but was: {limit}"
    return _invalid_parameter("limit", words)


def too_small(parameter: str, number: int, smallest: int) -> Problem:
    """Refuse a number below its range (inferred from the words for one above it)."""
    words = f"Value must be an integer greater than or equal to {smallest}, but was: {number}"
    return _invalid_parameter(parameter, words)


def not_an_integer(parameter: str, text: str) -> Problem:
    """Refuse what is no number (inferred from the words for one above its range)."""
    return _invalid_parameter(parameter, f"Value must be an integer, but was: {text}")


def invalid_language(tag: str) -> Problem:
    """Refuse a language tag (observed on sibling paths)."""
    return _invalid_parameter("l", f"Invalid language tag '{tag}'")


def invalid_include(name: str) -> Problem:
    """Refuse a relationship that ratings do not have (inferred)."""
    return _invalid_parameter("include", f"Unknown relationship '{name}'")


def invalid_id(parameter: str, id_: str) -> Problem:
    """Refuse an id that cannot be one of its type; only when checks are strict.

    Inferred: what the service does with such an id is not known.
    """
    return _invalid_parameter(parameter, f"Invalid id '{id_}'")


def invalid_body(pointer: str, detail: str) -> Problem:
    """Refuse a request body.

    Synthetic: no answer to a malformed body has been captured.
    """
    return Problem(400, "40005", "Invalid Request Body", detail, pointer=pointer)


def _invalid_parameter(parameter: str, detail: str) -> Problem:
    return Problem(400, "40005", "Invalid Parameter Value", detail, parameter=parameter)
