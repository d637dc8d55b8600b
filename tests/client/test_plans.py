from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apple_music_ratings import (
    Action,
    BulkError,
    BulkResult,
    InvalidItemError,
    InvalidRatingError,
    Item,
    NotFoundError,
    Outcome,
    OutcomeStatus,
    Plan,
    RatingValue,
    Step,
    make_plan,
)

LIKE, DISLIKE = RatingValue.LIKE, RatingValue.DISLIKE
SONG, OTHER = Item("songs", "1"), Item("songs", "2")
ITEMS = st.integers(1, 9).map(lambda number: Item("songs", str(number)))
RATINGS = st.dictionaries(ITEMS, st.sampled_from([LIKE, DISLIKE, None]))


ACTIONS = {
    (LIKE, None): Action.LIKE,
    (LIKE, DISLIKE): Action.LIKE,
    (LIKE, LIKE): Action.LEAVE,
    (DISLIKE, None): Action.DISLIKE,
    (DISLIKE, LIKE): Action.DISLIKE,
    (DISLIKE, DISLIKE): Action.LEAVE,
    (None, LIKE): Action.DELETE,
    (None, DISLIKE): Action.DELETE,
    (None, None): Action.LEAVE,
}


def test_plan_changes_what_differs() -> None:
    """Each pair of ratings has one action, and an item that already matches is left."""
    for (desired, current), action in ACTIONS.items():
        planned = make_plan(desired={SONG: desired}, current={SONG: current})

        assert planned == Plan((Step(SONG, action, current),))
        assert planned.steps[0].after == desired
        assert len(planned.writes) == (action is not Action.LEAVE)


def test_item_that_was_not_read_counts_as_unrated() -> None:
    """The rated items alone are enough as the current ratings."""
    assert make_plan(desired={SONG: LIKE, OTHER: None}, current={}).steps == (
        Step(SONG, Action.LIKE),
        Step(OTHER, Action.LEAVE),
    )


def test_plan_takes_plain_numbers_for_ratings() -> None:
    """As `set_rating` does."""
    desired: dict[Item, Any] = {SONG: 1, OTHER: -1}
    current: dict[Item, Any] = {OTHER: -1}

    assert make_plan(desired=desired, current=current) == Plan(
        (Step(SONG, Action.LIKE), Step(OTHER, Action.LEAVE, DISLIKE))
    )


@pytest.mark.parametrize(
    ("desired", "error"),
    [({"songs/1": LIKE}, InvalidItemError), ({SONG: 0}, InvalidRatingError)],
)
def test_plan_rejects_what_cannot_be_rated(desired: Any, error: type[Exception]) -> None:
    """Before anything is sent."""
    with pytest.raises(error):
        make_plan(desired=desired, current={})


@given(desired=RATINGS, current=RATINGS)
def test_plan_carried_out_gives_what_is_wanted(
    desired: dict[Item, RatingValue | None], current: dict[Item, RatingValue | None]
) -> None:
    """Every desired item ends as desired, nothing else is touched, and no write is in vain."""
    planned = make_plan(desired=desired, current=current)
    after = current | {step.item: step.after for step in planned.writes}

    assert [step.item for step in planned] == list(desired)
    assert all(after.get(item) == value for item, value in desired.items())
    assert all(step.after != current.get(step.item) for step in planned.writes)
    assert make_plan(desired=desired, current=after).writes == ()


def test_plan_counts_every_action() -> None:
    """Also those that do not occur."""
    planned = make_plan(desired={SONG: LIKE, OTHER: LIKE}, current={OTHER: LIKE})

    assert planned.counts() == {
        Action.LIKE: 1,
        Action.DISLIKE: 0,
        Action.DELETE: 0,
        Action.LEAVE: 1,
    }
    assert (len(planned), list(planned)) == (2, list(planned.steps))


def test_plan_may_repeat_a_step() -> None:
    """It is written once."""
    step = Step(SONG, Action.LIKE)

    assert len(Plan((step, step))) == 2
    assert Plan((step, step)).writes == (step,)


@pytest.mark.parametrize(
    "other", [Step(SONG, Action.DELETE), Step(SONG, Action.LIKE, DISLIKE), Step(SONG, Action.LEAVE)]
)
def test_plan_does_not_contradict_itself(other: Step) -> None:
    """Two steps that want different things of one item are rejected, and the item is named."""
    with pytest.raises(InvalidItemError, match="two conflicting steps for songs/1"):
        Plan((Step(SONG, Action.LIKE), other))


def test_action_can_be_given_as_a_word() -> None:
    """Words come out of files."""
    assert Step(SONG, "dislike").action is Action.DISLIKE


def an_outcome(item: Item, status: OutcomeStatus, **more: Any) -> Outcome:
    """Build the end of a like."""
    return Outcome(item, Action.LIKE, status, **more)


ERROR = NotFoundError("gone", method="PUT", path="/p", status_code=404)
THIRD, FOURTH = Item("songs", "3"), Item("songs", "4")
MIXED = BulkResult(
    (
        an_outcome(SONG, OutcomeStatus.DONE),
        an_outcome(OTHER, OutcomeStatus.UNCHANGED),
        an_outcome(THIRD, OutcomeStatus.FAILED, error=ERROR),
        an_outcome(FOURTH, OutcomeStatus.NOT_SENT, before=DISLIKE, is_retryable=True),
        an_outcome(FOURTH, OutcomeStatus.NOT_SENT, before=DISLIKE, is_retryable=True),
    )
)


def test_result_sorts_its_outcomes() -> None:
    """Each is in one of four groups."""
    groups = (MIXED.done, MIXED.unchanged, MIXED.failed, MIXED.not_sent)

    assert [[outcome.item for outcome in group] for group in groups] == [
        [SONG],
        [OTHER],
        [THIRD],
        [FOURTH, FOURTH],
    ]


def test_retryable_is_a_plan_of_what_may_succeed_later() -> None:
    """Each item once, with the rating before; a final failure is not in it."""
    assert MIXED.retryable == Plan((Step(FOURTH, Action.LIKE, DISLIKE),))


def test_failures_can_be_raised() -> None:
    """The error carries the result, counts, and quotes the first reason."""
    with pytest.raises(BulkError, match=r"Of 5 items 1 failed and 2 were not sent.*gone") as caught:
        MIXED.raise_for_failures()

    assert caught.value.result is MIXED


def test_failures_without_a_reason_can_be_raised() -> None:
    """Nothing failed, and something was not sent."""
    with pytest.raises(BulkError, match=r"0 failed and 1 were not sent\. `result.retryable`"):
        BulkResult(MIXED.not_sent[:1]).raise_for_failures()


def test_final_failures_are_not_called_retryable() -> None:
    """The message promises nothing."""
    with pytest.raises(BulkError) as caught:
        BulkResult(MIXED.failed).raise_for_failures()

    assert "retryable" not in str(caught.value)


@pytest.mark.parametrize("outcomes", [(), MIXED.done, MIXED.done + MIXED.unchanged])
def test_nothing_is_raised_for_a_good_result(outcomes: tuple[Outcome, ...]) -> None:
    """Done and unchanged are both what was wanted."""
    BulkResult(outcomes).raise_for_failures()
