"""The questions that the probe settles, and those that it cannot, with the reason."""

from __future__ import annotations

from attrs import frozen

__all__ = ["QUESTIONS", "UNSETTLED", "Finding", "Question"]


@frozen(kw_only=True)
class Question:
    """One thing that Apple does not document.

    Args:
        behavior: The name of the mock's behavior that it settles.
        text: The question.
        assumed: What the contract and the mock take for granted.
        needs_write: Whether only writes on an item that the user names can settle it.
    """

    behavior: str
    text: str
    assumed: str
    needs_write: bool = False


@frozen(kw_only=True)
class Finding:
    """What the probe found out about one question.

    Args:
        behavior: The name of the question.
        seen: The value of the behavior that was seen; `None` when inconclusive.
        reason: What was seen, or why it is inconclusive.
        exchanges: The names of the requests that settle it.
    """

    behavior: str
    seen: str | None
    reason: str
    exchanges: tuple[str, ...] = ()


QUESTIONS = (
    Question(
        behavior="missing_user_token",
        text="Which status does a request without a Music User Token get?",
        assumed="403",
    ),
    Question(behavior="error_bodies", text="What is the body of a 401?", assumed="observed"),
    Question(
        behavior="unrated_body",
        text="What is the body of the 404 of an unrated item?",
        assumed="errors",
    ),
    Question(
        behavior="none_rated",
        text="What does a request for several items return when none is rated?",
        assumed="200",
    ),
    Question(
        behavior="missing_ids_code",
        text="Which code does a request for several items without `ids` get?",
        assumed="40005",
    ),
    Question(
        behavior="check_order",
        text="Is an unknown resource type or a missing `ids` reported first?",
        assumed="type-first",
    ),
    Question(
        behavior="artists", text="Are ratings of artists rejected or accepted?", assumed="rejected"
    ),
    Question(
        behavior="id_check",
        text="Is an id of the wrong form an unrated item or an error?",
        assumed="lenient",
    ),
    Question(
        behavior="method_not_allowed_body", text="What is the body of a 405?", assumed="errors"
    ),
    Question(behavior="max_ids", text="How many ids may one request hold?", assumed="off"),
    Question(
        behavior="put_response",
        text="Does a PUT return the rating or an empty body?",
        assumed="200",
        needs_write=True,
    ),
    Question(
        behavior="request_type",
        text="Which `type` may the body of a PUT have?",
        assumed="lenient",
        needs_write=True,
    ),
    Question(
        behavior="bad_body_code",
        text="Which code does a PUT with an invalid value get?",
        assumed="40005",
        needs_write=True,
    ),
    Question(
        behavior="duplicates",
        text="Is an id that is named twice returned once or twice?",
        assumed="collapse",
        needs_write=True,
    ),
    Question(
        behavior="include_content",
        text="What does `include=content` do?",
        assumed="include",
        needs_write=True,
    ),
    Question(
        behavior="delete_unrated",
        text="Which status does a DELETE of an unrated item get?",
        assumed="404",
        needs_write=True,
    ),
    Question(
        behavior="album_ratings",
        text="Do the catalog id and the library id of an album share one rating?",
        assumed="shared",
        needs_write=True,
    ),
)
"""Every question, in the order in which the probe settles them."""

# The first ones are behaviors of the mock, which the user may set; the others have no setting.
UNSETTLED = {
    "throttle_body": "Only a rate limit shows it, and the probe must not cause one.",
    "library_ids": "Settling it would rate an item that is not in the user's library.",
    "catalog_ids": "Settling it would rate an item that does not exist.",
    "favorite_after_delete": "It would need a favorite, which cannot be removed again.",
    "read_delay": (
        "One probe cannot tell what a delay depends on; the names of its reads say how long it "
        "waited until each showed the write."
    ),
    "song_ratings": (
        "Apple documents for songs and music videos that the ratings of both ids stay synced; only "
        "its pages of albums leave it open."
    ),
    "collaborative_ids": (
        "It would need a song of a collaborative playlist, whose ids start with `a.`."
    ),
    "favorites": (
        "Whether a favorite reads as a like, whether deleting a rating removes the star, and what "
        "a bare `ids` does can only be seen by adding favorites, which the probe never does."
    ),
    "ratings_in_search": "No documentation suggests that search results include ratings.",
}
"""Open questions that no probe settles, with the reason."""
