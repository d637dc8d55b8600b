from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# CI installs every shell; a developer's machine may have bash alone.
IS_CI = os.environ.get("CI") == "true"
BASH = """
eval "$(apple-music-ratings completion bash)"
complete_words() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  _apple_music_ratings_completion "$1" "${COMP_WORDS[COMP_CWORD]}" "" 2>/dev/null
  echo "${COMPREPLY[@]}"
}
complete_words apple-music-ratings exp
complete_words apple-music-ratings like library-so
complete_words apple-music-ratings undo ''
complete_words apple-music-ratings mock serve --scena
complete_words apple-music-ratings mock serve --scenario small
complete_words apple-music-ratings mock serve --log-format te
complete_words apple-music-ratings --profile fam
"""
FISH = """
apple-music-ratings completion fish | source
complete -C "apple-music-ratings like library-so"
complete -C "apple-music-ratings apply rat"
complete -C "apple-music-ratings undo 2"
complete -C "apple-music-ratings mock serve --scena"
complete -C "apple-music-ratings mock serve --scenario small"
complete -C "apple-music-ratings --profile fam"
"""
ZSH = """
eval "$(apple-music-ratings completion zsh)"
echo ${+functions[_apple_music_ratings_completion]} ${_comps[apple-music-ratings]}
# What the line editor calls; it takes these for candidates.
compadd() { print -r -- $completions }
_describe() { print -r -- ${completions_with_descriptions%%:*} }
_path_files() { print -r -- files }
complete_words() {
  words=("$@"); CURRENT=$#
  _apple_music_ratings_completion
}
complete_words apple-music-ratings like library-so
complete_words apple-music-ratings apply rat
complete_words apple-music-ratings undo 2
complete_words apple-music-ratings mock serve --scena
complete_words apple-music-ratings mock serve --scenario small
complete_words apple-music-ratings --profile fam
"""


def run_shell(user: Any, *shell: str, script: str) -> list[str]:
    """Run a script in a shell whose PATH has the program, and return the lines it prints."""
    path = f"{Path(sys.executable).parent}:{user.environ['PATH']}"
    done = subprocess.run(  # noqa: S603  # a shell, with our own script
        [*shell, "-c", script],
        env=user.environ | {"PATH": path, "TERM": "dumb"},
        cwd=user.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.splitlines()


@pytest.fixture
def run_name(user: Any) -> str:
    """The only run of a user, who also has a profile and a file."""
    user.run("like", "songs/1")
    user.run_apart("--profile", "family", "login", "--paste", stdin="token")
    user.file("ratings.csv", "")
    return str(user.run("runs", "--json").json[0]["run"])


def test_bash_completes_what_the_user_has(user: Any, run_name: str) -> None:
    """Commands, types, runs, options and values of the mock, and profiles."""
    assert run_shell(user, "bash", script=BASH) == [
        "export",
        "library-songs/",
        run_name,
        "--scenario",
        "small-library",
        "text",
        "family",
    ]


def test_fish_completes_the_same_and_keeps_files(user: Any, run_name: str) -> None:
    """A file argument completes to files."""
    if IS_CI or shutil.which("fish"):
        lines = run_shell(user, "fish", script=FISH)

        assert [line.split("\t")[0] for line in lines] == [
            "library-songs/",
            "ratings.csv",
            run_name,
            "--scenario",
            "small-library",
            "family",
        ]


def test_zsh_completes_the_same_without_compinit(user: Any, run_name: str) -> None:
    """In a plain .zshrc the completion system is not loaded."""
    if IS_CI or shutil.which("zsh"):
        lines = run_shell(user, "zsh", "-f", script=ZSH)

        assert lines == [
            "1 _apple_music_ratings_completion",
            "library-songs/",
            "files",
            run_name,
            "--scenario",
            "small-library",
            "family",
        ]
