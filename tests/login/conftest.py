"""Lets test files say `from sign_ins import a_sign_in`."""

from __future__ import annotations

import sys
from pathlib import Path

# Test files are no package.
sys.path.insert(0, str(Path(__file__).parent))
