"""A part of a form that waits under its heading."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.gui.widgets.button import Button


class Disclosure(QWidget):
    """A quiet heading that shows and hides what is below it; closed at first.

    Signals:
        toggled: whether the content is shown now.
    """

    toggled = Signal(bool)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._button = Button(title, "link", "ph.caret-right", tooltip=f"Show {title.lower()}")
        self._button.setCheckable(True)
        self._content = QWidget()
        self._content.hide()
        self._button.toggled.connect(self._content.setVisible)
        self._button.toggled.connect(self.toggled)
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 4, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._button)
        layout.addWidget(self._content)

    @property
    def is_open(self) -> bool:
        """True while the content is shown."""
        return self._button.isChecked()

    def open(self, *, shown: bool = True) -> None:
        """Show or hide the content."""
        self._button.setChecked(shown)

    def rename(self, title: str) -> None:
        """Give the heading other words."""
        self._title = title
        self._button.rename(title, f"Show {title[:1].lower()}{title[1:]}")
