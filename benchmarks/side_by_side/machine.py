"""A description of the machine that does not identify its owner."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_LIBRARIES = (
    "httpx",
    "httpcore",
    "h11",
    "attrs",
    "aiohttp",
    "httpx-aiohttp",
    "requests",
    "urllib3",
    "pydantic",
    "openapi-generator-cli",
)


def describe() -> dict[str, str]:
    """Return processor, system, Python and the versions of the libraries."""
    return {
        "Processor": f"{_processor()}, {os.cpu_count()} cores",
        "System": f"{platform.system()} {_release()}, {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Libraries": ", ".join(filter(None, map(_with_version, _LIBRARIES))),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or "unknown"
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else "unknown"


def _release() -> str:
    found = re.match(r"\d+(\.\d+)*", platform.release())
    return found[0] if found else ""


def _with_version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return ""
