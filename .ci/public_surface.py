"""List what is public, and see that no change of it goes without an entry in CHANGELOG.md.

    python .ci/public_surface.py write      write tests/architecture/public_surface.txt
    python .ci/public_surface.py check      1 when the file is stale, or a change lacks its entry
    python .ci/public_surface.py release    remember the surface as that of the last release

Public are the names in the `__all__` of a module without an underscore, with their signatures; the
commands, options and exit codes; the mock's options and admin API; environment variables; extras;
and what the plugin gives pytest. `released_surface.txt` is the list as of the last release.
"""

from __future__ import annotations

import inspect
import io
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout, suppress
from enum import Enum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import yaml

import apple_music_ratings
from apple_music_ratings.cli.app import program
from apple_music_ratings.cli.exit_codes import ExitCode
from apple_music_ratings.cli.session import PROGRAM
from apple_music_ratings.mock import FaultKind, pytest_plugin
from apple_music_ratings.mock.__main__ import main as run_mock
from apple_music_ratings.mock.switches import describe_switches

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(str(apple_music_ratings.__file__)).parent
CURRENT = ROOT / "tests" / "architecture" / "public_surface.txt"
RELEASED = CURRENT.with_name("released_surface.txt")
CHANGELOG = ROOT / "CHANGELOG.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# The generated package is public as far as `client.api` hands it out; it is the contract, read out.
_VARIABLE = re.compile(r'"(APPLE_MUSIC_[A-Z_]+|NO_COLOR)"')
_METHODS = {"get", "put", "post", "patch", "delete"}


def surface() -> list[str]:
    """List everything public, one thing a line."""
    parts = (python(), command_line(), mock_program(), admin_api(), variables(), plugin(), extras())
    return [line for part in parts for line in part]


def python() -> Iterator[str]:
    """List the names of the public modules, the top first."""
    seen: set[int] = set()
    for module in public_modules():
        for name in sorted(module.__all__):
            value = getattr(module, name)
            # What the top exports is described there, and listed by name alone below it.
            is_known = id(value) in seen and (inspect.isclass(value) or inspect.isfunction(value))
            yield from [f"{module.__name__}.{name}"] if is_known else thing(module, name, value)
            seen.add(id(value))


def public_modules() -> Iterator[Any]:
    """Find the modules without an underscore that list names."""
    for path in sorted(PACKAGE.rglob("*.py"), key=lambda path: (len(path.parts), str(path))):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if any(part.startswith("_") for part in parts) or "\n__all__" not in path.read_text(
            "utf-8"
        ):
            continue
        yield import_module(".".join(parts))


def thing(module: Any, name: str, value: Any) -> Iterator[str]:
    """Describe one exported name, and what is on it."""
    full = f"{module.__name__}.{name}"
    if inspect.isclass(value):
        yield f"class {full}({', '.join(base.__name__ for base in value.__bases__)})"
        yield from members(full, value)
    elif inspect.isfunction(value):
        yield f"{full}{signature(value)}"
    else:
        yield f"{full}: {type(value).__name__}"


def members(full: str, cls: type[Any]) -> Iterator[str]:
    """Describe the constructor and the public members that classes of ours give a class."""
    if issubclass(cls, Enum):
        yield from (f"{full}.{each.name} = {each.value!r}" for each in cls)
        return
    ours = [each for each in cls.__mro__ if each.__module__.startswith("apple_music_ratings")]
    found: dict[str, Any] = {}
    for each in reversed(ours):
        found |= vars(each)
        typed = inspect.get_annotations(each).items()
        found |= {name: _Shown(f": {annotation}") for name, annotation in typed}
    # Nobody calls a protocol, and what it could be called with is Python's affair.
    if getattr(cls, "_is_protocol", False):
        del found["__init__"]
    for name, value in sorted(found.items()):
        if name == "__init__" and inspect.isfunction(value):
            yield f"{full}{signature(value, bound=True)}"
        elif not name.startswith("_"):
            yield f"{full}.{name}{member(value)}"


def member(value: Any) -> str:
    """Describe a member of a class."""
    if isinstance(value, classmethod):
        return f"{signature(value.__func__, bound=True)} [class method]"
    if isinstance(value, staticmethod):
        return f"{signature(value.__func__)} [static method]"
    if inspect.isfunction(value):
        return signature(value, bound=True)
    getter = getattr(value, "fget", None) or getattr(value, "func", None)
    if isinstance(value, (property, cached_property)) and getter is not None:
        return f": {getter.__annotations__['return']} [property]"
    return repr(value) if isinstance(value, _Shown) else f": {type(value).__name__}"


def signature(function: Callable[..., Any], *, bound: bool = False) -> str:
    """Write a signature as its source has it; what a default is computed from is left out."""
    found = inspect.signature(function)
    parameters = [
        each.replace(default=_default(each.default), annotation=_annotation(each.annotation))
        for each in list(found.parameters.values())[bound:]
    ]
    plain = found.replace(
        parameters=parameters, return_annotation=_annotation(found.return_annotation)
    )
    is_async = inspect.iscoroutinefunction(function)
    return f"{plain}{' [async]' if is_async else ''}"


class _Shown:
    """Stands where a default stood, and is written as it is told."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _annotation(value: Any) -> Any:
    # Written as in the source, without the quotes of a text.
    return _Shown(value) if isinstance(value, str) else value


def _default(value: Any) -> Any:
    if value is inspect.Parameter.empty or isinstance(value, (bool, int, float, str, type(None))):
        return _Shown(str(value)) if isinstance(value, Enum) else value
    return value if value == () else _Shown("...")


def command_line() -> Iterator[str]:
    """List commands with their arguments and options, and the exit codes."""
    yield from commands([PROGRAM], program)
    yield from (f"exit code {code.value}: {code.name}" for code in ExitCode)


def commands(words: list[str], command: click.Command) -> Iterator[str]:
    """Describe a command and those below it."""
    yield f"command {' '.join(words)}"
    for parameter in sorted(command.params, key=lambda each: str(each.name)):
        yield f"command {' '.join(words)}: {described(parameter)}"
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in sorted(command.list_commands(context)):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands([*words, name], below)


def described(parameter: click.Parameter) -> str:
    """Describe an argument or an option."""
    kind = parameter.type
    takes = "|".join(map(str, kind.choices)) if isinstance(kind, click.Choice) else kind.name
    facts = [
        "flag" if isinstance(parameter, click.Option) and parameter.is_flag else takes,
        "required" if parameter.required else "",
        "several" if parameter.multiple or parameter.nargs == -1 else "",
    ]
    isnt_option = isinstance(parameter, click.Argument)
    name = f"argument {parameter.name}" if isnt_option else "/".join(parameter.opts)
    return f"{name} ({', '.join(filter(None, facts))})"


def mock_program() -> Iterator[str]:
    """List the options of the mock, and the names they take."""
    said = io.StringIO()
    with redirect_stdout(said), suppress(SystemExit):
        run_mock(["--help"])
    usage = " ".join(said.getvalue().partition("\n\n")[0].split())
    yield from sorted(f"mock option {option}" for option in re.findall(r"\[(--[^]]+)\]", usage))
    scenarios = sorted(path.stem for path in (PACKAGE / "mock" / "scenarios").glob("*.yaml"))
    yield from (f"mock scenario {scenario}" for scenario in scenarios)
    yield from sorted(
        f"mock switch {each.name} = {each.default}: {'|'.join(map(str, each.choices or ()))}"
        for each in describe_switches()
    )
    yield from sorted(f"mock fault {kind.value}" for kind in FaultKind)


def admin_api() -> Iterator[str]:
    """List the operations of the mock's admin API."""
    document = yaml.safe_load((PACKAGE / "mock" / "admin-openapi.yaml").read_text("utf-8"))
    for path, operations in sorted(document["paths"].items()):
        for method in sorted(_METHODS & set(operations)):
            yield f"admin API {method.upper()} {path}"


def variables() -> Iterator[str]:
    """List the environment variables that the source names."""
    texts = (path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    names = {name for text in texts for name in _VARIABLE.findall(text)}
    yield from (f"variable {name}" for name in sorted(names))


def plugin() -> Iterator[str]:
    """List fixtures and markers."""
    source = Path(str(pytest_plugin.__file__)).read_text("utf-8")
    fixtures = re.findall(r"@pytest\.fixture(?:\(.*\))?\s+(?:async )?def (\w+)", source)
    yield from (f"pytest fixture {name}" for name in sorted(fixtures))
    markers = re.findall(r'"(ratings_mock_\w+\([^)]*\)):', source)
    yield from (f"pytest marker {marker}" for marker in sorted(markers))
    yield from (f"pytest plugin {name}" for name in PROJECT["entry-points"]["pytest11"])


def extras() -> Iterator[str]:
    """List the extras that can be installed, and the programs that are."""
    yield from (f"extra {name}" for name in sorted(PROJECT["optional-dependencies"]))
    yield from (f"program {name}" for name in sorted(PROJECT["scripts"]))


def differences(before: Iterable[str], after: Iterable[str]) -> list[tuple[str, str, set[str]]]:
    """Say what became of each thing, with the names that an entry about it would give.

    Returns:
        For each change its sentence, its line, and the names of which one has to be mentioned.
    """
    old = {_key(line): line for line in before}
    new = {_key(line): line for line in after}
    changes = []
    for key in sorted(old | new):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        if was is None:
            # What came with its class or its command is told with it.
            if not any(parent in new and parent not in old for parent in _parents(key)):
                changes.append(("is new", str(now), _names(key, now)))
        elif now is None:
            if not any(parent in old and parent not in new for parent in _parents(key)):
                changes.append(("is gone", was, _names(key, was)))
        else:
            changes.append((f"was {was!r} and is changed", now, _changed_names(key, was, now)))
    return changes


def _key(line: str) -> str:
    """Name the thing of a line, whatever else the line says of it."""
    if line.startswith("command "):
        words, colon, parameter = line.partition(": ")
        return f"{words}{colon}{parameter.partition(' (')[0]}"
    if line.startswith("mock option "):
        return " ".join(line.split()[:3])
    if line.startswith(("mock ", "admin ", "exit ", "variable ", "pytest ", "extra ", "program ")):
        return re.split(r" =|:|\(", line)[0]
    if line.startswith("class "):
        return line.partition("(")[0]
    return re.split(r"[(: ]", line)[0]


def _parents(key: str) -> list[str]:
    if key.startswith("command "):
        words = key.partition(": ")[0].split()
        parents = [" ".join(words[:length]) for length in range(2, len(words) + 1)]
        return [parent for parent in parents if parent != key]
    dotted = key.split(".")
    return [f"class {'.'.join(dotted[:length])}" for length in range(2, len(dotted) + 1)]


def _names(key: str, line: str = "") -> set[str]:
    """Give what an entry would call a thing: its last word, or an exit code's name."""
    if key.startswith("exit code "):
        return {line.rpartition(" ")[2]}
    last = key.partition(": ")[2] if key.startswith("command ") and ": " in key else key
    last = last.rpartition(" ")[2]
    return {last if last.startswith("/") else last.rpartition(".")[2]}


def _changed_names(key: str, was: str, now: str) -> set[str]:
    """Give the parameters that came or went; else the name or any part that differs will do."""
    moved = _parameters(was) ^ _parameters(now)
    parts = set(re.findall(r"[\w-]+", was)) ^ set(re.findall(r"[\w-]+", now))
    return moved or _names(key, now) | {part for part in parts if len(part) > 1}


def _parameters(line: str) -> set[str]:
    return set(re.findall(r"\w+(?=: )", line.partition("(")[2]))


def unmentioned(changes: list[tuple[str, str, set[str]]], entries: str) -> list[str]:
    """Find the changes of which a changelog's entries say nothing."""
    # Only what is written as code, lest `set` be found in any sentence.
    code = " ".join(re.findall(r"`([^`\n]+)`", entries))
    words = set(re.findall(r"[\w/{}.-]*\w[\w/{}-]*", code))
    words |= {part for word in words for part in word.split(".")}
    return [f"{line}\n    {what}" for what, line, names in changes if not names & words]


def unreleased(changelog: str) -> str:
    """Give the section of a changelog that is about the next release."""
    found = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def problems(listed: str, released: str, changelog: str, found: list[str]) -> list[str]:
    """Say what is wrong, in words: a stale list, or changes that no entry mentions."""
    told = []
    stale = differences(listed.splitlines(), found)
    if stale:
        told += ["The public surface differs from tests/architecture/public_surface.txt:"]
        told += [f"  {line}\n    {what}" for what, line, _names in stale]
        told += ["If that is meant: .ci/public_surface.py write, and an entry in CHANGELOG.md."]
    silent = unmentioned(differences(released.splitlines(), found), unreleased(changelog))
    if silent:
        told += ["Since the last release, with no entry under Unreleased in CHANGELOG.md:"]
        told += [f"  {line}" for line in silent]
        told += ["An entry mentions a change when it has the name of what changed."]
    return told


def main(task: str) -> int:
    """Do what is asked, and give the exit code."""
    found = surface()
    text = "\n".join(found) + "\n"
    if task == "release":
        RELEASED.write_text(text, "utf-8")
    if task in {"write", "release"}:
        CURRENT.write_text(text, "utf-8")
    told = problems(
        CURRENT.read_text("utf-8"),
        RELEASED.read_text("utf-8"),
        CHANGELOG.read_text("utf-8"),
        found,
    )
    print("\n".join(told), end="\n" if told else "", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {"write", "check", "release"}:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
