"""Scenario files: named starting states, in YAML, judged line by line.

The only module that needs PyYAML, and loaded only when a scenario is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import NoReturn, TypeVar

import yaml
from attrs import frozen

from apple_music_ratings_mock.api.behaviors import Behaviors
from apple_music_ratings_mock.api.state import Library, LibraryEntry
from apple_music_ratings_mock.faults.kinds import Fault

from .sample_library import generate_library
from .seeding import (
    DocumentError,
    as_list,
    as_mapping,
    check_members,
    library_of,
    load_state,
    read_library,
)

NAMES = ("empty", "small-library", "ten-thousand", "expired-tokens", "throttled", "flaky")
"""The scenarios that come with the mock."""

_MEMBERS = ("description", "seed", "library", "users", "faults", "behaviors")
_MAX_GENERATED = 200_000

_Path = tuple[str | int, ...]
_T = TypeVar("_T")


class ScenarioError(ValueError):
    """A scenario that cannot be used; the message names file and line."""


@frozen(kw_only=True)
class Scenario:
    """How a mock begins.

    Args:
        description: What it is for.
        seed: The dice of its faults.
        library: What is in everybody's library; None takes any id.
        users: People, as `MockService` takes them.
        faults: What goes wrong.
        behaviors: How the service behaves where nobody knows.
    """

    description: str
    seed: int
    library: tuple[LibraryEntry, ...] | None
    users: tuple[Mapping[str, object], ...]
    faults: tuple[Fault, ...]
    behaviors: Behaviors


def read_scenario(scenario: str | Path) -> Scenario:
    """Read a scenario.

    Args:
        scenario: One of `NAMES`, or the path of a file.

    Raises:
        ScenarioError: The file cannot be read, or is not fit. The message has
            the line.
    """
    if isinstance(scenario, str) and scenario in NAMES:
        text = (files(__package__) / f"{scenario}.yaml").read_text("utf-8")
        return _Reader(scenario, text).read()
    path = Path(scenario)
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        words = f"{scenario}: {error.strerror}; there are also {', '.join(NAMES)}"
        raise ScenarioError(words) from error
    except ValueError as error:
        raise ScenarioError(f"{scenario}: the file is not UTF-8") from error
    return _Reader(str(path), text).read()


class _Reader:
    """Reads one file, and remembers on which line everything is."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._lines: dict[_Path, int] = {(): 1}
        self._nodes: set[int] = set()

    def read(self) -> Scenario:
        try:
            document = self._document()
            return self._scenario(document)
        except DocumentError as error:
            self._fail(error.message, self._line_of(error.path))

    def _document(self) -> object:
        try:
            node = yaml.compose(self._text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._fail(f"this is not YAML: {error.problem}", mark.line + 1 if mark else 1)
        except yaml.YAMLError as error:
            self._fail(f"this is not YAML: {error}", 1)
        except RecursionError:
            self._fail("this is nested too deeply", 1)
        return {} if node is None else self._value_of(node, ())

    def _value_of(self, node: yaml.Node, path: _Path) -> object:
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        if isinstance(node, yaml.ScalarNode):
            try:
                return yaml.SafeLoader("").construct_object(node)
            except (ValueError, yaml.YAMLError):
                self._fail(f"{node.value!r} cannot be read; put it in quotation marks", line)
        if id(node) in self._nodes:
            self._fail("aliases are not read here; write it out", line)
        self._nodes.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self._value_of(each, (*path, place)) for place, each in enumerate(node.value)]
        return self._mapping_of(node, path)

    def _mapping_of(self, node: yaml.Node, path: _Path) -> dict[str, object]:
        members: dict[str, object] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in members:
                self._fail(f"{name!r} is there twice", line)
            self._lines[*path, name] = line
            members[name] = self._value_of(value, (*path, name))
        return members

    def _scenario(self, document: object) -> Scenario:
        mapping = as_mapping(document, ())
        check_members(mapping, _MEMBERS, ())
        description, seed = mapping.get("description", ""), mapping.get("seed", 0)
        if not isinstance(description, str):
            raise DocumentError("the description is not a text", ("description",))
        if type(seed) is not int:
            raise DocumentError("the seed is not a whole number", ("seed",))
        behaviors = _at(
            ("behaviors",),
            lambda: Behaviors.from_mapping(
                as_mapping(mapping.get("behaviors", {}), ("behaviors",))
            ),
        )
        library = _library_of(mapping.get("library"))
        faults = [
            _at(("faults", place), lambda f=fault: Fault.from_mapping(as_mapping(f, ())))  # type: ignore[misc]  # a default for a loop's variable
            for place, fault in enumerate(as_list(mapping.get("faults", ()), ("faults",)))
        ]
        users = as_list(mapping.get("users", ()), ("users",))
        # Judged here, where the lines are known; made when the mock begins.
        shelves: Library = _at(("library",), lambda: library_of(library, behaviors))
        load_state({"users": users}, shelves, behaviors)
        return Scenario(
            description=description,
            seed=seed,
            library=None if library is None else tuple(library),
            users=tuple(as_mapping(user, ()) for user in users),
            faults=tuple(faults),
            behaviors=behaviors,
        )

    def _line_of(self, path: _Path) -> int:
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _fail(self, words: str, line: int) -> NoReturn:
        raise ScenarioError(f"{self._name}, line {line}: {words}")


def _at(path: _Path, make: Callable[[], _T]) -> _T:
    """Make something, and say where it stands when it is not fit."""
    try:
        return make()
    except DocumentError as error:
        raise DocumentError(error.message, error.path or path) from error
    except ValueError as error:
        words = str(error)
        # What is wrong is named first: `rate is 2, which is not …`.
        member = words.split(" is ")[0].strip("'")
        raise DocumentError(words, (*path, member)) from error


def _library_of(document: object) -> list[LibraryEntry] | None:
    if document is None:
        return None
    if not isinstance(document, Mapping):
        return read_library(document)
    path: _Path = ("library",)
    check_members(document, ("generate",), path, needed=("generate",))
    counts = as_mapping(document["generate"], (*path, "generate"))
    known = ("songs", "albums", "music-videos", "playlists")
    check_members(counts, known, (*path, "generate"))
    for name, count in counts.items():
        if type(count) is not int or not 0 <= count <= _MAX_GENERATED:
            words = f"{count!r} is not a whole number from 0 to {_MAX_GENERATED}"
            raise DocumentError(words, (*path, "generate", name))
    return generate_library({name: count for name, count in counts.items() if type(count) is int})
