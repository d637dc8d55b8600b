from __future__ import annotations

import io
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr
from queue import Queue
from threading import Event
from typing import Any

from attrs import evolve
from support.builders import FakeClock

from apple_music_ratings import Progress, RetryEvent
from apple_music_ratings.cli.activity import Activity
from apple_music_ratings.cli.output import print_message
from apple_music_ratings.cli.progress import LINE_INTERVAL, _repeated
from apple_music_ratings_mock import Fault, MockService
from apple_music_ratings_mock.api.messages import Request, Response

LIMITED = RetryEvent(
    method="PUT",
    path="/v1/me/ratings/songs/1",
    attempts=1,
    delay=6.0,
    status_code=429,
    reason="status 429",
)


def test_activity_describes_what_is_waited_for() -> None:
    """With the cause, the wait, how many there were, and what helps."""
    activity = Activity()
    activity.start("Applying")
    activity.on_progress(Progress(finished=2703, total=8300, failed=3))
    activity.on_retry(LIMITED)
    activity.on_retry(evolve(LIMITED, status_code=None, reason="ConnectError", delay=0.5))

    assert activity.count == "2,703 of 8,300"
    assert activity.line == (
        "Applying: 2,703 of 8,300; 3 failed; No response (ConnectError); waiting 0.5 s; "
        "2 waits so far; try --rate 5."
    )
    assert activity.summary == (
        "2 waits before further attempts, 1 for the rate limit. To send fewer requests, "
        "try --rate 5."
    )
    activity.on_progress(Progress(finished=2704, total=8300, failed=3))
    assert activity.line == "Applying: 2,704 of 8,300; 3 failed."


def test_state_is_printed_again_and_again_without_a_terminal() -> None:
    """At an interval, until the command ends."""
    lines: Queue[None] = Queue()
    with _repeated(0.001, lambda: lines.put(None)):
        lines.get(timeout=30)
        lines.get(timeout=30)
    count = lines.qsize()

    assert lines.qsize() == count
    assert LINE_INTERVAL == 10


def test_cause_of_a_wait_is_named() -> None:
    """Apple is named only if Apple was asked."""
    causes = {}
    for status in (429, 503, None):
        activity = Activity(service="The service")
        activity.on_retry(evolve(LIMITED, status_code=status))
        causes[status] = activity.reason.partition(";")[0]

    assert causes == {
        429: "The service is rate-limiting this developer team (429)",
        503: "The service failed (503)",
        None: "No response (status 429)",
    }


def test_waits_are_summed_up_at_the_end(a_user_with: Callable[[MockService], Any]) -> None:
    """And reported one by one with -v, before or after the command."""
    service = MockService()
    with a_user_with(service) as user:
        ended = []
        for options in ([], ["-v"], ["-q"]):
            service.inject_fault(Fault("error", status=429, count=1))
            ended.append(user.run("get", "songs/1", *options, clock=FakeClock()))

    plain, verbose, quiet = ended
    assert "1 wait before further attempts, 1 for the rate limit." in plain.err
    assert "rate-limiting" not in plain.err
    assert "The service is rate-limiting this developer team (429); waiting" in verbose.err
    assert quiet.err == ""


def test_requests_are_reported_without_tokens(user: Any) -> None:
    """With -vv, or by the variable."""
    by_option = user.run("-vv", "get", "songs/1")
    environ = user.environ | {"APPLE_MUSIC_LOG": "debug"}
    by_variable = evolve(user, environ=environ).run("get", "songs/1")
    wrong = evolve(user, environ=environ | {"APPLE_MUSIC_LOG": "loud"}).run("get", "songs/1")

    for ended in (by_option, by_variable):
        assert "GET /v1/me/ratings/songs" in ended.err
        assert " ms" in ended.err
        assert user.token not in ended.err
        assert user.environ["APPLE_MUSIC_DEVELOPER_TOKEN"] not in ended.err
    assert wrong.code == 2
    assert "APPLE_MUSIC_LOG" in wrong.err


def test_second_interrupt_exits_at_once(a_user_with: Callable[[MockService], Any]) -> None:
    """The first says what happens next; requests in flight would take a minute."""
    is_writing = Event()

    class SlowService(MockService):
        def handle(self, request: Request) -> Response:
            response = super().handle(request)
            if request.method == "PUT":
                is_writing.set()
            return response

    service = SlowService(faults=[Fault("latency", seconds=60, operation="put")])
    with a_user_with(service) as user:
        items = [f"songs/{number}" for number in range(1, 41)]
        program = user.start("like", *items, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        assert is_writing.wait(30)
        program.send_signal(signal.SIGINT)
        has_stopped = any(
            b"Stopping after the requests in flight (at most 8)." in line for line in program.stderr
        )
        program.send_signal(signal.SIGINT)
        _, after = program.communicate(timeout=30)

    assert has_stopped
    assert program.returncode == 130
    assert b"Progress is saved. To continue:\n  apple-music-ratings resume" in after


def test_signal_handler_writes_past_a_busy_stream() -> None:
    """The signal may have come in the middle of another write, and a buffer rejects a second."""
    reading, writing = os.pipe()

    class Busy(io.StringIO):
        def write(self, _text: str) -> int:
            raise RuntimeError("reentrant call")

        def fileno(self) -> int:
            return writing

    with redirect_stderr(Busy()):
        print_message("Stopping.", command="resume", from_signal_handler=True)

    assert os.read(reading, 100) == b"Stopping.\n  resume\n"
    os.close(reading)
    os.close(writing)
