"""What holds for all tests."""

from __future__ import annotations

import signal

# A shell that runs us in the background lets its children ignore Ctrl-C, and so would the programs
# that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
