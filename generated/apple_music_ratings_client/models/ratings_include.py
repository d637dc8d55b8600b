from enum import StrEnum


class RatingsInclude(StrEnum):
    CONTENT = "content"

    def __str__(self) -> str:
        return str(self.value)
