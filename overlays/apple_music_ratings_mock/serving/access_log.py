"""Who asked for what: a line for each answer, for people or for programs.

Written past the logging module, which takes longer over a line than the mock
takes over an answer. Headers are not shown, and so no tokens.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

AccessLog = Callable[[Mapping[str, Any], int], None]
"""Takes the ASGI scope of a request and the status of its answer."""


def access_log(form: str, stream: TextIO, *, now: Callable[[], float] = time.time) -> AccessLog:
    """Make a log that writes to a stream.

    Args:
        form: `text` for people, `json` for one JSON object on each line.
        stream: Where to. That it is closed or full disturbs nobody.
        now: Gives the time, in seconds since 1970.
    """

    def write(scope: Mapping[str, Any], status: int) -> None:
        client = "{}:{}".format(*scope["client"]) if scope.get("client") else ""
        target, query = scope["raw_path"], scope["query_string"]
        if query:
            target = b"%b?%b" % (target, query)
        line = (client, scope["method"], target.decode("ascii", "backslashreplace"))
        try:
            stream.write(render((*line, scope["http_version"], status)))
        except (OSError, ValueError):
            return

    def for_programs(facts: tuple[object, ...]) -> str:
        names = ("client", "method", "target", "http_version", "status")
        return json.dumps(head_of_line(now()) | dict(zip(names, facts, strict=True))) + "\n"

    render = for_programs if form == "json" else _for_people
    return write


def _for_people(facts: tuple[object, ...]) -> str:
    return '%s - "%s %s HTTP/%s" %s\n' % facts  # noqa: UP031  # the fastest there is


def head_of_line(at: float, level: str = "info") -> dict[str, object]:
    """Give what each JSON line begins with."""
    time_ = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return {"time": time_, "level": level}
