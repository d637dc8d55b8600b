"""The links of the package's metadata, from one setting: where the repository is.

hatchling runs this while it builds. The setting is `repository` in `pyproject.toml`, at
`tool.hatch.metadata.hooks.custom`. While it is empty, the metadata has no project URLs, and the
README keeps its relative links. They lead nowhere on the page of a package index.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)]+)\)")


def urls(repository: str, version: str) -> dict[str, str]:
    """Return the project URLs by label; none without a repository."""
    if not repository:
        return {}
    files = _files(repository, version)
    return {
        "Homepage": repository,
        "Source": repository,
        "Documentation": f"{files}/docs/index.md",
        "Changelog": f"{files}/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def description(readme: str, repository: str, version: str) -> str:
    """Make the relative links of a README lead to the files of the release."""
    if not repository:
        return readme
    return RELATIVE_LINK.sub(rf"]({_files(repository, version)}/\1)", readme)


def _files(repository: str, version: str) -> str:
    if not re.fullmatch(r"https://[^\s/]+/\S*[^\s/]", repository):
        message = f"repository = {repository!r}: write it as https://host/path, no slash at the end"
        raise ValueError(message)
    return f"{repository}/blob/v{version}"


class ProjectLinks(MetadataHookInterface):
    """Adds URLs and README to the metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set both fields; hatchling has set the version."""
        repository, version = self.config["repository"], metadata["version"]
        readme = (Path(self.root) / "README.md").read_text("utf-8")
        metadata["urls"] = urls(repository, version)
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": description(readme, repository, version),
        }
