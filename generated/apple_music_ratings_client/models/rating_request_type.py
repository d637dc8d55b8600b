from enum import StrEnum


class RatingRequestType(StrEnum):
    RATING = "rating"
    RATINGS = "ratings"

    def __str__(self) -> str:
        return str(self.value)
