"""Words that our prose and names do not use, with the terms to use instead.

`python tests/support/language.py FOLDER_OR_FILE …` prints every hit.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {".css", ".html", ".jinja", ".js", ".md", ".py", ".ts", ".yaml"}
# What to look for in a line, whatever the case, and what to write instead.
PATTERNS = {
    r'"""(?:gives?|tells?|refuses?|says?|takes? (?:note|in)|writes? down|makes? of)\b': (
        "return, check, raise, record, format"
    ),
    r"\bslips?\b": "error, mistake",
    r"\bmend(?:s|ed|ing)?\b": "fix, renew",
    r"\b(?:no leave|leave to|(?:gives?|gave|without) leave)\b": "permission; the limiter allows",
    r"(?<!\bthere )\bis no\b(?! (?:longer|more|less|later|such)\b)": "is not a",
    r"\bthere is none\b": "not found, not configured",
    r"\banswer(?:s|ed|ing)?\b": "response, result; responds",
    # A twin is a pair of sync and async code.
    r"\b(?:catalog|library|its|no) twins?\b|\btwinned\b": "counterpart",
    r"\banew\b": "again",
    r"\bfor ever\b": "indefinitely",
    r"\bpassing (?:error|failure|fault|problem|status|trouble)": "transient",
    r"\b(?:told|said)\b": "reported, passed to",
    r"\b(?:nobody|somebody|whoever|persons?)\b": "user, caller; no other …",
    r"\b(?:stood|stands (?!(?:in )?for\b))": "is, is set, was",
    r"(?<!word )\bin words\b(?!:)|'s words\b|\bwords (?:about|for|of|to|with)\b": "message, text",
    r"\btroubles?\b": "failure, error",
    r"\bpatien(?:ce|t)\b": "timeout",
    r"\b(?:goes|go|went|going|keeps?) on\b": "continue",
    r"\b(?:black|blot)(?:s|ted|ed)? out\b": "redact",
    r"\bso many (?!that\b)": "this many, at most",
    r"\b(?:struck|strikes?|disarm\w*|armed|armory)\b": "applies; active",
    r"\b(?:is|are|was|were) right\b|\b(?:rightly|wrongly)\b": "valid, correct",
    r"(?<!connection )\brefus(?:e|es|ed|al|als|ing)\b": "reject, raise",
    r"\bon (?:its|their) way\b": "in flight",
    r"(?<!un)\bofficial(?:ly)?\b": "documented",
    r"\bopens? the door\b": "accepted",
    r"\bwhat (?:nobody|no one)\b": "undocumented",
    r"\b(?:behaviour|colour|favour|honour|labour|neighbour)": "American spelling",
    r"\b(?:amongst|(?<!\.)cancelled|cancelling|catalogue|centre|grey|licence|whilst)\b": (
        "American spelling"
    ),
    r"\b(?:authori|categori|customi|initiali|minimi|maximi|normali|optimi|organi|recogni|seriali"
    r"|summari|synchroni)s(?:e[sd]?|ing|ation)\b": "American spelling",
}
# A word for each pattern; a pattern that matches none of them would not be noticed.
EXAMPLES = """
\"\"\"Give it. a slip mended without leave is no item there is none the answer its twin anew
for ever a passing fault told nobody it stood in words trouble patience goes on
blotted out so many items an armed fault is right refused on its way official
opens the door what nobody behaviour cancelled recognised
"""
_EXPRESSIONS = {re.compile(pattern, re.IGNORECASE): term for pattern, term in PATTERNS.items()}
_ADDRESS = re.compile(r"https?://\S+")
_DEFINITION = re.compile(r"\s*(?:async )?(?:def|class) (\w+)")


def prose(*places: Path) -> Iterator[Path]:
    """Yield every file with prose of ours among files and folders."""
    for place in places:
        paths = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (path for path in paths if path.suffix in SUFFIXES and path != Path(__file__))


def forbidden_words(path: Path) -> Iterator[str]:
    """Yield every hit of a file, with its line and the terms to use instead."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = _ADDRESS.sub("", line)
        if definition := _DEFINITION.match(text):
            text += " " + definition[1].replace("_", " ")
        for expression, terms in _EXPRESSIONS.items():
            if found := expression.search(text):
                name = path.relative_to(ROOT)
                yield f"{name}:{number}: {found[0].strip()!r}; better: {terms}"


if __name__ == "__main__":
    for each in prose(*(Path(argument).resolve() for argument in sys.argv[1:])):
        for hit in forbidden_words(each):
            print(hit)
