"""The encoder's layers as choices: which one is kept after training."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from sslstudio.gui.design.layers import Layer, layer_meaning, layer_title
from sslstudio.gui.widgets.text import text_label

WAITING = "The layers are listed as soon as the images are read and the encoder is known."


class LayerList(QWidget):
    """One choice for each layer, its output first.

    Signals:
        picked: the name of the layer that the user chose.
    """

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._layers: tuple[Layer, ...] = ()
        self._group = QButtonGroup(self)
        self._content = QWidget()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._waiting = text_label(WAITING, "muted", wrap=True)
        self._column.addWidget(text_label("Layer", "section"))
        self._column.addWidget(self._waiting)
        self._column.addWidget(self._content)

    @property
    def buttons(self) -> dict[str, QRadioButton]:
        """The choices by layer."""
        found = {button.objectName(): button for button in self._group.buttons()}
        return {name: button for name, button in found.items() if isinstance(button, QRadioButton)}

    def show_layers(self, layers: tuple[Layer, ...], current: str) -> None:
        """Offer these layers, without a signal."""
        self._waiting.setVisible(not layers)
        if layers != self._layers:
            self._layers = layers
            self._build()
        button = self.buttons.get(current)
        self._group.setExclusive(button is not None)
        for other in self._group.buttons():
            other.setChecked(other is button)
        self._group.setExclusive(True)

    def _build(self) -> None:
        self._column.removeWidget(self._content)
        self._content.hide()
        self._content.deleteLater()
        self._content, self._group = QWidget(), QButtonGroup(self)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        last = len(self._layers) - 1
        for number in (last, *range(last)):
            if number >= 0:
                self._add(number, column)
        self._column.addWidget(self._content)

    def _add(self, number: int, column: QVBoxLayout) -> None:
        layer, meaning = self._layers[number], layer_meaning(self._layers, number)
        button = QRadioButton(layer_title(layer))
        button.setObjectName(layer.name)
        button.setProperty("strong", True)
        button.setAccessibleName(layer_title(layer))
        button.setAccessibleDescription(meaning)
        button.setToolTip(meaning)
        button.clicked.connect(partial(self.picked.emit, layer.name))
        self._group.addButton(button)
        column.addWidget(button)
        words = text_label(meaning, "small", wrap=True)
        words.setContentsMargins(24, 0, 0, 6)
        column.addWidget(words)
