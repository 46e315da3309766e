"""The one entry point: the window by default, the command line for every other verb."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

SPINS = "1000"
"""How long torch's threads on Linux wait for each other before they let others compute.

The usual wait (10 ms) is for machines that do nothing else. Beside two busy processes on two
cores a training went 1.2 to 2.5 times faster with this one, and measuring single images took 7 s
for 10,000 instead of 6 to 320; on a quiet machine a step takes the same time (2026-11-25).
"""


def main() -> None:
    """Carry out the process's arguments and leave with their exit code."""
    # Read when torch is loaded; a user's own choice stands.
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    sys.exit(start(sys.argv[1:]))


def start(arguments: Sequence[str]) -> int:
    """Return the exit code of a command line; a bare call opens the window at once."""
    # The window shows a frame before torch is loaded, which takes seconds; the command line's
    # modules need torch, so they are imported only where a verb asks for them.
    if list(arguments) in ([], ["gui"]):
        return open_window(None, None)
    from sslstudio.cli.app import run

    return run(arguments, open_window)


def open_window(recipe: str | None, data: str | None) -> int:
    """Show the window until it is closed and return the exit code."""
    from sslstudio.gui.app import show_window

    return show_window(recipe, data)


if __name__ == "__main__":
    main()
