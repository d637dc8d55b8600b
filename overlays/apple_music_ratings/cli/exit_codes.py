"""What the exit codes mean. They are public."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILED = 1
    USED_WRONGLY = 2
    PARTLY_DONE = 3
    INTERRUPTED = 130
    # What a shell reports for a program whose reader went away, as in `... | head`.
    READER_LEFT = 141
