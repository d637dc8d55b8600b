"""What nobody outside Apple knows, each with our choice, the others, and why.

The numbers of requests, ids and seconds are settled elsewhere; here are the
questions to which a client should have more than one answer ready.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal


def _switch(default: object, *, question: str, evidence: str) -> Any:
    return field(default=default, metadata={"question": question, "evidence": evidence})


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the mock behaves where Apple's own behaviour is open.

    `describe_switches` gives each with its choices and the evidence.

    Raises:
        ValueError: A switch has no such position.

    Example:
        >>> Switches(delete_unrated="204").delete_unrated
        '204'
    """

    unrated_body: Literal["errors", "empty"] = _switch(
        "errors",
        question="What a GET of an unrated item has as the body of its 404.",
        evidence="inferred: 404 is observed (Musish issue 245), the body is that of other 404s",
    )
    none_rated: Literal["200", "404"] = _switch(
        "200",
        question="What a GET of several items answers when none of them is rated.",
        evidence="official for other resources: 200 with those that exist; one note saw 404 too",
    )
    delete_unrated: Literal["404", "204"] = _switch(
        "404",
        question="What a DELETE of an unrated item answers.",
        evidence="observed, weakly: Music Assistant and apple-music-cleaner expect a 404",
    )
    bad_body_code: Literal["40005", "40000"] = _switch(
        "40005",
        question="Which code a PUT with a bad body is refused with.",
        evidence="synthetic: no such answer has been captured",
    )
    request_type: Literal["lenient", "rating", "ratings"] = _switch(
        "lenient",
        question="Which `type` the body of a PUT may have.",
        evidence="official: `rating` in examples, `ratings` in the table; observed: both, and none",
    )
    max_ids: int | None = _switch(
        None,
        question="How many ids one request may name; off for any number.",
        evidence="not known; 200 at once works (Music Assistant)",
    )
    missing_ids_code: Literal["40003", "40005"] = _switch(
        "40003",
        question="Which code a request for several items without `ids` is refused with.",
        evidence="observed: 40003 on sibling paths; 40005 on a ratings path, in a paraphrase",
    )
    duplicates: Literal["collapse", "repeat"] = _switch(
        "collapse",
        question="Whether an id that is named twice is answered once or twice.",
        evidence="observed on sibling paths: once, in the place of the first",
    )
    include_content: Literal["answer", "ignore", "refuse"] = _switch(
        "answer",
        question="What `include=content` does.",
        evidence="official: the relationship exists; nobody is known to use it",
    )
    put_answer: Literal["200", "204"] = _switch(
        "200",
        question="What a PUT answers: the rating, or nothing.",
        evidence="official: 200 with the rating; some clients are ready for an empty body",
    )
    bodies: Literal["observed", "documented"] = _switch(
        "observed",
        question="Whether a 401 has no body as observed, or an empty object as documented.",
        evidence="observed: pelauimagineering/apple-music-token-generator issue 14",
    )
    throttle_body: Literal["text", "json"] = _switch(
        "text",
        question="What the body of a 429 is.",
        evidence="observed: this text; the same words as JSON from a sister host",
    )
    library_ids: Literal["seeded", "any"] = _switch(
        "seeded",
        question="Which library ids can be rated where a library is seeded.",
        evidence="inferred: an id that is not in the library is a 404",
    )
    catalog_ids: Literal["any", "seeded"] = _switch(
        "any",
        question="Which catalog ids can be rated: well-formed ones, or twins of the library.",
        evidence="inferred: an unknown id is likely a 404; the mock has no catalog to look into",
    )
    id_check: Literal["lenient", "strict"] = _switch(
        "lenient",
        question="What an id of the wrong form is: absent, or a 400.",
        evidence="inferred: ids of the other kind are 404, or left out of a list",
    )
    album_twins: Literal["synced", "apart"] = _switch(
        "synced",
        question="Whether an album's rating is one for its catalog id and its library id.",
        evidence="official for songs, music videos and playlists; inferred for albums",
    )
    method_body: Literal["errors", "empty"] = _switch(
        "errors",
        question="What the body of a 405 is.",
        evidence="synthetic: the status is official, its body was never seen",
    )
    artists: Literal["refused", "rated"] = _switch(
        "refused",
        question="Whether `artists` is a type that can be rated.",
        evidence="official: it is not; observed, weakly: the service knows it (bromanko/dropd)",
    )
    missing_user_token: Literal["403", "401"] = _switch(
        "403",
        question="What a request without a Music User Token is refused with.",
        evidence="observed: 40300 for a bad token; for none it is taken to be the same",
    )
    check_order: Literal["type-first", "parameters-first"] = _switch(
        "type-first",
        question="Whether an unknown type or missing `ids` is found first.",
        evidence="inferred; one program saw missing ids before the type (bromanko/dropd)",
    )

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise ValueError(f"{name} is {value!r}, which is not one of {', '.join(choices)}")
        if self.max_ids is not None and (type(self.max_ids) is not int or self.max_ids < 1):
            raise ValueError(f"max_ids is {self.max_ids!r}, which is not a whole number above 0")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Switches:
        """Set switches by name, as a file or a command line has them.

        Args:
            mapping: Names and positions. A status or code may be a number, and
                `max_ids` may be the word `off`.

        Raises:
            ValueError: There is no such switch, or no such position.
        """
        known = [each.name for each in fields(cls)]
        positions: dict[str, Any] = {}
        for name, value in mapping.items():
            if name not in known:
                raise ValueError(f"{name!r} is not one of {', '.join(known)}")
            positions[name] = _max_ids(value) if name == "max_ids" else _word(value)
        return cls(**positions)

    def as_mapping(self) -> dict[str, object]:
        """Give every switch with its position."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchDescription:
    """What there is to know about a switch.

    Args:
        name: Its name.
        choices: Its positions; `off` and `N` where it is a number.
        default: Where it stands unless moved.
        question: What it decides.
        evidence: What is known, and from where.
    """

    name: str
    choices: tuple[str, ...]
    default: str
    question: str
    evidence: str


def describe_switches() -> list[SwitchDescription]:
    """Describe every switch, in the order of the questions."""
    return [
        SwitchDescription(
            name=each.name,
            choices=_CHOICES.get(each.name, ("off", "N")),
            default="off" if each.default is None else str(each.default),
            question=each.metadata["question"],
            evidence=each.metadata["evidence"],
        )
        for each in fields(Switches)
    ]


def _word(value: object) -> object:
    # A file says 404 where a switch has the word "404".
    return str(value) if type(value) is int else value


def _max_ids(value: object) -> object:
    # YAML reads a bare `off` as false.
    if value is None or value is False or value == "off":
        return None
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else value


def _choices_of() -> dict[str, tuple[str, ...]]:
    # Written once, in the annotations; read from their text, which is cheaper
    # than evaluating them.
    found = {}
    for each in fields(Switches):
        text = str(each.type)
        if text.startswith("Literal["):
            found[each.name] = tuple(part.strip("\"' ") for part in text[8:-1].split(","))
    return found


_CHOICES = _choices_of()
