"""Read the Retry-After header, in both its spellings.

Apple was never seen to send one; proxies and other services on the way may.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# https://www.rfc-editor.org/rfc/rfc9110#field.retry-after knows whole seconds only; some servers
# send fractions.
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


def parse_retry_after(header: str | None, *, now: datetime) -> float | None:
    """Turn the header into seconds from now.

    Args:
        header: The header's value, or `None` when it was not sent.
        now: The time now, aware.

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
