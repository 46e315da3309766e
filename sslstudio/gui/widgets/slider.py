"""A thin slider over a list of round values."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

HEIGHT = 14
TYPING_KEYS = (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ThinSlider(QSlider):
    """A slider that jumps to a click and leaves the wheel to the page while it has no focus.

    Signals:
        typing_asked: the user wants to type the value (F2 or Enter).
    """

    typing_asked = Signal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(HEIGHT)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the value only if the slider was chosen before."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn the value into a field on F2 and Enter."""
        if event.key() in TYPING_KEYS:
            self.typing_asked.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle under the pointer, from where it can be dragged."""
        if event.button() == Qt.MouseButton.LeftButton and not self._on_handle(event):
            handle = self._handle_width()
            self.setValue(
                QStyle.sliderValueFromPosition(
                    self.minimum(),
                    self.maximum(),
                    round(event.position().x() - handle / 2),
                    self.width() - handle,
                )
            )
        super().mousePressEvent(event)

    def _on_handle(self, event: QMouseEvent) -> bool:
        option = self._option()
        rect = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        return rect.contains(event.position().toPoint())

    def _handle_width(self) -> int:
        rect = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider,
            self._option(),
            QStyle.SubControl.SC_SliderHandle,
            self,
        )
        return rect.width()

    def _option(self) -> QStyleOptionSlider:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return option
