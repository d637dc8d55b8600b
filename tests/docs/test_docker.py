"""The image and the compose file of the mock, without Docker."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import yaml
from support.pages import ROOT

from apple_music_ratings_mock import MockService
from apple_music_ratings_mock.serving.options import make_parser
from apple_music_ratings_mock.serving.server import serve

FOLDER = ROOT / "docs" / "examples" / "docker"
DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8").replace("\\\n", "")


def command(instruction: str) -> list[str]:
    """Return the arguments of an instruction of the image."""
    (found,) = re.findall(rf"^{instruction} .*?(\[.*\])$", DOCKERFILE, re.MULTILINE)
    words: list[str] = json.loads(found)
    return words


def test_health_check_of_the_image_asks_the_mock() -> None:
    """It fails when no mock responds."""
    python, *arguments = command("HEALTHCHECK")
    with serve(MockService(), admin_token="of-the-mock") as url:
        port = url.rpartition(":")[2]
        check = [sys.executable, *(word.replace("8787", port) for word in arguments)]
        healthy = subprocess.run(check, check=False)  # noqa: S603  # our own
    stopped = subprocess.run(check, capture_output=True, check=False)  # noqa: S603  # our own

    assert (python, healthy.returncode) == ("python", 0)
    assert stopped.returncode == 1


def test_image_and_compose_file_start_the_mock() -> None:
    """With options that it has, on the port that is published, from the Dockerfile beside it."""
    parser = make_parser("mock", runs_command=False)
    service = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]["mock"]
    start = command("ENTRYPOINT")
    options = parser.parse_args([*start[3:], *command("CMD")])
    composed = parser.parse_args([*start[3:], *service["command"]])
    build = service["build"]

    assert start[:3] == ["apple-music-ratings", "mock", "serve"]
    assert (options.port, composed.port, service["ports"]) == (8787, 8787, ["127.0.0.1:8787:8787"])
    assert (FOLDER / build["context"] / build["dockerfile"]).samefile(FOLDER / "Dockerfile")
