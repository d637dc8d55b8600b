"""Keep tokens out of the frames of exceptions, whose variables tools such as Sentry report."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, its causes and contexts, and what its groups hold."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from chain(each)
        error = error.__cause__ or error.__context__


def clear_frames(error: BaseException, handled: BaseException | None) -> None:
    """Clear the variables of every frame that has raised an error; its lines stay.

    Args:
        error: The error.
        handled: The error that a caller was handling before. Its frames may be those of generators
            that still run, which clearing would close.
    """
    for each in chain(error):
        if each is handled:
            return
        traceback.clear_frames(each.__traceback__)


def clears_frames(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that takes secrets, so that no frame of its errors holds them."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        handled = sys.exception()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            clear_frames(error, handled)
            raise

    return call
