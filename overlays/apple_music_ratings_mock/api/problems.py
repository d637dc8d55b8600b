"""The error responses of the service, as values.

Where a problem has no source, its status and code were observed in captures of this service or of
its sibling paths.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

Messages = Mapping[tuple[int, str], tuple[str, str | None]]
"""Title and detail of errors, by status and code."""


@frozen
class Problem:
    """An error response of the service.

    Args:
        status: The HTTP status.
        code: The service's own code, five digits.
        title: The error, in a few words.
        detail: The error at more length.
        parameter: The invalid parameter.
        pointer: A JSON pointer to the invalid part of the body.
        allow: The methods that the path supports; only for a 405.
    """

    status: int
    code: str
    title: str
    detail: str | None = None
    parameter: str | None = None
    pointer: str | None = None
    allow: str | None = None


def with_observed_message(problem: Problem, messages: Messages) -> Problem:
    """Return a problem with the title and detail that were observed, if any were."""
    observed = messages.get((problem.status, problem.code))
    return problem if observed is None else evolve(problem, title=observed[0], detail=observed[1])


# The code is never sent: a 401 has no errors body (observed: pelauimagineering/
# apple-music-token-generator issue 14; documented: an object without properties).
UNAUTHORIZED = Problem(401, "40100", "Unauthorized")

# For a Music User Token that is missing.
FORBIDDEN = Problem(403, "40300", "Forbidden", "Invalid authentication")

# For one that was valid before; an identical response.
REVOKED = Problem(403, "40300", "Forbidden", "Invalid authentication")

NOT_FOUND = Problem(404, "40400", "Resource Not Found", "Resource with requested id was not found")

PATH_NOT_FOUND = Problem(404, "40401", "Path Not Found")

# Synthetic: statuses 413 and 414 are documented, their bodies have not been captured.
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
    """Return the problem of a method that the path does not support.

    Synthetic: status 405 is documented, its body has not been captured.
    """
    return Problem(405, "40500", "Method Not Allowed", allow=allow)


def unknown_type(name: str) -> Problem:
    """Return the problem of an unknown resource type (observed: ciderapp/Cider-2 issue 732)."""
    return Problem(400, "40008", "Invalid Path Value", f"Unknown resource type '{name}'")


def ids_empty(parameter: str = "ids") -> Problem:
    """Return the problem of an empty list of ids (observed on sibling paths)."""
    return _invalid_parameter(parameter, f"No id(s) supplied in the '{parameter}' query parameter")


def no_related(name: str) -> Problem:
    """Return the problem of an empty collection (observed on library pages)."""
    return Problem(404, "40403", "No related resources", f"No related resources found for {name}")


def too_many_ids(count: int, largest: int) -> Problem:
    """Return the problem of more ids than `max_ids` (synthetic: no such response is known)."""
    detail = f"Number of ids must be less than or equal to {largest}, but was: {count}"
    return _invalid_parameter("ids", detail)


def limit_too_large(limit: int, largest: int) -> Problem:
    """Return the problem of too large a page (observed: Music Assistant pull request 5391)."""
    detail = f"Value must be an integer less than or equal to {largest}, but was: {limit}"
    return _invalid_parameter("limit", detail)


def too_small(parameter: str, number: int, smallest: int) -> Problem:
    """Return the problem of a number below its range (inferred from the one above it)."""
    detail = f"Value must be an integer greater than or equal to {smallest}, but was: {number}"
    return _invalid_parameter(parameter, detail)


def not_an_integer(parameter: str, text: str) -> Problem:
    """Return the problem of text for a number (inferred from that for one above its range)."""
    return _invalid_parameter(parameter, f"Value must be an integer, but was: {text}")


def invalid_language(tag: str) -> Problem:
    """Return the problem of a malformed language tag (observed on sibling paths)."""
    return _invalid_parameter("l", f"Invalid language tag '{tag}'")


def invalid_include(name: str) -> Problem:
    """Return the problem of a relationship that ratings do not have (inferred)."""
    return _invalid_parameter("include", f"Unknown relationship '{name}'")


def invalid_id(parameter: str, id: str) -> Problem:
    """Return the problem of an id that its type cannot have; only if `id_check` is strict.

    Inferred: what the service does with such an id is not known.
    """
    return _invalid_parameter(parameter, f"Invalid id '{id}'")


def invalid_body(pointer: str, detail: str) -> Problem:
    """Return the problem of an invalid request body.

    Synthetic: no response to a malformed body has been captured.
    """
    return Problem(400, "40005", "Invalid Request Body", detail, pointer=pointer)


def _invalid_parameter(parameter: str, detail: str) -> Problem:
    return Problem(400, "40005", "Invalid Parameter Value", detail, parameter=parameter)
