"""Logging of requests on stderr, for `-vv` and APPLE_MUSIC_LOG. No token is ever logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from .output import escaped

if TYPE_CHECKING:
    from .session import Session

LOG = "APPLE_MUSIC_LOG"
_LEVELS = ("debug", "info", "off", "")


@contextmanager
def request_log(session: Session) -> Iterator[None]:
    """Log each request in the block if `-vv` or APPLE_MUSIC_LOG asks for it.

    Raises:
        click.UsageError: The variable has an unknown value.
    """
    level = session.environ.get(LOG, "").strip().lower()
    if level not in _LEVELS:
        raise click.UsageError(f"{LOG} is {level!r}; set it to debug, info or off.")
    if level == "info":
        session.verbosity = max(session.verbosity, 1)
    if level != "debug" and session.verbosity < 2:
        yield
        return
    session.verbosity = max(session.verbosity, 2)
    logger = logging.getLogger("apple_music_ratings.requests")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    handler = _StderrHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        logger.propagate = True


class _StderrHandler(logging.Handler):
    """Writes to the current stderr, so that a program may replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as one line."""
        click.echo(escaped(record.getMessage()), err=True)
