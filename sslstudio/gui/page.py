"""What the window asks of each workspace's page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from sslstudio.gui.actions import Action
from sslstudio.gui.widgets.panel import Panel, scrolling

INSPECTOR_WIDTH = 296
INSPECTOR_LIMITS = (280, 360)
HANDLE_PX = 5
"""Width of a splitter handle with its line, which the style sheet adds."""


class Page(QWidget):
    """One workspace: a stage and, to its right, an inspector that explains what is selected.

    Signals:
        header_changed: title, chips or header buttons differ from before.
    """

    header_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._splitter: QSplitter | None = None
        self._wanted_width = INSPECTOR_WIDTH

    def title(self) -> str:
        """Return the name of what is open."""
        return ""

    def chips(self) -> list[str]:
        """Return short facts about the state of what is open."""
        return []

    def header_buttons(self) -> list[QWidget]:
        """Return the buttons at the right of the header, always the same objects."""
        return []

    def actions_offered(self) -> tuple[Action, ...]:
        """Return what the command palette offers; shortcuts work while the page is shown."""
        return ()

    def activated(self) -> None:
        """Get ready to be looked at: the page has just been shown."""

    def lay_out(self, stage: QWidget, inspector: QWidget | None = None) -> None:
        """Fill the page with a stage and an inspector whose width the user can change."""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        if inspector is None:
            layout.addWidget(stage)
            return
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setProperty("side", "right")
        self._splitter.setHandleWidth(HANDLE_PX - 1)
        self._splitter.setChildrenCollapsible(False)
        inspector.setMinimumWidth(INSPECTOR_LIMITS[0] - HANDLE_PX)
        inspector.setMaximumWidth(INSPECTOR_LIMITS[1] - HANDLE_PX)
        self._splitter.addWidget(stage)
        self._splitter.addWidget(inspector)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._splitter.splitterMoved.connect(self._width_chosen)
        layout.addWidget(self._splitter)

    def inspector_width(self) -> int:
        """Return the inspector's width, 0 without one."""
        return 0 if self._splitter is None else self._wanted_width

    def set_inspector_width(self, width: int) -> None:
        """Give the inspector a width; the stage gets the rest."""
        self._wanted_width = width
        self._give_width()

    def showEvent(self, event: QShowEvent) -> None:
        """Give the inspector its width, which needs the page's own."""
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self._give_width()

    def _width_chosen(self) -> None:
        if self._splitter is not None:
            self._wanted_width = self._splitter.sizes()[1] + HANDLE_PX

    def _give_width(self) -> None:
        if self._splitter is not None:
            self._splitter.setSizes(
                [self.width() - self._wanted_width, self._wanted_width - HANDLE_PX]
            )


class Inspector(Panel):
    """The panel on the right: a column that scrolls, with a foot that stays in sight."""

    def __init__(self) -> None:
        super().__init__("flat", margin=0, spacing=0)
        content = QWidget()
        # An alignment would cut text that needs more lines than its size hint guesses.
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        self.column = QVBoxLayout()
        self.column.setContentsMargins(12, 16, 16, 16)
        self.column.setSpacing(12)
        whole.addLayout(self.column)
        whole.addStretch(1)
        self.area: QScrollArea = scrolling(content)
        self.area.verticalScrollBar().rangeChanged.connect(self._make_room)
        self.foot = QVBoxLayout()
        self.foot.setContentsMargins(12, 0, 16, 16)
        self.foot.setSpacing(8)
        self.body.addWidget(self.area, 1)
        self.body.addLayout(self.foot)

    def _make_room(self, _low: int, high: int) -> None:
        """Let the scroll bar stand in the margin, so that nothing moves when it comes."""
        bar = self.area.verticalScrollBar().sizeHint().width() if high > 0 else 0
        self.column.setContentsMargins(12, 16, 16 - bar, 16)
