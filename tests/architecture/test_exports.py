from __future__ import annotations

import inspect
from enum import Enum
from types import ModuleType
from typing import Any

import pytest

import apple_music_ratings
from apple_music_ratings import RatingsError, errors

PROMISED = {
    "AsyncRatingsClient",
    "DeveloperToken",
    "Item",
    "Rating",
    "RatingValue",
    "RatingsClient",
    "ResourceType",
    "RetryPolicy",
    "__version__",
}
NAMES: list[str] = apple_music_ratings.__all__


def members() -> list[Any]:
    """Find every public class, and every public method and property of ours on them."""
    found = []
    for name in NAMES:
        exported = getattr(apple_music_ratings, name)
        if not inspect.isclass(exported):
            continue
        found.append(pytest.param(exported, id=name))
        for attribute, member in vars(exported).items():
            if attribute.startswith("_") or isinstance(member, Enum):
                continue
            if inspect.isroutine(member) or isinstance(member, (property, classmethod)):
                found.append(pytest.param(member, id=f"{name}.{attribute}"))
    return found


def test_public_names_are_sorted() -> None:
    """So that a reader finds one, and each stands once."""
    assert sorted(set(NAMES)) == NAMES


def test_public_names_are_what_is_visible() -> None:
    """Nothing is importable by accident, and nothing listed is missing."""
    visible = {
        name
        for name, value in vars(apple_music_ratings).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    }

    assert visible | {"__version__"} == set(NAMES)


def test_promised_names_are_public() -> None:
    """What the design lists can be imported from the top."""
    assert not PROMISED - set(NAMES)


def test_every_error_is_public() -> None:
    """Whatever is raised can be caught by a name from the top."""
    raised = {
        name
        for name, member in vars(errors).items()
        if inspect.isclass(member) and issubclass(member, RatingsError) and not name.startswith("_")
    }

    assert not raised - set(NAMES)
    assert not set(errors.__all__) - set(NAMES)


def test_public_names_of_errors_are_all_of_them() -> None:
    """The module lists what it defines."""
    defined = {
        name
        for name, member in vars(errors).items()
        if inspect.isclass(member)
        and member.__module__ == errors.__name__
        and not name.startswith("_")
    }

    assert set(errors.__all__) == defined


@pytest.mark.parametrize("member", members())
def test_public_name_says_what_it_is(member: Any) -> None:
    """One sentence at least, in a first line of its own."""
    doc = inspect.getdoc(member)

    assert doc
    assert doc.splitlines()[0].endswith(".")


def test_version_is_a_release() -> None:
    """Packaging and User-Agent read the same one."""
    from importlib.metadata import version

    assert version("apple-music-ratings") == apple_music_ratings.__version__
