"""The exit codes of the commands. They are public."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    SUCCESS = 0
    FAILURE = 1
    USAGE_ERROR = 2
    PARTIAL_FAILURE = 3
    INTERRUPTED = 130
    # What a shell reports for a program whose reader closed the pipe, as in `... | head`.
    BROKEN_PIPE = 141
