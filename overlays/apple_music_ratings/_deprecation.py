"""Keep an old public name working for a while, and tell whoever still uses it.

An old name is an alias with its own docstring, for two minor releases at least. Nothing here is
public.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


def deprecated(*, since: str, instead: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Make a function or method warn whoever calls it, at the line of the call.

    The old name has a docstring of its own, in which `Deprecated since` and the version stand; so
    the reference tells what the warning tells. A coroutine function warns when it is called, and
    not when it is awaited, since the caller is known only then.

    Args:
        since: The version that brought the new name.
        instead: What to call from now on, as a caller would write it.

    Raises:
        TypeError: The docstring does not say since when, or what to call.

    Example:
        >>> @deprecated(since="0.4", instead="rating_of")
        ... def score_of(item):
        ...     '''Give the rating of an item.
        ...
        ...     Deprecated since 0.4: call `rating_of`.
        ...     '''
        ...     return rating_of(item)
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        name = function.__qualname__
        text = function.__doc__ or ""
        if f"Deprecated since {since}" not in text or f"`{instead}`" not in text:
            raise TypeError(
                f"the docstring of {name} has to say `Deprecated since {since}` and `{instead}`"
            )

        @wraps(function)
        def warn_and_call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            warnings.warn(
                f"{name} is deprecated since {since}; call {instead}",
                DeprecationWarning,
                stacklevel=2,
            )
            return function(*args, **kwargs)

        return warn_and_call

    return decorate
