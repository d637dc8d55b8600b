"""Parse the Retry-After header, in both its formats.

No such header of Apple was ever observed; proxies may send one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# https://www.rfc-editor.org/rfc/rfc9110#field.retry-after allows whole seconds only; some servers
# send fractions.
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


def parse_retry_after(header: str | None, *, now: datetime) -> float | None:
    """Return the seconds from now that the header asks for.

    Args:
        header: The header's value; `None` when it was not sent.
        now: The current time, aware.

    Returns:
        Seconds, never negative; `None` for an invalid value, as if the header were missing.
    """
    if header is None:
        return None
    text = header.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
