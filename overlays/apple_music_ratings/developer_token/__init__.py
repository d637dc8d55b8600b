"""Developer tokens: ready-made, or signed from a private key and renewed in time."""

from __future__ import annotations

from .tokens import DeveloperToken

__all__ = ["DeveloperToken"]
