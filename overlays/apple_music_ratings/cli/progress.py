"""Progress on stderr: bars and spinners on a terminal, else a line every ten seconds."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Protocol

import click

from .activity import STOPPING
from .exit_codes import ExitCode
from .output import console, is_terminal, print_message

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from rich.console import RenderableType

    from apple_music_ratings import Progress

    from .session import Session


class ShowProgress(Protocol):
    """A client's `on_progress`, which may also name another task."""

    def __call__(self, progress: Progress, *, task: str | None = None) -> None:
        """Show how far a call is."""


# Seconds between two lines without a terminal, and between two looks at the state with one.
LINE_INTERVAL = 10.0
_REDRAW_INTERVAL = 0.2


@contextmanager
def waiting(_environ: Mapping[str, str], task: str) -> Iterator[None]:
    """Show a spinner for the duration of the block."""
    session: Session = click.get_current_context().find_root().obj
    with _shown(session, task):
        yield


@contextmanager
def bar(
    _environ: Mapping[str, str], task: str, *, total: int | None = None, skipped: int = 0
) -> Iterator[ShowProgress]:
    """Provide a client's `on_progress`, and report on Ctrl-C what happens next.

    Args:
        task: What is done.
        total: Items to do.
        skipped: Items that need nothing, which the client counts too.
    """
    session: Session = click.get_current_context().find_root().obj
    with (
        _shown(session, task, total=total, skipped=skipped, has_bar=True),
        _two_interrupts(session),
    ):
        yield session.activity.on_progress


@contextmanager
def read_progress(
    _environ: Mapping[str, str], task: str, *, is_drawn: bool = True
) -> Iterator[ShowProgress]:
    """Provide a client's `on_progress` for reads, which Ctrl-C ends at once."""
    session: Session = click.get_current_context().find_root().obj
    with _shown(session, task, is_drawn=is_drawn, has_bar=True):
        yield session.activity.on_progress


@contextmanager
def _shown(
    session: Session,
    task: str,
    *,
    total: int | None = None,
    skipped: int = 0,
    is_drawn: bool = True,
    has_bar: bool = False,
) -> Iterator[None]:
    activity = session.activity
    activity.start(task, total=total, skipped=skipped)
    activity.on_wait = print_message if session.verbosity else None
    if session.is_quiet:
        yield
    elif is_terminal(sys.stderr) and is_drawn:
        with _drawn(session, has_bar=has_bar):
            yield
    else:
        with _repeated(LINE_INTERVAL, lambda: print_message(activity.line)):
            yield


@contextmanager
def _drawn(session: Session, *, has_bar: bool) -> Iterator[None]:
    from rich.progress import (  # noqa: PLC0415  # slower than all the rest
        BarColumn,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    class Display(Bar):
        """A bar, and on lines of its own what is waited for."""

        def get_renderables(self) -> Iterable[RenderableType]:
            """Return what is drawn."""
            yield from super().get_renderables()
            yield from (
                Text(task.fields["note"], style="yellow")
                for task in self.tasks
                if task.fields["note"]
            )

    activity, screen = session.activity, console(session.environ, stderr=True)
    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[count]}"),
    ]
    if has_bar:
        columns = [*columns[1:2], BarColumn(20), columns[2], TimeRemainingColumn()]
    with Display(*columns, console=screen, transient=True) as drawn:
        task = drawn.add_task(activity.task, total=None, count="", note="")
        activity.is_drawn = True
        if session.verbosity:
            activity.on_wait = screen.print

        def redraw() -> None:
            drawn.update(
                task,
                description=activity.task,
                completed=activity.finished,
                total=activity.total,
                count=activity.count,
                note=activity.note,
            )

        try:
            with _repeated(_REDRAW_INTERVAL, redraw):
                yield
            redraw()
            drawn.refresh()
        finally:
            activity.is_drawn = False


@contextmanager
def _repeated(interval: float, act: Callable[[], object]) -> Iterator[None]:
    """Call a function at an interval, from a thread, for the duration of the block."""
    is_over = Event()

    def repeat() -> None:
        while not is_over.wait(interval):
            act()

    thread = Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def _two_interrupts(session: Session) -> Iterator[None]:
    """Report on the first Ctrl-C that requests in flight are finished; exit on the second."""
    if (
        current_thread() is not main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield  # a program of the user's own, or a background job
        return
    activity = session.activity
    activity.is_stopping = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        # Nothing here may use sys.stderr, which may be in the middle of another write.
        if activity.is_stopping:
            print_interrupted(session, from_signal_handler=True)
            if is_terminal(sys.stderr):
                os.write(sys.stderr.fileno(), b"\x1b[?25h")  # Rich hides the cursor.
            os._exit(ExitCode.INTERRUPTED)
        activity.is_stopping = True
        if not activity.is_drawn:
            print_message(STOPPING, from_signal_handler=True)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def print_interrupted(session: Session, *, from_signal_handler: bool = False) -> None:
    """Print how far an interrupted command was, and how to continue."""
    if not session.is_resumable:
        message, command = f"Interrupted. {session.if_interrupted}".rstrip(), None
    else:
        count = session.activity.count
        message = f"Interrupted{f' at {count}' if count else ''}. Progress is saved. To continue:"
        command = session.command("resume")
    print_message(message, command=command, from_signal_handler=from_signal_handler)
