"""Images of a data set as Qt pictures with rounded corners."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

ROUNDING = 4.0


def picture(image: np.ndarray) -> QImage:
    """Return an image uint8 (c, h, w) of one, three or four channels as a picture of its own."""
    channels, height, width = image.shape
    if channels == 1:
        grey = np.ascontiguousarray(image[0])
        return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
    # Two channels have no colours of their own; the first of many stand for red, green and blue.
    colours = image[:3] if channels >= 3 else image[[0, 1, 1]]
    rows = np.ascontiguousarray(colours.transpose(1, 2, 0))
    return QImage(rows.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def thumbnail(image: np.ndarray, side: int, ratio: float, rounding: float = ROUNDING) -> QPixmap:
    """Return the middle square of an image (c, h, w) at `side` pixels of a screen with `ratio`."""
    whole = picture(image)
    shorter = min(whole.width(), whole.height())
    left, top = (whole.width() - shorter) // 2, (whole.height() - shorter) // 2
    square = whole.copy(left, top, shorter, shorter).scaled(
        QSize(round(side * ratio), round(side * ratio)),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    result = QPixmap(square.size())
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    frame = QPainterPath()
    frame.addRoundedRect(QRectF(square.rect()), rounding * ratio, rounding * ratio)
    painter.setClipPath(frame)
    painter.drawImage(0, 0, square)
    painter.end()
    result.setDevicePixelRatio(ratio)
    return result
