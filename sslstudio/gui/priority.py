"""Lets background threads give way to the window."""

from __future__ import annotations

import os
import sys
import threading

NICENESS = 10


def lower_this_thread() -> None:
    """Ask the system to run the calling thread after the window's, where it can."""
    # Linux counts niceness for each thread; elsewhere the call would slow the whole process.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
