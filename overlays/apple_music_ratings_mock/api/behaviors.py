"""Undocumented behavior of the service: the default, the alternatives and the evidence.

One row per behavior. The options of the command line, the admin contract, the dashboard, the
reference page and the page on undocumented behavior are derived from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, fields, frozen


def _behavior(default: object, *, question: str, evidence: str) -> Any:
    return field(default=default, metadata={"question": question, "evidence": evidence})


@frozen(kw_only=True)
class Behaviors:
    """How the mock behaves where Apple's behavior is undocumented.

    `describe_behaviors` returns each behavior with its values and the evidence.

    Raises:
        ValueError: A behavior has no such value.

    Example:
        >>> Behaviors(delete_unrated="204").delete_unrated
        '204'
    """

    unrated_body: Literal["errors", "empty"] = _behavior(
        "errors",
        question="The body of the 404 for an unrated item.",
        evidence="inferred: 404 is observed (Musish issue 245), the body is that of other 404s",
    )
    none_rated: Literal["200", "404"] = _behavior(
        "200",
        question="The status of a GET of several items when none of them is rated.",
        evidence="documented for other resources: 200 with those that exist; one note reports 404",
    )
    delete_unrated: Literal["404", "204"] = _behavior(
        "404",
        question="The status of a DELETE of an unrated item.",
        evidence="observed, weakly: Music Assistant and apple-music-cleaner expect a 404",
    )
    bad_body_code: Literal["40005", "40000"] = _behavior(
        "40005",
        question="The error code for a PUT with an invalid body.",
        evidence="synthetic: no such response has been captured",
    )
    request_type: Literal["lenient", "rating", "ratings"] = _behavior(
        "lenient",
        question="Which `type` the body of a PUT may have; `lenient` accepts both and none.",
        evidence=(
            "documented: `rating` in examples, `ratings` in the table; observed: both, and none"
        ),
    )
    max_ids: int | None = _behavior(
        None,
        question="The maximum number of ids in one request; `off` for no limit.",
        evidence="not known; 200 at once works (Music Assistant)",
    )
    missing_ids_code: Literal["40005", "40003"] = _behavior(
        "40005",
        question="The error code for a request for several items without `ids`.",
        evidence="observed: 40005 on a ratings path (bromanko/dropd); 40003 on sibling paths",
    )
    duplicates: Literal["collapse", "repeat"] = _behavior(
        "collapse",
        question="Whether a repeated id is returned once or each time.",
        evidence="observed on sibling paths: once, at the position of the first",
    )
    include_content: Literal["include", "ignore", "reject"] = _behavior(
        "include",
        question="What `include=content` does.",
        evidence="documented: the relationship exists; no client is known to use it",
    )
    put_response: Literal["200", "204"] = _behavior(
        "200",
        question="The response to a PUT: the rating, or no content.",
        evidence="documented: 200 with the rating; some clients accept an empty body",
    )
    error_bodies: Literal["observed", "documented"] = _behavior(
        "observed",
        question=(
            "The body of a 401 (none as observed, or the documented empty object), and the "
            "response to unsupported methods of favorites."
        ),
        evidence="observed: pelauimagineering/apple-music-token-generator issue 14",
    )
    throttle_body: Literal["text", "json"] = _behavior(
        "text",
        question="The body of a 429.",
        evidence="observed: both forms on this host, on other paths than ratings",
    )
    library_ids: Literal["seeded", "any"] = _behavior(
        "seeded",
        question="Which library ids can be rated when the library is seeded.",
        evidence="inferred: an id that is not in the library is a 404",
    )
    catalog_ids: Literal["any", "seeded"] = _behavior(
        "any",
        question=(
            "Which catalog ids can be rated: any valid one, or only counterparts of library items."
        ),
        evidence="inferred: an unknown id is likely a 404; the mock has no catalog to look into",
    )
    id_check: Literal["lenient", "strict"] = _behavior(
        "lenient",
        question="How an id of an invalid form is treated: as not found, or with a 400.",
        evidence="inferred: ids of another type are 404, or omitted from a list",
    )
    album_ratings: Literal["shared", "separate"] = _behavior(
        "shared",
        question="Whether the catalog id and the library id of an album share one rating.",
        evidence=(
            "documented: shared, on the pages of library albums; those of catalog albums do not "
            "repeat it"
        ),
    )
    favorite_after_delete: Literal["kept", "removed"] = _behavior(
        "kept",
        question="Whether an item stays a favorite when its rating is deleted.",
        evidence="observed in one live test: the star on the phone stayed",
    )
    method_not_allowed_body: Literal["errors", "empty"] = _behavior(
        "errors",
        question="The body of a 405.",
        evidence="synthetic: the status is documented, its body has not been captured",
    )
    artists: Literal["rejected", "accepted"] = _behavior(
        "rejected",
        question="Whether `artists` can be rated.",
        evidence=(
            "documented: they cannot; observed, weakly: the service knows the type (bromanko/dropd)"
        ),
    )
    missing_user_token: Literal["403", "401"] = _behavior(
        "403",
        question="The status of a request without a Music User Token.",
        evidence=(
            "observed: 403 with 40300 for an invalid token; assumed to be the same for a "
            "missing one"
        ),
    )
    check_order: Literal["type-first", "parameters-first"] = _behavior(
        "type-first",
        question="Whether an unknown type or missing `ids` is reported first.",
        evidence="inferred; one program received missing ids before the type (bromanko/dropd)",
    )

    def __attrs_post_init__(self) -> None:
        for name, values in _VALUES.items():
            value = getattr(self, name)
            if value not in values:
                raise ValueError(f"{name} is {value!r}, which is not one of {', '.join(values)}")
        if self.max_ids is not None and (type(self.max_ids) is not int or self.max_ids < 1):
            raise ValueError(f"max_ids is {self.max_ids!r}, which is not an integer above 0")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Behaviors:
        """Create behaviors from names and values, as files and command lines have them.

        Args:
            mapping: Names and values. A status or code may be a number, and `max_ids` may be
                `off`.

        Raises:
            ValueError: The behavior is unknown, or has no such value.
        """
        known = [each.name for each in fields(cls)]
        values: dict[str, Any] = {}
        for name, value in mapping.items():
            if name not in known:
                raise ValueError(f"{name!r} is not one of {', '.join(known)}")
            values[name] = _as_max_ids(value) if name == "max_ids" else _as_word(value)
        return cls(**values)

    def as_mapping(self) -> dict[str, object]:
        """Return every behavior with its value."""
        return {each.name: getattr(self, each.name) for each in fields(Behaviors)}


@frozen(kw_only=True)
class BehaviorDescription:
    """One row of the table of behaviors.

    Args:
        name: Its name.
        values: The values that it can have; `off` and `N` for a number.
        default: Its value unless changed.
        question: What it decides.
        evidence: What is known about the service, and the source.
    """

    name: str
    values: tuple[str, ...]
    default: str
    question: str
    evidence: str


def describe_behaviors() -> list[BehaviorDescription]:
    """Return a description of every behavior, in the order of the table."""
    return [
        BehaviorDescription(
            name=each.name,
            values=_VALUES.get(each.name, ("off", "N")),
            default="off" if each.default is None else str(each.default),
            question=each.metadata["question"],
            evidence=each.metadata["evidence"],
        )
        for each in fields(Behaviors)
    ]


def _as_word(value: object) -> object:
    # A file has 404 for the word "404".
    return str(value) if type(value) is int else value


def _as_max_ids(value: object) -> object:
    # YAML parses a bare `off` as false.
    if value is None or value is False or value == "off":
        return None
    is_number = isinstance(value, str) and re.fullmatch("0*[1-9][0-9]{0,8}", value)
    return int(value) if is_number else value  # type: ignore[call-overload]  # a string


def _parse_values() -> dict[str, tuple[str, ...]]:
    # The values are written once, in the annotations, and parsed from their text, which is faster
    # than evaluating them.
    found = {}
    for each in fields(Behaviors):
        text = str(each.type)
        if text.startswith("Literal["):
            found[each.name] = tuple(part.strip("\"' ") for part in text[8:-1].split(","))
    return found


_VALUES = _parse_values()
