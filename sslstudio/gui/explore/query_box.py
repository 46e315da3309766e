"""The image whose neighbours are looked for, and where another one can be dropped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QImageWriter,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from sslstudio.gui.theme import RADIUS, Tokens
from sslstudio.gui.thumbnail import thumbnail
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import ElidedLabel, text_label

SIDE = 56
PATTERNS = "Images (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp)"
EMPTY = "Drop an image of your own here,"


class QueryBox(QWidget):
    """Shows the query and takes an image from elsewhere: dropped, pasted or browsed for.

    Signals:
        image_given: a Path, or the bytes of a pasted picture.
    """

    image_given = Signal(object)

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self._is_target = False
        self.setAcceptDrops(True)
        self.setAccessibleName("Query image")
        self.setToolTip("Drop an image file here to find what is most alike to it")
        self.picture = QLabel()
        self.picture.setFixedSize(SIDE, SIDE)
        self.words = ElidedLabel(EMPTY, "muted")
        self.before_ways = text_label("", "muted")
        self.paste = Button("paste", "link", tooltip="Look for the image on the clipboard")
        self.browse = Button("browse", "link", tooltip="Look for an image file")
        self.paste.clicked.connect(self.paste_image)
        self.browse.clicked.connect(self._browse)
        self._lay_out()
        self.show_query(None)

    def sizeHint(self) -> QSize:
        """Ask for the picture's height."""
        return QSize(260, SIDE)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.update()

    def show_query(self, image: np.ndarray | None, words: str = EMPTY) -> None:
        """Show a query uint8 (c, h, w) and what it is."""
        ratio = self.devicePixelRatioF()
        shown = QPixmap() if image is None else thumbnail(image, SIDE, ratio, RADIUS)
        self.picture.setPixmap(shown)
        self.picture.setVisible(image is not None)
        self.words.set_text(words)
        self.before_ways.setText("or" if image is None else "or drop one,")

    def paste_image(self) -> None:
        """Take the image on the clipboard, if there is one."""
        given = image_in(QGuiApplication.clipboard().mimeData())
        if given is None:
            self.words.set_text("There is no image on the clipboard")
        else:
            self.image_given.emit(given)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept what holds an image."""
        self._is_target = image_in(event.mimeData()) is not None
        if self._is_target:
            event.acceptProposedAction()
        self.update()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Show no more that a drop would be taken."""
        self._is_target = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look for what was dropped."""
        self._is_target = False
        self.update()
        given = image_in(event.mimeData())
        if given is not None:
            event.acceptProposedAction()
            self.image_given.emit(given)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Frame the box while an image is held over it."""
        if self._is_target:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._tokens.accent), 1.5, Qt.PenStyle.DashLine))
            painter.setBrush(QColor(self._tokens.accent_soft))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _browse(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Find images alike to this one", "", PATTERNS)
        if chosen:
            self.image_given.emit(Path(chosen))

    def _lay_out(self) -> None:
        ways = QHBoxLayout()
        ways.setSpacing(4)
        for widget in (self.before_ways, self.paste, text_label("or", "muted"), self.browse):
            ways.addWidget(widget)
        ways.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(self.words)
        column.addLayout(ways)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.picture)
        row.addLayout(column, 1)


def image_in(data: QMimeData) -> Path | bytes | None:
    """Return the first file, or the picture as PNG bytes, that was dropped or pasted."""
    files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if files:
        return files[0]
    if not data.hasImage():
        return None
    image = QImage(data.imageData())
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
