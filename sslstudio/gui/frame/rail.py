"""The rail at the left edge: the six workspaces in the order of the work."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from sslstudio.gui.frame.glyphs import paint_glyph
from sslstudio.gui.frame.mark import paint_mark
from sslstudio.gui.theme import Theme, Tokens, type_font
from sslstudio.gui.widgets.panel import Panel

RAIL_WIDTH = 63
MARK_PX = 32


@dataclass(frozen=True, slots=True)
class Workspace:
    """One of the six places of the window."""

    key: str
    title: str
    help: str


WORKSPACES = (
    Workspace("data", "Data", "Choose and look at images"),
    Workspace("design", "Design", "Put an experiment together"),
    Workspace("train", "Train", "Train and watch"),
    Workspace("explore", "Explore", "Look at the map of what was learned"),
    Workspace("evaluate", "Evaluate", "Measure and compare runs"),
    Workspace("export", "Export", "Take the encoder elsewhere"),
)


class _Mark(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(MARK_PX, MARK_PX)
        self.setAccessibleName("sslstudio")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_mark(painter, QRectF(self.rect()))


class RailButton(QAbstractButton):
    """An icon over a word, on a soft ground while its workspace is open."""

    def __init__(self, workspace: Workspace, number: int, theme: Theme) -> None:
        super().__init__()
        self._workspace = workspace
        self._theme = theme
        self.setObjectName(f"workspace.{workspace.key}")
        self.setText(workspace.title)
        self.setAccessibleName(workspace.title)
        self.setToolTip(f"{workspace.help}  ({number})")
        self.setCheckable(True)
        # A ring shows where the keyboard is; a click already shows where it went.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the button's one size."""
        return QSize(52, 53)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, icon and word."""
        tokens = self._theme.tokens
        painter = QPainter(self)
        _paint_ground(painter, self, tokens)
        colour = tokens.accent if self.isChecked() else tokens.muted
        paint_glyph(painter, self._workspace.key, QRectF(16, 9, 20, 20), QColor(colour))
        painter.setPen(QColor(colour))
        painter.setFont(type_font("small", bold=self.isChecked()))
        painter.drawText(QRect(0, 32, 52, 15), Qt.AlignmentFlag.AlignCenter, self.text())


class GlyphButton(QAbstractButton):
    """A small button at the rail's foot that shows only a sign."""

    def __init__(self, glyph: str, tooltip: str, theme: Theme) -> None:
        super().__init__()
        self._glyph = glyph
        self._theme = theme
        self.setAccessibleName(tooltip)
        self.setToolTip(tooltip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the button's one size."""
        return QSize(52, 32)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground and sign."""
        painter = QPainter(self)
        _paint_ground(painter, self, self._theme.tokens)
        colour = QColor(self._theme.tokens.muted)
        paint_glyph(painter, self._glyph, QRectF(17, 7, 18, 18), colour)


class Rail(Panel):
    """The mark and six buttons, of which one is down.

    Signals:
        chosen: the key of the workspace the user asks for.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__("flat", margin=0, spacing=4)
        self.setFixedWidth(RAIL_WIDTH)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, RailButton] = {}
        self.body.setContentsMargins(6, 12, 5, 12)
        self.body.addWidget(_Mark(), alignment=Qt.AlignmentFlag.AlignHCenter)
        self.body.addSpacing(12)
        for number, workspace in enumerate(WORKSPACES, start=1):
            self._add(workspace, number, theme)
        self.body.addStretch(1)

    def add_foot(self, glyph: str, tooltip: str, theme: Theme) -> GlyphButton:
        """Return a new small button below the workspaces."""
        button = GlyphButton(glyph, tooltip, theme)
        self.body.addWidget(button)
        return button

    def button(self, key: str) -> RailButton:
        """Return a workspace's button."""
        return self._buttons[key]

    def set_current(self, key: str) -> None:
        """Show which workspace is open."""
        self._buttons[key].setChecked(True)

    def _add(self, workspace: Workspace, number: int, theme: Theme) -> None:
        button = RailButton(workspace, number, theme)
        button.clicked.connect(lambda: self.chosen.emit(workspace.key))
        self._group.addButton(button)
        self._buttons[workspace.key] = button
        self.body.addWidget(button)


def _paint_ground(painter: QPainter, button: QAbstractButton, tokens: Tokens) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    focused = button.hasFocus()
    painter.setPen(QPen(QColor(tokens.accent), 1.5) if focused else Qt.PenStyle.NoPen)
    if button.isChecked():
        painter.setBrush(QColor(tokens.accent_soft))
    elif button.underMouse():
        painter.setBrush(QColor(tokens.hover))
    inset = 0.75 if focused else 0.0
    ground = QRectF(button.rect()).adjusted(inset, inset, -inset, -inset)
    painter.drawRoundedRect(ground, 8, 8)
