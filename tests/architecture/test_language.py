from __future__ import annotations

import re

from support.language import EXAMPLES, PATTERNS, ROOT, forbidden_words, prose

PLACES = (
    *("overlays", "docs", "openapi.yaml", "scripts", "tests", "benchmarks", ".github"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "pyproject.toml"),
)


def test_prose_uses_standard_terms() -> None:
    """Docstrings, comments, messages and pages; every hit is reported, with file and line."""
    offenders = [
        hit for path in prose(*(ROOT / place for place in PLACES)) for hit in forbidden_words(path)
    ]

    assert not offenders, "\n".join(offenders)


def test_patterns_find_what_they_are_for() -> None:
    """A pattern that matches nothing would not be noticed."""
    unused = [pattern for pattern in PATTERNS if not re.search(pattern, EXAMPLES, re.IGNORECASE)]

    assert not unused
