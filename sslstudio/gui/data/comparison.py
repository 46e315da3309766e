"""One image before and after it is brought to the working resolution, side by side."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from sslstudio.gui.thumbnail import ROUNDING, picture
from sslstudio.gui.widgets.text import text_label

SIDE = 116
"""Two of them stand side by side in the narrowest inspector."""


class Comparison(QWidget):
    """The original and what training sees, at the same size on screen."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = _frame("The original"), _frame("What training sees")
        self._sizes = [text_label("", "small"), text_label("", "small")]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        columns = ((self.before, "Original"), (self.after, "Training sees"))
        for place, (frame, word) in enumerate(columns):
            grid.addWidget(text_label(word, "section"), 0, place)
            grid.addWidget(frame, 1, place)
            grid.addWidget(self._sizes[place], 2, place)
        grid.setColumnStretch(2, 1)

    def show_after(self, row: np.ndarray) -> None:
        """Show an image of the set (c, h, w); the original is blank until it has been read."""
        self.after.setPixmap(self._framed(picture(row)))
        self._sizes[1].setText(f"{row.shape[2]} × {row.shape[1]} px")
        self.before.clear()
        self._sizes[0].setText("")

    def show_before(self, original: QImage, size: tuple[int, int]) -> None:
        """Show the original, which may have been made smaller, with its true width and height."""
        self.before.setPixmap(self._framed(original))
        self._sizes[0].setText(f"{size[0]} × {size[1]} px")

    def _framed(self, image: QImage) -> QPixmap:
        ratio = self.devicePixelRatioF()
        room = round(SIDE * ratio)
        # Enlarged pictures keep their pixels: they are what one wants to compare.
        kind = Qt.TransformationMode.SmoothTransformation
        if max(image.width(), image.height()) <= room:
            kind = Qt.TransformationMode.FastTransformation
        scaled = image.scaled(QSize(room, room), Qt.AspectRatioMode.KeepAspectRatio, kind)
        result = QPixmap(scaled.size())
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(scaled.rect()), ROUNDING * ratio, ROUNDING * ratio)
        painter.setClipPath(outline)
        painter.drawImage(0, 0, scaled)
        painter.end()
        result.setDevicePixelRatio(ratio)
        return result


def _frame(name: str) -> QLabel:
    label = QLabel()
    label.setFixedSize(SIDE, SIDE)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    label.setAccessibleName(name)
    return label
