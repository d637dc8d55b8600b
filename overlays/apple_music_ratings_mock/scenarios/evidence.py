"""Evidence files: what `apple-music-ratings probe` saw of a real service.

The format is described in `docs/reference/evidence.md`. Several files are combined; a contradiction
between them is an error, never a silent choice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from apple_music_ratings_mock.api.behaviors import Behaviors
from apple_music_ratings_mock.api.problems import Messages

FORMAT = "apple-music-ratings-evidence"
VERSION = 1


class EvidenceError(ValueError):
    """An evidence file that cannot be used; the message names the file."""


@frozen(kw_only=True)
class ObservedEvidence:
    """What evidence files say of a service.

    Args:
        behaviors: The values of the behaviors that they settle.
        messages: Title and detail of an error, by status and code.
        sources: A line for each file: its name, its date and the service that was asked.
    """

    behaviors: Mapping[str, str] = field(factory=dict)
    messages: Messages = field(factory=dict)
    sources: tuple[str, ...] = ()


def read_evidence(*files: Path) -> ObservedEvidence:
    """Read evidence files and combine them.

    Raises:
        EvidenceError: A file cannot be read or is not an evidence file, or two files contradict
            each other.
    """
    behaviors: dict[str, tuple[str, Path]] = {}
    messages: dict[tuple[int, str], tuple[str, str | None]] = {}
    sources = []
    for file in files:
        document = _read(file)
        try:
            for name, value in _settled(document):
                other, before = behaviors.setdefault(name, (value, file))
                if other != value:
                    raise EvidenceError(
                        f"{file}: {name} is {value!r}, but {other!r} in {before}; "
                        "use one of the two files"
                    )
            messages |= dict(_messages(document["exchanges"].values()))
            sources.append(f"{file} ({document['date']}, {document['service']})")
        except (KeyError, TypeError, AttributeError) as error:
            raise EvidenceError(f"{file} is not an evidence file of version {VERSION}") from error
        _check(file, {name: value for name, (value, _) in behaviors.items()})
    return ObservedEvidence(
        behaviors={name: value for name, (value, _) in behaviors.items()},
        messages=messages,
        sources=tuple(sources),
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise EvidenceError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise EvidenceError(f"{file} is not an evidence file: it is not JSON") from error
    if not isinstance(document, dict) or (document.get("format"), document.get("version")) != (
        FORMAT,
        VERSION,
    ):
        raise EvidenceError(f"{file} is not an evidence file of version {VERSION}")
    return document


def _settled(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for question in document["questions"]:
        if question["seen"] is not None:
            yield str(question["behavior"]), str(question["seen"])


def _check(file: Path, behaviors: Mapping[str, str]) -> None:
    try:
        Behaviors.from_mapping(behaviors)
    except ValueError as error:
        raise EvidenceError(f"{file}: {error}") from error


def _messages(
    exchanges: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[tuple[int, str], tuple[str, str | None]]]:
    """Yield the messages of errors that have no placeholder in them."""
    for exchange in exchanges:
        response = exchange["response"]
        body = None if response is None else response["body"]
        document = None if body is None else body.get("json")
        errors = document.get("errors") if isinstance(document, dict) else None
        for error in errors if isinstance(errors, list) else ():
            title, detail = error.get("title"), error.get("detail")
            texts = [text for text in (title, detail) if text is not None]
            if title is not None and not any("<" in text for text in texts):
                yield (int(response["status"]), str(error.get("code"))), (title, detail)
