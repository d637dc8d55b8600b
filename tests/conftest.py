"""What holds for all tests."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

from hypothesis import settings

_RAM_DISK = Path("/dev/shm")  # noqa: S108  # pytest makes a folder of its own in it
_SPACE = 2**31

# A shell that runs us in the background lets its children ignore Ctrl-C, and so would the programs
# that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The tests of journals and files spend most of their time in fsync, which a RAM disk does not need.
if "TMPDIR" not in os.environ and _RAM_DISK.is_dir() and os.access(_RAM_DISK, os.W_OK):
    _may_execute = not os.statvfs(_RAM_DISK).f_flag & os.ST_NOEXEC
    if _may_execute and shutil.disk_usage(_RAM_DISK).free > _SPACE:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_RAM_DISK)

# The same cases on every machine, and no failure of a slow one.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")
