"""The row of operations above the canvas, from which they are dragged in."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLayout,
    QSizePolicy,
    QWidget,
)

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.gui.design.carrying import Carry
from sslstudio.gui.design.find_list import Find
from sslstudio.gui.design.finder import Finder
from sslstudio.gui.design.source import Choices
from sslstudio.gui.design.words import USUAL, short_name
from sslstudio.gui.theme import Theme, type_font
from sslstudio.gui.widgets.text import text_label

MIME = "application/x-sslstudio-augmentation"
GAP = 8
PADDING = 9
HEIGHT = 24
MARGIN = 16
FINDER_SIZE = QSize(380, 460)
GROUPS = ("Crops", "Geometry", "Colour", "Detail", "Occlusion and order", "Input")
"""Headings of the search in this order; others follow."""


def default_part(entry: Entry) -> AugmentationSpec:
    """Return an operation with the settings that its author chose."""
    part = entry.spec.model_validate({"kind": entry.kind})
    if not isinstance(part, AugmentationSpec):
        raise TypeError(f"{entry.kind} is no augmentation.")
    return part


def carried_from(content: QMimeData, choices: Choices) -> Carry | None:
    """Return the operation that a drag from the palette brings; None for anything else."""
    kind = bytes(content.data(MIME).data()).decode() if content.hasFormat(MIME) else ""
    entries = choices.entries(AugmentationSpec.family)
    entry = entries.get(kind)
    if entry is None:
        return None
    return Carry(part=default_part(entry), word=short_name(kind, entries))


class PillButton(QAbstractButton):
    """A button on a quiet round ground."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.setText(word)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """Return the room for the word."""
        metrics = QFontMetrics(type_font("small"))
        return QSize(metrics.horizontalAdvance(self.text()) + 2 * PADDING, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, outline and word."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, colours = QPalette.ColorRole, self.palette()
        marked = self.hasFocus() or self.underMouse()
        accent = colours.color(roles.Accent if self.hasFocus() else roles.Dark)
        painter.setPen(
            QPen(accent, 1.5 if self.hasFocus() else 1.0) if marked else Qt.PenStyle.NoPen
        )
        painter.setBrush(colours.color(roles.Midlight))
        rect = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setPen(colours.color(roles.ButtonText))
        painter.setFont(type_font("small"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Treat Enter like a click."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class PalettePill(PillButton):
    """One operation: drag it into a view, or press Enter to append it to the chosen one."""

    def __init__(self, kind: str, word: str, entry: Entry) -> None:
        super().__init__(word)
        self.kind = kind
        self._pressed_at = QPoint()
        self.setObjectName(f"design.palette.{kind}")
        self.setAccessibleName(f"Add {word}")
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip(
            f"{entry.title}. {entry.summary}\nDrag it into a view, or press Enter to append it."
        )

    def content(self) -> QMimeData:
        """Return what a drag of this pill carries."""
        content = QMimeData()
        content.setData(MIME, QByteArray(self.kind.encode()))
        return content

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin a drag once the pointer has moved far enough."""
        far = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if event.buttons() & Qt.MouseButton.LeftButton and far >= QApplication.startDragDistance():
            self.setDown(False)
            self._drag()

    def _drag(self) -> None:
        picture = QPixmap(self.size())
        picture.fill(Qt.GlobalColor.transparent)
        self.render(picture, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
        drag = QDrag(self)
        drag.setMimeData(self.content())
        drag.setPixmap(picture)
        drag.setHotSpot(picture.rect().center())
        drag.exec(Qt.DropAction.CopyAction)
        # No leave event comes after a drag that ends elsewhere.
        self.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, on=False)
        self.update()


class PaletteRow(QWidget):
    """The usual operations side by side, and a search over all of them at the end.

    Signals:
        appended: an operation is to be put at the end of the chosen pipeline (spec, short name).
    """

    appended = Signal(object, str)

    def __init__(self, choices: Choices, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("design.palette")
        self.setAccessibleName("Operations")
        self._entries = by_use(choices.entries(AugmentationSpec.family))
        self._pills = [
            PalettePill(kind, short_name(kind, self._entries), entry)
            for kind, entry in self._entries.items()
        ]
        self.more = PillButton("more")
        self.finder = Finder("Operations", theme, mime=MIME)
        self.finder.set_finds([_find(entry) for entry in by_group(self._entries)])
        self.finder.picked.connect(self._append)
        self._lay_out()

    @property
    def pills(self) -> tuple[PalettePill, ...]:
        """The pills, shown or not."""
        return tuple(self._pills)

    def minimumSizeHint(self) -> QSize:
        """Accept little room: what does not fit is found under `more`."""
        return QSize(200, 40)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many pills as there is room for."""
        super().resizeEvent(event)
        self._share_out(event.size().width())

    def open_finder(self) -> None:
        """Search all operations."""
        self.finder.open_below(self.more, FINDER_SIZE)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(MARGIN, 0, MARGIN, 0)
        row.setSpacing(GAP)
        self._label = text_label("Drag in", "section")
        row.addWidget(self._label)
        for pill in self._pills:
            pill.clicked.connect(lambda _checked=False, pill=pill: self._append(pill.kind))
            row.addWidget(pill)
        self.more.setObjectName("design.palette.more")
        self.more.setAccessibleName("More operations")
        self.more.setToolTip("All operations by group: search, drag one out, or press Enter (/)")
        self.more.clicked.connect(self.open_finder)
        row.addWidget(self.more)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(40)

    def _share_out(self, width: int) -> None:
        room = width - 2 * MARGIN - self._label.sizeHint().width() - GAP
        room -= self.more.sizeHint().width() + GAP
        for pill in self._pills:
            # The first one without room ends the row: later ones must not fill its gap.
            room -= pill.sizeHint().width() + GAP
            pill.setVisible(room >= 0)

    def _append(self, kind: str) -> None:
        part = default_part(self._entries[kind])
        self.appended.emit(part, short_name(kind, self._entries))


def by_use(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return operations with those first that nearly every method uses, the rest by title."""
    return {entry.kind: entry for entry in sorted(entries.values(), key=_use)}


def by_group(entries: Mapping[str, Entry]) -> list[Entry]:
    """Return operations under their headings, in each the usual ones first."""
    more = sorted({entry.group for entry in entries.values()} - set(GROUPS))
    groups = [*GROUPS, *more]
    return sorted(entries.values(), key=lambda entry: (groups.index(entry.group), _use(entry)))


def _use(entry: Entry) -> tuple[int, str]:
    return USUAL.index(entry.kind) if entry.kind in USUAL else len(USUAL), entry.title


def _find(entry: Entry) -> Find:
    return Find(value=entry.kind, title=entry.title, group=entry.group, note=entry.summary)
