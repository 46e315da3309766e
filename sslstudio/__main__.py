"""The one entry point: the window by default, the command line for every other verb."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main() -> None:
    """Carry out the process's arguments and leave with their exit code."""
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
