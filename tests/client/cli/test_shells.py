from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

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
"""
ZSH = """
eval "$(apple-music-ratings completion zsh)"
echo ${+functions[_apple_music_ratings_completion]} ${_comps[apple-music-ratings]}
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


def test_bash_completes_what_the_user_has(user: Any) -> None:
    """Commands, types, runs, options and values of the mock, and profiles."""
    user.run("like", "songs/1")
    (run,) = user.run("runs", "--json").json
    user.run_apart("--profile", "family", "login", "--paste", stdin="token")

    assert run_shell(user, "bash", script=BASH) == [
        "export",
        "library-songs/",
        run["run"],
        "--scenario",
        "small-library",
        "text",
        "family",
    ]


def test_fish_completes_types_and_keeps_files(user: Any) -> None:
    """A file argument completes to files."""
    user.file("ratings.csv", "")
    if shutil.which("fish"):
        lines = run_shell(user, "fish", script=FISH)

        assert [line.split("\t")[0] for line in lines] == ["library-songs/", "ratings.csv"]


def test_zsh_loads_the_completion_without_compinit(user: Any) -> None:
    """In a plain .zshrc the completion system is not loaded."""
    if shutil.which("zsh"):
        lines = run_shell(user, "zsh", "-f", script=ZSH)

        assert lines == ["1 _apple_music_ratings_completion"]
