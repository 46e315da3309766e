"""Icons by name; the icon library is loaded when the first one is drawn."""

from __future__ import annotations

from PySide6.QtGui import QIcon


def icon(name: str, colour: str) -> QIcon:
    """Return an icon of qtawesome in one colour, such as `ph.image`."""
    import qtawesome

    drawn: QIcon = qtawesome.icon(name, color=colour)
    return drawn
