"""Scenario files: named starting states in YAML; errors name the line.

The only module that needs PyYAML; it is imported when a scenario is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import NoReturn, TypeVar

from attrs import frozen

from apple_music_ratings_mock.api.behaviors import Behaviors
from apple_music_ratings_mock.api.state import Library, LibraryEntry
from apple_music_ratings_mock.faults.kinds import Fault

from . import NAMES
from .documents import DocumentError, as_list, as_mapping, check_members
from .documents import Path as DocumentPath
from .library_entries import read_library
from .sample_library import generate_library
from .seeding import load_state

try:
    import yaml
except ImportError as _missing:
    raise ImportError(
        f"Scenarios require {_missing.name}, which is not installed. "
        "Run: pip install 'apple-music-ratings[mock]'",
        name=_missing.name,
    ) from _missing

_MEMBERS = ("description", "seed", "library", "users", "faults", "behaviors")
_MAX_GENERATED = 200_000

_T = TypeVar("_T")


class ScenarioError(ValueError):
    """An invalid scenario; the message names file and line."""


@frozen(kw_only=True)
class Scenario:
    """The starting state of a mock.

    Args:
        description: What it is for.
        seed: Seeds the randomness of its faults.
        library: The library of every user; `None` accepts any valid id.
        users: The users, as `MockService` takes them.
        faults: The active faults.
        behaviors: How the service behaves where that is undocumented.
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
        ScenarioError: The file cannot be read or is invalid. The message names the line.
    """
    if isinstance(scenario, str) and scenario in NAMES:
        text = (files(__package__) / f"{scenario}.yaml").read_text("utf-8")
        return _Reader(scenario, text).read()
    path = Path(scenario)
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ScenarioError(_not_found(scenario, error)) from error
    except ValueError as error:
        raise ScenarioError(f"{scenario}: the file is not UTF-8") from error
    return _Reader(str(path), text).read()


def _not_found(scenario: str | Path, error: OSError) -> str:
    close = get_close_matches(str(scenario), NAMES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"the built-in ones are {', '.join(NAMES)}"
    return f"{scenario}: {error.strerror}; {hint}"


class _Reader:
    """Reads one file, and records the line of each part."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._lines: dict[DocumentPath, int] = {(): 1}
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

    def _value_of(self, node: yaml.Node, path: DocumentPath) -> object:
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        if isinstance(node, yaml.ScalarNode):
            try:
                return yaml.SafeLoader("").construct_object(node)
            except (ValueError, yaml.YAMLError):
                self._fail(f"{node.value!r} cannot be read; put it in quotation marks", line)
        if id(node) in self._nodes:
            self._fail("aliases are not supported; repeat the value", line)
        self._nodes.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self._value_of(each, (*path, index)) for index, each in enumerate(node.value)]
        return self._mapping_of(node, path)

    def _mapping_of(self, node: yaml.Node, path: DocumentPath) -> dict[str, object]:
        members: dict[str, object] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in members:
                self._fail(f"{name!r} is repeated", line)
            self._lines[*path, name] = line
            members[name] = self._value_of(value, (*path, name))
        return members

    def _scenario(self, document: object) -> Scenario:
        mapping = as_mapping(document, ())
        check_members(mapping, _MEMBERS, ())
        description, seed = mapping.get("description", ""), mapping.get("seed", 0)
        if not isinstance(description, str):
            raise DocumentError("the description is not a string", ("description",))
        if type(seed) is not int:
            raise DocumentError("the seed is not an integer", ("seed",))
        behaviors = _at(
            ("behaviors",),
            lambda: Behaviors.from_mapping(
                as_mapping(mapping.get("behaviors", {}), ("behaviors",))
            ),
        )
        library = _library_of(mapping.get("library"))
        faults = [
            _at(("faults", index), lambda f=fault: Fault.from_mapping(as_mapping(f, ())))  # type: ignore[misc]  # a default for a loop's variable
            for index, fault in enumerate(as_list(mapping.get("faults", ()), ("faults",)))
        ]
        users = as_list(mapping.get("users", ()), ("users",))
        # Validated here, where the lines are known; created again by the mock.
        created = _at(("library",), lambda: Library(library, behaviors))
        load_state({"users": users}, created, behaviors)
        return Scenario(
            description=description,
            seed=seed,
            library=None if library is None else tuple(library),
            users=tuple(as_mapping(user, ()) for user in users),
            faults=tuple(faults),
            behaviors=behaviors,
        )

    def _line_of(self, path: DocumentPath) -> int:
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _fail(self, message: str, line: int) -> NoReturn:
        raise ScenarioError(f"{self._name}, line {line}: {message}")


def _at(path: DocumentPath, make: Callable[[], _T]) -> _T:
    """Return what `make` returns, and add the path to its errors."""
    try:
        return make()
    except DocumentError as error:
        raise DocumentError(error.message, error.path or path) from error
    except ValueError as error:
        message = str(error)
        # The member is named first: `probability is 2, which is not …`.
        member = message.split(" is ")[0].strip("'")
        raise DocumentError(message, (*path, member)) from error


def _library_of(document: object) -> list[LibraryEntry] | None:
    if document is None:
        return None
    if not isinstance(document, Mapping):
        return read_library(document)
    path: DocumentPath = ("library",)
    check_members(document, ("generate",), path, required=("generate",))
    counts = as_mapping(document["generate"], (*path, "generate"))
    known = ("songs", "albums", "music-videos", "playlists")
    check_members(counts, known, (*path, "generate"))
    for name, count in counts.items():
        if type(count) is not int or not 0 <= count <= _MAX_GENERATED:
            message = f"{count!r} is not an integer from 0 to {_MAX_GENERATED}"
            raise DocumentError(message, (*path, "generate", name))
    return generate_library({name: count for name, count in counts.items() if type(count) is int})
