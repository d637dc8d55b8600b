from __future__ import annotations

import re
from pathlib import Path

from support.language import PATTERNS, ROOT, forbidden_words, prose

PLACES = (
    *("overlays", "docs", "openapi.yaml"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
)
# Files that are still to be rewritten.
BASELINE = Path(__file__).with_name("language_baseline.txt")


def test_prose_uses_standard_terms() -> None:
    """Docstrings, comments, messages and pages; every hit is reported, with file and line."""
    remaining = {ROOT / line for line in BASELINE.read_text("utf-8").splitlines()}
    offenders = [
        hit
        for path in prose(*(ROOT / place for place in PLACES))
        if path not in remaining
        for hit in forbidden_words(path)
    ]

    assert not offenders, "\n".join(offenders)


def test_patterns_find_what_they_are_for() -> None:
    """A pattern that matches nothing would not be noticed."""
    examples = """
        \"\"\"Give it. a slip mended without leave is no item there is none the answer its twin anew
        for ever a passing fault told nobody it stood in words trouble patience goes on
        blotted out so many items an armed fault is right refused on its way official
        opens the door what nobody behaviour cancelled recognised
    """
    unused = [pattern for pattern in PATTERNS if not re.search(pattern, examples, re.IGNORECASE)]

    assert not unused
