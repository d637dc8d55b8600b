"""The short form of `make soak`."""

from __future__ import annotations

import pytest
from soak.soak import LostError, Row, _compare, rows_of, soak


def test_killed_run_ends_as_planned_and_can_be_undone() -> None:
    """SIGKILLs and a tenth of faults lose nothing: service, journal and undo agree."""
    tally = soak(seed=7, count=150, kills=3)

    # One comes too late where faults have made the run give up by itself before.
    assert tally.kills >= 1
    assert tally.requests > tally.writes


def test_lost_item_is_named() -> None:
    """The comparison that decides can fail, and says where."""
    with pytest.raises(LostError, match=r"the service: 1 items differ .*'7': \(None, 1\)"):
        _compare("the service", {"8": 1}, {"7": 1, "8": 1})


def test_every_change_is_among_the_items() -> None:
    """Likes, dislikes and removals, each from every other state, and nothing that stays."""
    from random import Random

    rows = rows_of(Random(1), 200)  # noqa: S311  # not a secret

    assert {(row.before, row.wanted) for row in rows} == {
        (before, wanted) for before in (1, -1, 0) for wanted in (1, -1, 0) if before != wanted
    }
    assert len({row.id for row in rows}) == len(rows)
    assert isinstance(rows[0], Row)
