from enum import IntEnum


class RatingValue(IntEnum):
    DISLIKE = -1
    LIKE = 1

    def __str__(self) -> str:
        return str(self.value)
