"""What a user sends to the makers when something failed."""

from __future__ import annotations

import platform
import sys
import traceback
from importlib.metadata import PackageNotFoundError, version

from PySide6 import __version__ as qt_version


def report_of(error: BaseException) -> str:
    """Return an error with its origin and the versions involved."""
    lines = traceback.format_exception(error)
    return "".join([f"{_versions()}\n\n", *lines])


def _versions() -> str:
    names = ["torch", "numpy", "pyqtgraph"]
    found = [f"{name} {_version(name)}" for name in names]
    python = sys.version.split()[0]
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    own = _version("sslstudio")
    return f"sslstudio {own}\nPython {python}, PySide6 {qt_version}, {', '.join(found)}\n{system}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"
