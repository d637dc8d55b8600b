"""A reader who types the commands of a page on a terminal, and compares the output.

The mock is started where the page starts one, in the background as in a second terminal, and its
three lines are pasted. `pip install` and `make` are not run: what they name has to exist.
"""

from __future__ import annotations

import doctest
import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from support.pages import ROOT, Block

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

# Seconds that anything on a page may take, on a slow machine.
TIMEOUT = 120.0
_COMPARED = doctest.ELLIPSIS
_EXIT_CODE = re.compile(r"#.*\bexit code (\d+)")
_RUN = re.compile(r"\bRUN\b")
_PORT = re.compile(r"--port[ =]\d+")
# Runs block after block, as at the prompt, and marks the end of each.
_INTERPRETER = """
import json, sys
names = {"__name__": "__main__"}
for line in sys.stdin:
    exec(compile(json.loads(line), "the page", "exec"), names)
    print("\\0", end="", flush=True)
"""


class Reader:
    """Reads one page from top to bottom.

    Args:
        folder: A new folder for the files of the page, which is also the home folder.
        environ: Variables that are already set, such as the base URL of a mock.
    """

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._folder = folder
        self._environ = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            # Plain text, eighty columns wide, and not the keyring of the machine.
            "TERM": "dumb",
            "COLUMNS": "80",
            "APPLE_MUSIC_TOKEN_FOLDER": str(folder / "tokens"),
            "PYTHONWARNINGS": "error",
        } | environ
        self._servers: list[subprocess.Popen[bytes]] = []
        self._python: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._python is not None:
            if kind is not None:
                self._python.kill()
            self._python.communicate()
        for server in self._servers:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=TIMEOUT)

    def run(self, block: Block) -> None:
        """Run a block; it has to succeed and print what the page shows."""
        if block.mark and block.mark[0] == "file":
            (self._folder / block.mark[1]).write_text(block.text, "utf-8")
        elif block.language == "console":
            for command, shown in commands(block.text):
                self._type(command, shown)
        elif block.language == "python":
            compare(block.output, self._ask_python(block.text), block.text)
        else:
            compare(block.output, self._on_terminal(block.text, code=0), block.text)

    def _type(self, command: str, shown: str | None) -> None:
        if _RUN.search(command):
            command = _RUN.sub(self._newest_run(), command)
        words = shlex.split(command, comments=True)
        if words[:2] == ["pip", "install"]:
            check_requirements(words[2:])
        elif words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        elif words[:3] == ["python", "-m", "apple_music_ratings_mock"] or "serve" in words:
            compare(shown, self._serve(command), command)
        else:
            code = _EXIT_CODE.search(command)
            compare(shown, self._on_terminal(command, code=int(code[1]) if code else 0), command)

    def _newest_run(self) -> str:
        """Return the name that a reader writes instead of RUN."""
        runs = json.loads(self._on_terminal("apple-music-ratings runs --json", code=0))
        return str(runs[0]["run"])

    def _on_terminal(self, script: str, *, code: int) -> str:
        """Run a script in the reader's shell, whose variables and folder persist."""
        kept = self._folder / ".environment"
        ending = f'\n{{ code=$?; env -0 >"{kept}"; exit $code; }} 2>/dev/null'
        ours, theirs = pty.openpty()
        shell = subprocess.Popen(  # noqa: S603  # what our own pages say
            ["/bin/bash", "-c", script + ending],
            env=self._environ,
            cwd=self._environ.get("PWD", self._folder),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        try:
            printed = read_until(ours).replace("\r\n", "\n")
        except AssertionError:
            shell.kill()
            raise
        finally:
            os.close(ours)
        ended = shell.wait()
        assert ended == code, f"{script}\nended with {ended}:\n{printed}"
        pairs = (pair.partition("=") for pair in kept.read_text("utf-8").split("\0") if pair)
        self._environ = {name: value for name, _, value in pairs}
        return printed

    def _serve(self, command: str) -> str:
        """Start the mock on any free port, and paste what it prints."""
        free = _PORT.sub("", command.partition("#")[0]) + " --port 0"
        server = subprocess.Popen(  # noqa: S603  # what our own pages say
            shlex.split(free),
            env=self._environ,
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._servers.append(server)
        assert server.stdout is not None
        printed = read_until(server.stdout.fileno(), lambda text: text.count("\n") == 3)
        for line in printed.splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self._environ[name] = shlex.split(value)[0]
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8787", printed)

    def _ask_python(self, code: str) -> str:
        if self._python is None:
            self._python = subprocess.Popen(  # noqa: S603  # our own interpreter
                [sys.executable, "-u", "-c", _INTERPRETER],
                env=self._environ,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        assert self._python.stdin is not None
        assert self._python.stdout is not None
        self._python.stdin.write(json.dumps(code).encode() + b"\n")
        self._python.stdin.flush()
        printed = read_until(self._python.stdout.fileno(), lambda text: text.endswith("\0"))
        assert printed.endswith("\0"), f"{code}\nfailed:\n{printed}"
        return printed.removesuffix("\0")


def commands(text: str) -> list[tuple[str, str | None]]:
    """Split a console block into the commands after each `$` and the output below each."""
    found: list[tuple[str, str | None]] = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        typed = 1
        while typed < len(lines) and lines[typed - 1].endswith("\\\n"):
            typed += 1
        found.append(("".join(lines[:typed]).rstrip("\n"), "".join(lines[typed:]) or None))
    return found


def compare(shown: str | None, printed: str, what: str) -> None:
    """Fail unless the page shows what was printed. `…` matches anything, and so does no output.

    Raises:
        AssertionError: They differ.
    """
    if shown is None:
        return
    want, got = (
        "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"
        for text in (shown.replace("…", "..."), printed)
    )
    agree = doctest.OutputChecker().check_output(want, got, _COMPARED)
    assert agree, f"{what}\nprints\n{got}\nand the page shows\n{want}"


def check_requirements(words: list[str]) -> None:
    """Fail if a page installs a package or an extra that the project does not name."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for word in words:
        found = re.fullmatch(r"([a-z-]+)(?:\[([a-z,]+)\])?", word)
        assert found is not None, f"pip install {word}: not understood"
        name, extras = found[1], (found[2] or "").split(",") if found[2] else []
        assert f'"{name}' in project, f"pip install {word}: {name} is in no list of pyproject.toml"
        if name == "apple-music-ratings":
            missing = [e for e in extras if not re.search(rf"^{e} = \[", project, re.MULTILINE)]
            assert missing == [], f"pip install {word}: there is no extra {missing}"


def read_until(source: int, is_whole: Callable[[str], bool] = lambda _: False) -> str:
    """Read until the text is complete or ends.

    Raises:
        AssertionError: Nothing arrived in time.
    """
    text = b""
    while not is_whole(text.decode(errors="ignore")):
        ready, _, _ = select.select([source], [], [], TIMEOUT)
        assert ready, f"nothing came for {TIMEOUT:g} s after:\n{text.decode()}"
        try:
            piece = os.read(source, 65536)
        except OSError:  # The way a terminal ends.
            break
        if not piece:
            break
        text += piece
    return text.decode()
