"""The evidence file: what a probe saw, redacted, so that it can be read, shared and followed.

`docs/reference/evidence.md` describes the format; `evidence.schema.json` beside this module is its
JSON schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import asdict, field, frozen

from apple_music_ratings.errors import FileError
from apple_music_ratings.files.atomic import atomic_write

from .contract_check import Mismatch
from .exchanges import Exchange
from .questions import QUESTIONS, UNSETTLED, Finding
from .redaction import Redactor

__all__ = ["Evidence", "make_evidence", "read_evidence", "schema"]

FORMAT = "apple-music-ratings-evidence"
VERSION = 1


@frozen(kw_only=True)
class Evidence:
    """What a probe saw.

    Args:
        date: The day of the probe.
        contract: The version of the contract that the probe was written for.
        service: The host that was asked if it is Apple's, `other` if not.
        findings: What was found out, a finding a question.
        exchanges: The redacted exchanges, by the name of the request.
        mismatches: How responses differ from the contract; `None` if that was not checked.
    """

    date: date
    contract: str
    service: str
    findings: tuple[Finding, ...]
    exchanges: Mapping[str, Mapping[str, Any]] = field(repr=False)
    mismatches: tuple[Mismatch, ...] | None = None

    @property
    def settled(self) -> dict[str, str]:
        """The values of the mock's behaviors that the probe settled."""
        return {each.behavior: each.seen for each in self.findings if each.seen is not None}

    def as_document(self) -> dict[str, Any]:
        """Return the evidence as a JSON document."""
        found = {each.behavior: each for each in self.findings}
        questions = []
        for question in QUESTIONS:
            finding = found.get(question.behavior) or Finding(
                behavior=question.behavior, seen=None, reason="Not asked."
            )
            seen = finding.seen
            questions.append(
                {
                    "behavior": question.behavior,
                    "question": question.text,
                    "assumed": question.assumed,
                    "seen": seen,
                    "agrees": None if seen is None else seen == question.assumed,
                    "reason": finding.reason,
                    "exchanges": list(finding.exchanges),
                }
            )
        return {
            "format": FORMAT,
            "version": VERSION,
            "date": self.date.isoformat(),
            "contract": self.contract,
            "service": self.service,
            "questions": questions,
            "not_asked": dict(UNSETTLED),
            "exchanges": dict(self.exchanges),
            "mismatches": (
                None
                if self.mismatches is None
                else [asdict(mismatch) for mismatch in self.mismatches]
            ),
        }

    def as_text(self) -> str:
        """Return the text of an evidence file."""
        return json.dumps(self.as_document(), indent=2, ensure_ascii=True) + "\n"

    def write(self, path: Path) -> None:
        """Write an evidence file; an existing one is replaced when the new one is complete.

        Raises:
            FileError: The file cannot be written.
        """
        try:
            with atomic_write(path, force=True) as stream:
                stream.write(self.as_text())
        except OSError as error:
            raise FileError(f"{path} cannot be written: {error.strerror or error}.") from error


def make_evidence(
    *,
    day: date,
    contract: str,
    service: str,
    findings: Sequence[Finding],
    exchanges: Iterable[Exchange],
    mismatches: Iterable[Mismatch] | None = None,
) -> Evidence:
    """Redact what a probe saw.

    Args:
        day: The day of the probe.
        contract: The version of the contract.
        service: The host that was asked.
        findings: What the probe settled.
        exchanges: What it sent and received; redacted here.
        mismatches: How the responses differ from the contract, if that was checked.
    """
    redactor = Redactor()
    return Evidence(
        date=day,
        contract=contract,
        service=service if service == "api.music.apple.com" else "other",
        findings=tuple(findings),
        exchanges={each.request.name: redactor.redact(each) for each in exchanges},
        mismatches=None if mismatches is None else tuple(mismatches),
    )


def schema() -> dict[str, Any]:
    """Return the JSON schema of an evidence file."""
    text = files(__package__).joinpath("evidence.schema.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def read_evidence(path: Path) -> Evidence:
    """Read an evidence file.

    Raises:
        FileError: The file cannot be read, or is not an evidence file of this version.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise FileError(f"{path} is not an evidence file: it is not JSON.") from error
    try:
        return _parse(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileError(
            f"{path} is not an evidence file of version {VERSION}. Write one with "
            "`apple-music-ratings probe`."
        ) from error


def _parse(document: Mapping[str, Any]) -> Evidence:
    if document["format"] != FORMAT or document["version"] != VERSION:
        raise ValueError
    findings = tuple(
        Finding(
            behavior=str(each["behavior"]),
            seen=None if each["seen"] is None else str(each["seen"]),
            reason=str(each["reason"]),
            exchanges=tuple(map(str, each["exchanges"])),
        )
        for each in document["questions"]
    )
    return Evidence(
        date=date.fromisoformat(document["date"]),
        contract=str(document["contract"]),
        service=str(document["service"]),
        findings=findings,
        exchanges={str(name): dict(each) for name, each in document["exchanges"].items()},
        mismatches=(
            None
            if document["mismatches"] is None
            else tuple(Mismatch(**each) for each in document["mismatches"])
        ),
    )
