"""What one cell says: text, an id or a rating, also after a spreadsheet has changed it.

Pure. A cell is read where only one reading is possible.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from attrs import frozen

from apple_music_ratings.errors import shorten
from apple_music_ratings.models import RatingValue


class Unchanged(Enum):
    """A rating that asks for no change."""

    NEUTRAL = auto()


NEUTRAL = Unchanged.NEUTRAL

_WORDS: dict[str, RatingValue | Unchanged | None] = {
    **dict.fromkeys(
        ("like", "liked", "love", "loved", "favorite", "favorited", "thumbsup", "👍", "❤", "♥"),
        RatingValue.LIKE,
    ),
    **dict.fromkeys(
        ("dislike", "disliked", "suggestless", "thumbsdown", "👎"), RatingValue.DISLIKE
    ),
    "none": None,
    # Apple's terms for no statement at all.
    "neutral": NEUTRAL,
    "undefined": NEUTRAL,
}
# Skin tones, and the sign that asks for a picture in place of a letter.
_EMOJI_STYLE = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
# Programs join words in several ways, and people end them as sentences.
_JOINTS = re.compile(r"[\s_.!-]+")
_ONE = re.compile(r"=?([+-]?)0*1(?:[.,]0*)?(?:e[+-]?0+)?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_QUOTES = "“”„‟«»‘’‚‹›＂″〝〞〟"  # noqa: RUF001  # typographic quotes are meant
_QUOTED = re.compile(rf"[{_QUOTES}'\"`](.*)[{_QUOTES}'\"`]", re.DOTALL)
_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_NUMBER_MARK = re.compile(r"^(?:=?\+?|id ?)(?=[0-9])", re.IGNORECASE)
_DECIMAL = re.compile(r"([0-9]+)[.,]0*")
_SEPARATOR = r"[,.'’ʼ_·٬ \u00a0\u2007-\u2009\u202f]"  # noqa: RUF001  # the separators of several countries
_GROUPED = re.compile(
    rf"([0-9]{{1,3}}(?:({_SEPARATOR})[0-9]{{2,3}})*{_SEPARATOR}[0-9]{{3}})(\D0+)?"
)
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_SPREADSHEET_ERROR = re.compile(r"#+|#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|ERROR!|SPILL!)")
# The wide forms of ASCII characters, and the signs that programs put in place of a hyphen.
_WESTERN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63"), "-")
_FORMAT_AS_TEXT = "A spreadsheet has {} the number; format the column as text and export it again."


@frozen
class CellError:
    """One error in a row.

    Args:
        column: The column with the error; `None` when it concerns the whole row.
        reason: What is invalid, and what is valid instead.
    """

    column: str | None
    reason: str


class InvalidCellError(Exception):
    """A cell that cannot be read.

    Args:
        column: Its column.
        reason: What is invalid, and what is valid instead.
    """

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.error: CellError = CellError(column, reason)


def read_text(value: object, column: str) -> str | None:
    """Return a cell as text, `None` if it is empty.

    Raises:
        InvalidCellError: The value is neither text nor a whole number.
    """
    if value is None:
        return None
    # JSON and workbooks have numbers. True is one to Python, and a word to everyone else.
    if isinstance(value, bool):
        value = str(value).lower()
    if type(value) is float and value.is_integer() and abs(value) < 1 << 53:
        value = int(value)
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str):
        raise InvalidCellError(column, f"{shorten(value)} is neither text nor a whole number.")
    text = _undamaged(value)
    if _SPREADSHEET_ERROR.fullmatch(text):
        raise InvalidCellError(
            column,
            f"{shorten(text)} is an error message of a spreadsheet. Fix the cell or widen the "
            "column there, and export it again.",
        )
    return text or None


def read_id(text: str, column: str) -> str:
    """Return an id without what spreadsheets do to numbers.

    Raises:
        InvalidCellError: The number has been shortened, or can be read in two ways.
    """
    text = _NUMBER_MARK.sub("", _western(text), count=1)
    if _SCIENTIFIC.fullmatch(text):
        raise InvalidCellError(
            column, f"{shorten(text)} is not an id. {_FORMAT_AS_TEXT.format('shortened')}"
        )
    decimal, grouped = _DECIMAL.fullmatch(text), _grouped(text)
    if decimal and grouped:
        raise InvalidCellError(
            column,
            f"{shorten(text)} may be {decimal[1]} or {grouped}. "
            f"{_FORMAT_AS_TEXT.format('reformatted')}",
        )
    return decimal[1] if decimal else grouped or text


def read_rating(text: str) -> RatingValue | Unchanged | None:
    """Return the rating that a text says; `None` deletes the rating.

    Raises:
        InvalidCellError: It is not a rating.
    """
    word = _EMOJI_STYLE.sub("", _western(text)).translate(_HYPHENS).casefold()
    if one := _ONE.fullmatch(word):
        return RatingValue.DISLIKE if one[1] == "-" else RatingValue.LIKE
    word = _JOINTS.sub("", word).replace("vour", "vor")  # the British spelling
    if word not in _WORDS:
        raise InvalidCellError(
            "rating",
            f"{shorten(text)} is not a rating. Write like, dislike or none; an empty cell changes "
            "nothing.",
        )
    return _WORDS[word]


def has_typographic_quotes(text: str) -> bool:
    """Return whether a text contains quotes that do not enclose a CSV cell."""
    return any(quote in text for quote in _QUOTES[:2])


def _western(text: str) -> str:
    """Return a text with ASCII digits and signs in place of those of other scripts."""
    return re.sub(r"\d", lambda digit: str(int(digit[0])), text.translate(_WESTERN))


def _undamaged(text: str) -> str:
    """Return a text without invisible letters, and without the marks of text in a spreadsheet."""
    text = _INVISIBLE.sub("", text).strip()
    for form in (_FORMULA, _QUOTED):
        if found := form.fullmatch(text):
            text = found[1].strip()
    return text.lstrip("'’").strip() if len(text) > 1 else text  # noqa: RUF001  # likewise


def _grouped(text: str) -> str | None:
    """Return a number without its thousands separators, or `None` if it has none."""
    found = _GROUPED.fullmatch(text)
    if found is None:
        return None
    separators = set(re.findall(r"\D", found[1]))
    if len(separators) > 1 or (found[3] and found[3][0] not in {".", ","} - separators):
        return None
    return re.sub(r"\D", "", found[1])
