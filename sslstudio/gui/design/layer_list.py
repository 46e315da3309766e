"""The encoder's layers as choices: which are kept after training, and how maps are pooled."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from sslstudio.domain.fields import schema_of
from sslstudio.domain.recipe import Representation
from sslstudio.gui.design.layers import Layer, layer_meaning, layer_title
from sslstudio.gui.forms.choices import ChoiceEditor
from sslstudio.gui.widgets.text import text_label

WAITING: Final = "The layers are listed as soon as the images are read and the encoder is known."
SEVERAL: Final = (
    "Several layers stand side by side, each brought to length 1, so that all count alike."
)
POOLING: Final = next(field for field in schema_of(Representation) if field.name == "pooling")


class LayerList(QWidget):
    """A tick for each layer, the output first, and the pooling where a map is kept.

    Signals:
        picked: the names of the layers that are ticked now, as a tuple.
        pooled: the pooling that the user chose.
    """

    picked = Signal(object)
    pooled = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._layers: tuple[Layer, ...] = ()
        self.buttons: dict[str, QCheckBox] = {}
        self.pooling = ChoiceEditor(POOLING)
        self.pooling.edited.connect(self.pooled)
        self._content = QWidget()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._waiting = text_label(WAITING, "muted", wrap=True)
        self._several = text_label(SEVERAL, "small", wrap=True)
        self._column.setSpacing(8)
        self._column.addWidget(text_label("Layers", "section"))
        for widget in (self._waiting, self._content, self._several, self.pooling):
            self._column.addWidget(widget)

    def show_layers(self, layers: tuple[Layer, ...], kept: Representation) -> None:
        """Offer these layers with the kept ones ticked, without a signal."""
        self._waiting.setVisible(not layers)
        if layers != self._layers:
            self._layers = layers
            self._build()
        for name, button in self.buttons.items():
            button.setChecked(name in kept.layers)
        self._several.setVisible(len(kept.layers) > 1)
        self.pooling.show_value(kept.pooling)
        self.pooling.setVisible(
            any(layer.is_stage and layer.name in kept.layers for layer in layers)
        )

    def _build(self) -> None:
        content = QWidget()
        self._column.replaceWidget(self._content, content)
        self._content.hide()
        self._content.deleteLater()
        self._content, self.buttons = content, {}
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        outputs = [number for number, layer in enumerate(self._layers) if not layer.is_stage]
        stages = [number for number, layer in enumerate(self._layers) if layer.is_stage]
        for number in (*outputs[:1], *stages, *outputs[1:]):
            self._add(number, column)

    def _add(self, number: int, column: QVBoxLayout) -> None:
        layer, meaning = self._layers[number], layer_meaning(self._layers, number)
        button = QCheckBox(layer_title(layer))
        button.setProperty("strong", True)
        button.setAccessibleName(layer_title(layer))
        button.setAccessibleDescription(meaning)
        button.setToolTip(meaning)
        button.clicked.connect(self._ticked)
        self.buttons[layer.name] = button
        column.addWidget(button)
        words = text_label(meaning, "small", wrap=True)
        words.setContentsMargins(24, 0, 0, 6)
        column.addWidget(words)

    def _ticked(self) -> None:
        chosen = tuple(name for name, button in self.buttons.items() if button.isChecked())
        sender = self.sender()
        if not chosen and isinstance(sender, QCheckBox):
            # Something has to be kept.
            sender.setChecked(True)
            return
        self.picked.emit(chosen)
