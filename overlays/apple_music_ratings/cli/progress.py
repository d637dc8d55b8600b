"""Bars and spinners on stderr, for a person who waits; nothing where no person looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from .output import console, is_terminal

if TYPE_CHECKING:
    from apple_music_ratings import Progress

T = TypeVar("T")


@contextmanager
def waiting(environ: Mapping[str, str], words: str) -> Iterator[None]:
    """Turn a spinner for as long as the block lasts."""
    if not is_terminal(sys.stderr):
        yield
        return
    with console(environ, stderr=True).status(words):
        yield


@contextmanager
def bar(environ: Mapping[str, str], words: str) -> Iterator[Callable[[Progress], None] | None]:
    """Lend what a client's `on_progress` takes; `None` where no person looks."""
    if not is_terminal(sys.stderr):
        yield None
        return
    from rich.progress import (  # noqa: PLC0415  # slower than all the rest
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[trouble]}", style="red"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console(environ, stderr=True), transient=True) as drawn:
        task = drawn.add_task(words, total=None, trouble="")

        def show(progress: Progress) -> None:
            trouble = f"{progress.failed} failed" if progress.failed else ""
            drawn.update(task, completed=progress.finished, total=progress.total, trouble=trouble)

        yield show


@contextmanager
def counting(
    environ: Mapping[str, str], words: str
) -> Iterator[Callable[[Iterable[T]], Iterator[T]]]:
    """Lend a function that passes things on and shows how many there were."""
    if not is_terminal(sys.stderr):
        yield iter
        return
    with console(environ, stderr=True).status(words) as status:

        def count(things: Iterable[T]) -> Iterator[T]:
            for number, thing in enumerate(things, start=1):
                if number % 100 == 0:
                    status.update(f"{words} {number:,}")
                yield thing

        yield count
