from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import apple_music_ratings
from apple_music_ratings import RatingsError, errors


def drawn() -> Iterator[tuple[str, str, bool]]:
    """Yield each error of the drawing with its parent, and whether it is a `ValueError` as well."""
    _, tree, _ = str(errors.__doc__).split("```")
    parents: list[str] = []
    for line in tree.splitlines()[1:]:
        branch = line[: len(line) - len(line.lstrip("│├└─ "))]
        name, _, description = line.removeprefix(branch).partition(" ")
        del parents[len(branch) // 3 :]
        yield name, parents[-1] if parents else "Exception", "(also ValueError)" in description
        parents.append(name)


def defined() -> Iterator[type[RatingsError]]:
    """Yield every error of the package, in whatever module it is."""
    for module in pkgutil.walk_packages(apple_music_ratings.__path__, "apple_music_ratings."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found = [RatingsError]
    for each in found:
        found.extend(each.__subclasses__())
        if each.__module__.startswith("apple_music_ratings.") and not each.__name__.startswith("_"):
            yield each


def parent(error: type[RatingsError]) -> str:
    """Return the closest base class with a public name."""
    return next(each.__name__ for each in error.__mro__[1:] if not each.__name__.startswith("_"))


def test_drawing_shows_every_error() -> None:
    """The docstring of `errors` is the tree that a reader catches by."""
    ours = {(each.__name__, parent(each), issubclass(each, ValueError)) for each in defined()}

    assert ours == set(drawn())


def test_every_error_is_public() -> None:
    """Whatever is raised can be caught by a name from the top, and is defined in `errors`."""
    ours = list(defined())
    names = {each.__name__ for each in ours}

    assert {each.__module__ for each in ours} == {errors.__name__}
    assert not names - set(apple_music_ratings.__all__)
    assert not names - set(errors.__all__)
