"""The table of commands: where each is, what it does, and which other words lead to it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple


class CommandEntry(NamedTuple):
    """The module of a command, and its line in the help."""

    module: str
    help: str


# In the order in which a newcomer needs them.
GROUPS: dict[str, dict[str, CommandEntry]] = {
    "Ratings": {
        "get": CommandEntry("rating", "Show the rating of items."),
        "list": CommandEntry("listing", "List the ratings of the library as a table."),
        "like": CommandEntry("rating", "Like items."),
        "dislike": CommandEntry("rating", "Dislike items."),
        "delete": CommandEntry("rating", "Delete the rating of items."),
        "favorite": CommandEntry("rating", "Add items to the favorites, the star in the apps."),
    },
    "Files": {
        "export": CommandEntry("exporting", "Save the ratings of the library, or of some items."),
        "plan": CommandEntry("plans", "Show the changes that a ratings file would make."),
        "apply": CommandEntry("plans", "Apply the ratings in a file."),
    },
    "Runs": {
        "runs": CommandEntry("runs", "List past runs, newest first."),
        "resume": CommandEntry("runs", "Continue a run that was interrupted or stopped."),
        "undo": CommandEntry("runs", "Undo a run."),
    },
    "Tokens": {
        "login": CommandEntry("tokens", "Sign in and save the Music User Token."),
        "logout": CommandEntry("tokens", "Remove saved tokens from this machine."),
        "doctor": CommandEntry("tokens", "Check tokens and configuration."),
        "developer-token": CommandEntry("developer_tokens", "Create or inspect a developer token."),
    },
    "Tools": {
        "mock": CommandEntry("mock", "Run the mock server, or report what a client tested."),
        "probe": CommandEntry("probe", "Ask the service what Apple does not document."),
        "contract": CommandEntry("contract", "Print the OpenAPI document of the API."),
        "completion": CommandEntry("completion", "Print a shell completion script."),
        "help": CommandEntry("help", "Show the help of a command."),
    },
}
COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}
# What other programs call it. Without these, a similar name could be the opposite.
SYNONYMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("unlike", "undislike", "unrate", "remove", "rm", "clear", "unset"), ("delete",)
    ),
    **dict.fromkeys(("rate", "set", "put"), ("like", "dislike")),
    **dict.fromkeys(("ls", "ratings", "likes", "dislikes"), ("list",)),
    **dict.fromkeys(("show", "read"), ("get", "list")),
    **dict.fromkeys(("love", "star", "fav"), ("like", "favorite")),
    **dict.fromkeys(("backup", "save", "dump", "download"), ("export",)),
    **dict.fromkeys(("import", "restore", "load", "upload"), ("apply",)),
    **dict.fromkeys(("diff", "preview", "dry-run"), ("plan",)),
    **dict.fromkeys(("history", "log", "journal"), ("runs",)),
    **dict.fromkeys(("continue", "retry"), ("resume",)),
    **dict.fromkeys(("revert", "rollback"), ("undo",)),
    **dict.fromkeys(("signin", "sign-in", "auth", "authorize"), ("login",)),
    **dict.fromkeys(("signout", "sign-out"), ("logout",)),
    **dict.fromkeys(("check", "status", "test", "whoami"), ("doctor",)),
    **dict.fromkeys(("token", "jwt", "sign"), ("developer-token",)),
    **dict.fromkeys(("serve", "server"), ("mock serve",)),
    **dict.fromkeys(("report", "coverage"), ("mock report",)),
    **dict.fromkeys(("openapi", "schema"), ("contract",)),
    **dict.fromkeys(("man", "usage"), ("help",)),
    "version": ("--version",),
}


def suggest(word: str) -> tuple[str, ...]:
    """Return the commands that an unknown word may mean; empty if there is no good guess."""
    lower = word.lower().replace("_", "-")
    if lower in COMMANDS:
        return (lower,)
    if lower in SYNONYMS:
        return SYNONYMS[lower]
    (close,) = get_close_matches(lower, [*COMMANDS, *SYNONYMS], n=1) or [""]
    return SYNONYMS.get(close, (close,) if close else ())
