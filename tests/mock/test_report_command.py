from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from apple_music_ratings.cli.app import run
from apple_music_ratings_mock import MockService, Response
from apple_music_ratings_mock.api.resource_types import RESOURCE_TYPES
from apple_music_ratings_mock.serving.server import serve

LIKE = {"attributes": {"value": 1}}


def test_report_shows_right_wrong_and_never(
    ask: Callable[..., Response], service: MockService, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each type, a line for each reason, and the sum on stderr."""
    ask("GET", "songs/1")
    ask("PUT", "songs/1")
    ask("GET", "/v1/other")
    with serve(service) as url:
        code = run(["mock", "report", url], environ={})
    out, err = capsys.readouterr()

    assert code == 1
    assert "songs\tok 1\tnever\tinvalid 1 of 1\tnever" in out.splitlines()
    assert "invalid: put songs: 1 x PUT has no body; the contract requires" in out
    assert "invalid: 1 x there is no such path" in out
    assert "36 operations: 1 ok, 1 invalid, 34 not called." in err


def test_report_is_json_for_programs(
    service: MockService, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--json` prints what the admin API gives."""
    with serve(service) as url:
        code = run(["mock", "report", "--json", url], environ={})

    assert code == 0
    assert json.loads(capsys.readouterr().out)["never"] == 36


def test_all_can_be_required(ask: Callable[..., Response], service: MockService) -> None:
    """With `--require-all` a client passes only when it has called all 36 correctly."""
    with serve(service) as url:
        before = run(["mock", "report", "--require-all", url], environ={})
        for name, type in RESOURCE_TYPES.items():
            id = next(i for i in ("1", "pl.a", "ra.a", "i.a", "l.a", "p.a") if type.accepts(i))
            ask("PUT", f"{name}/{id}", body=LIKE)
            ask("GET", f"{name}/{id}")
            ask("GET", f"{name}?ids={id}")
            ask("DELETE", f"{name}/{id}")
        after = run(["mock", "report", "--require-all", url], environ={})

    assert (before, after) == (1, 0)


def test_admin_token_comes_from_the_environment(
    service: MockService, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the mock wants a token, it is that of the variable the mock printed."""
    with serve(service, admin_token="of-the-mock") as url:
        without = run(["mock", "report", url], environ={})
        complaint = capsys.readouterr().err
        with_it = run(
            ["mock", "report", url], environ={"APPLE_MUSIC_MOCK_ADMIN_TOKEN": "of-the-mock"}
        )

    assert (without, with_it) == (2, 0)
    assert "set APPLE_MUSIC_MOCK_ADMIN_TOKEN" in complaint


@pytest.mark.parametrize(
    ("url", "code", "complaint"),
    [
        ("http://127.0.0.1:1", 2, "No mock responds at http://127.0.0.1:1 (ConnectError)"),
        ("nonsense", 2, "'nonsense' is not a URL"),
    ],
)
def test_missing_mock_is_reported(
    capsys: pytest.CaptureFixture[str], url: str, code: int, complaint: str
) -> None:
    """What to start, or what an address looks like."""
    assert run(["mock", "report", url], environ={}) == code
    assert complaint in capsys.readouterr().err


def test_report_reads_the_mock_of_the_environment(service: MockService) -> None:
    """Without a URL it reads the one that the mock printed for the shell."""
    with serve(service) as url:
        code = run(["mock", "report"], environ={"APPLE_MUSIC_BASE_URL": url})

    assert code == 0


def test_command_runs_against_a_mock(capfd: pytest.CaptureFixture[str]) -> None:
    """`mock run` passes its options and the command on, and returns the worse exit code."""
    program = "import sys; sys.exit(int(sys.argv[1]))"
    codes = [
        run(["mock", "run", *options, "--", sys.executable, "-c", program, code])
        for options, code in ((["--delete-unrated", "204"], "0"), (["--no-advice"], "7"), ([], "7"))
    ]
    unknown = run(["mock", "run", "--delete-unrated", "205", "--", "true"])

    assert codes == [0, 7, 7]
    assert unknown == 2
    assert "36 operations: 0 ok, 0 invalid, 36 not called" in capfd.readouterr().err


def test_serve_passes_its_options_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Help and complaints are those of the program that serves."""
    assert run(["mock", "serve", "--help"]) == 0
    assert "--delete-unrated" in capsys.readouterr().out
    assert run(["mock", "serve", "--scenario", "emtpy"]) == 2
    assert "did you mean 'empty'?" in capsys.readouterr().err
