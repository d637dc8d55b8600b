from __future__ import annotations

import asyncio
import inspect
import warnings
from typing import Any

import pytest

from apple_music_ratings._deprecation import deprecated


class Shelf:
    """Has an old name and a new one, sync and async."""

    def rating_of(self, item: str) -> str:
        """Give the rating of an item."""
        return f"the rating of {item}"

    @deprecated(since="0.4", instead="rating_of")
    def score_of(self, item: str) -> str:
        """Give the rating of an item.

        Deprecated since 0.4: call `rating_of`.
        """
        return self.rating_of(item)

    @deprecated(since="0.4", instead="rating_of")
    async def score_of_async(self, item: str) -> str:
        """Give the rating of an item. Deprecated since 0.4: call `rating_of`."""
        return self.rating_of(item)


def test_old_name_does_what_the_new_one_does_and_says_what_to_call() -> None:
    """Since when, and what instead."""
    with pytest.warns(
        DeprecationWarning, match=r"^Shelf\.score_of is deprecated since 0\.4; call rating_of$"
    ):
        answer = Shelf().score_of("a song")

    assert answer == "the rating of a song"


def test_warning_points_at_the_line_of_the_caller() -> None:
    """So that it is found, and shown by default where the caller is a program."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]  # CPython has frames
        Shelf().score_of("a song")

    assert [(each.filename, each.lineno) for each in caught] == [(__file__, line)]


def test_old_name_of_a_coroutine_function_warns_where_it_is_called() -> None:
    """Not in the event loop, which is nobody's line."""

    async def ask() -> tuple[str, Any]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            task = asyncio.ensure_future(Shelf().score_of_async("a song"))
        return await task, caught

    answer, caught = asyncio.run(ask())

    assert answer == "the rating of a song"
    assert [each.filename for each in caught] == [__file__]


def test_old_name_keeps_name_docstring_and_signature() -> None:
    """Help and editors show what they showed."""
    assert Shelf.score_of.__name__ == "score_of"
    assert "Deprecated since 0.4" in str(Shelf.score_of.__doc__)
    assert list(inspect.signature(Shelf.score_of).parameters) == ["self", "item"]


@pytest.mark.parametrize(
    "text", [None, "Give it.", "Deprecated since 0.4.", "Deprecated since 0.3: call `rating_of`."]
)
def test_docstring_of_an_old_name_has_to_say_so(text: str | None) -> None:
    """Since when, and what instead, as the warning does."""

    def score_of() -> None: ...

    score_of.__doc__ = text

    with pytest.raises(TypeError, match=r"docstring of .*score_of"):
        deprecated(since="0.4", instead="rating_of")(score_of)
