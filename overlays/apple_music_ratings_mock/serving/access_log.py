"""The access log: one line per response, as text or as JSON.

It bypasses the logging module, which takes longer over a line than the mock over a response.
Headers are not logged, and so no tokens.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from apple_music_ratings_mock.api.messages import Note

AccessLog = Callable[[Mapping[str, Any], int, Note | None], None]
"""Takes the ASGI scope of a request, the status of its response, and the note on it."""


def access_log(form: str, stream: TextIO, *, now: Callable[[], float] = time.time) -> AccessLog:
    """Return a log that writes to a stream.

    Args:
        form: `text`, or `json` for one JSON object per line.
        stream: The stream; errors of a closed or full one are ignored.
        now: Returns the time, in seconds since 1970.
    """

    def write(scope: Mapping[str, Any], status: int, note: Note | None = None) -> None:
        client = "{}:{}".format(*scope["client"]) if scope.get("client") else ""
        target, query = scope["raw_path"], scope["query_string"]
        if query:
            target = b"%b?%b" % (target, query)
        line = (client, scope["method"], target.decode("ascii", "backslashreplace"))
        try:
            stream.write(render((*line, scope["http_version"], status), note))
        except (OSError, ValueError):
            return

    def as_json(facts: tuple[object, ...], note: Note | None) -> str:
        names = ("client", "method", "target", "http_version", "status")
        members = line_start(now()) | dict(zip(names, facts, strict=True))
        if note is not None:
            members |= {"verdict": note.verdict, "reason": note.reason}
        return json.dumps(members) + "\n"

    render = as_json if form == "json" else _as_text
    return write


def _as_text(facts: tuple[object, ...], note: Note | None) -> str:
    line = '%s - "%s %s HTTP/%s" %s' % facts  # noqa: UP031  # the fastest
    if note is None:
        return f"{line}\n"
    reason = "" if note.reason is None else f": {_printable(note.reason)}"
    return f"{line} {note.verdict}{reason}\n"


def _printable(text: str) -> str:
    # A reason quotes the request, which could contain control characters.
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def line_start(at: float, level: str = "info") -> dict[str, object]:
    """Return the first members of every JSON line."""
    time = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return {"time": time, "level": level}
