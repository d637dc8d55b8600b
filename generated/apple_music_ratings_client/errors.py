"""Contains shared errors types that can be raised from API functions"""

from collections.abc import Callable
from typing import TypeVar

import httpx

T = TypeVar("T")


class UnexpectedStatus(Exception):
    """Raised by api functions when the response status an undocumented status and Client.raise_on_unexpected_status is True"""

    def __init__(self, status_code: int, content: bytes):
        self.status_code = status_code
        self.content = content

        super().__init__(
            f"Unexpected status code: {status_code}\n\nResponse content:\n{content.decode(errors='ignore')}"
        )


class UnreadableBody(Exception):
    """Raised for a successful response whose body does not match the contract"""

    def __init__(self, response: httpx.Response):
        self.response = response

        super().__init__(response)

    def __str__(self) -> str:
        return f"{self.response.status_code}, but the response body does not match the contract"


def parse(
    parse_response: Callable[..., T], *, client: object, response: httpx.Response
) -> T | None:
    """Parse a response; None for an error response whose body does not match the contract

    The service sends empty, text and HTML bodies with a JSON content type.

    Raises:
        UnreadableBody: The response is successful, and its body does not match the contract.
    """
    try:
        return parse_response(client=client, response=response)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        if response.is_success:
            raise UnreadableBody(response) from error
        return None


__all__ = ["UnexpectedStatus", "UnreadableBody", "parse"]
