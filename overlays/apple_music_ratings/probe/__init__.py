"""The probe: ask the service what Apple does not document, and write redacted evidence."""

from __future__ import annotations

from .evidence import Evidence, make_evidence, read_evidence, schema
from .questions import QUESTIONS, UNSETTLED, Finding, Question
from .runner import Prober, Progress

__all__ = [
    "QUESTIONS",
    "UNSETTLED",
    "Evidence",
    "Finding",
    "Prober",
    "Progress",
    "Question",
    "make_evidence",
    "read_evidence",
    "schema",
]
