from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import ClassVar


class RatingValue(IntEnum):
    parse: ClassVar[Callable[[object], "RatingValue"]]

    DISLIKE = -1
    LIKE = 1

    def __str__(self) -> str:
        return str(self.value)


RatingValue.parse = cache(RatingValue)
