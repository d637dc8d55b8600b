"""`contract`: the contract that this version implements, as a file or on stdout."""

from __future__ import annotations

import json

import click

from apple_music_ratings import contract as packaged
from apple_music_ratings.files import open_output

from .command import command
from .output import print_message


@command(
    "apple-music-ratings contract -o openapi.yaml",
    "apple-music-ratings contract --json | jq .paths",
)
@click.option(
    "-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout."
)
@click.option("--json", "as_json", is_flag=True, help="Convert to JSON (extra mock).")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def contract(output: str, as_json: bool, force: bool) -> None:  # noqa: FBT001  # click's
    """Print the contract, an OpenAPI 3.1 document, to generate a client in another language.

    It is the file that this version's client is generated from, byte for byte.
    """
    text = packaged.text()
    if as_json:
        text = json.dumps(packaged.load(), indent=2, ensure_ascii=False) + "\n"
    with open_output(output, force=force) as stream:
        stream.write(text)
    if output != "-":
        print_message(f"Contract written to {output}.")
