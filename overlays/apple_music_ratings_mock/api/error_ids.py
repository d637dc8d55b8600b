"""Ids of errors."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable
from random import Random


def random_error_ids(seed: int | None = None) -> Callable[[], str]:
    """Return a source of error ids.

    Observed: 26 characters of base32.

    Args:
        seed: The same seed has the same ids. `None` has different ones.
    """
    # The ids need not be hard to guess, only different.
    random = Random(seed)  # noqa: S311  # not a secret
    return lambda: b32encode(random.randbytes(20)).decode()[:26]
