"""The bar above the map: how it is laid out, coloured and judged."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from sslstudio.gui.explore.colours import ColourMode
from sslstudio.gui.explore.method_settings import MethodSettings
from sslstudio.gui.explore.source import Part
from sslstudio.gui.widgets.button import Button, icon_button
from sslstudio.gui.widgets.marks import Chip
from sslstudio.services.maps.settings import METHODS, MapResult, MapSettings, UmapSettings

PART_WORDS: dict[Part, str] = {"held-out": "Held-out", "training": "Training", "all": "All"}
METHOD_HELP = (
    "PCA is instant and keeps distances honest; t-SNE and UMAP keep near neighbours together"
)
MARGIN, GAP, CLOSE = 16, 8, 6


class MapBar(QWidget):
    """Choices on the left, the quality of what is shown on the right.

    Signals:
        settings_changed: another method, or other settings of it.
        colour_changed: another way to colour the points.
        part_changed: another part of the images.
        compute_asked: the map is to be computed.
    """

    settings_changed = Signal()
    colour_changed = Signal()
    part_changed = Signal()
    compute_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[str, MapSettings] = {kind.method: kind() for kind in METHODS}
        self.method = _combo("Method", METHOD_HELP)
        self.method.setObjectName("explore.method")
        for kind in METHODS:
            self.method.addItem(kind.title, kind.method)
        self.method.setCurrentIndex(self.method.findData(UmapSettings.method))
        self.adjust = icon_button("ph.sliders-horizontal", "Settings of this method")
        self.adjust.setFixedWidth(26)
        self.panel = MethodSettings(self)
        self.colour = _combo("Colour", "What the colour of a point tells")
        self.part = _combo("Images", "Which images are on the map")
        self.compute = Button("Compute map", "primary", tooltip="Lay the embeddings out on a map")
        self.compute.setObjectName("explore.compute")
        self.trust = Chip("")
        self.kept = Chip("")
        self._controls = (self.method, self.adjust, self.colour, self.part, self.compute)
        self._result: MapResult | None = None
        self._explain_chips()
        self._lay_out()
        self._connect()
        self.offer_colours(("class", "split"))
        self.show_quality(None)

    def settings(self) -> MapSettings:
        """Return the chosen method with its settings."""
        return self._settings[self.method.currentData()]

    def colour_mode(self) -> ColourMode:
        """Return what the colours are to tell."""
        mode: ColourMode = self.colour.currentData()
        return mode

    def chosen_part(self) -> Part | None:
        """Return which images are to be shown; None if there are none."""
        part: Part | None = self.part.currentData()
        return part

    def offer_parts(self, parts: tuple[Part, ...]) -> None:
        """Offer these parts of the images; the first is chosen if the present one is not there."""
        _offer(self.part, [(PART_WORDS[part], part) for part in parts])

    def offer_colours(self, modes: tuple[ColourMode, ...]) -> None:
        """Offer these ways to colour the points."""
        _offer(self.colour, [(f"Colour: {mode}", mode) for mode in modes])

    def show_quality(self, result: MapResult | None) -> None:
        """Show how far the map can be trusted; without one, offer to compute it."""
        self._result = result
        self.compute.setVisible(result is None)
        if result is not None:
            self.trust.setText(f"trustworthiness {_short(result.trustworthiness)}")
            self.kept.setText(f"neighbours kept {round(100 * result.neighbours_kept)} %")
        self._fit_chips()

    def set_busy(self, *, busy: bool) -> None:
        """Offer no second map while one is being computed."""
        if busy and self.compute.hasFocus():
            # Qt would hand the focus to whatever comes next, which may be Play.
            self.method.setFocus()
        self.compute.setEnabled(not busy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the chips out where there is no room."""
        super().resizeEvent(event)
        self._fit_chips()

    def _fit_chips(self) -> None:
        # Asked one by one: a layout still counts a widget that was hidden just now.
        controls = [control for control in self._controls if not control.isHidden()]
        taken = sum(control.sizeHint().width() + CLOSE for control in controls)
        room = self.width() - 2 * MARGIN - taken + CLOSE
        for chip in (self.trust, self.kept):
            room -= chip.sizeHint().width() + GAP
            chip.setVisible(self._result is not None and room >= 0)

    def _open_panel(self) -> None:
        self.panel.show_settings(self.settings())
        self.panel.adjustSize()
        self.panel.move(self.adjust.mapToGlobal(QPoint(0, self.adjust.height() + 4)))
        self.panel.show()

    def _take_settings(self, settings: MapSettings) -> None:
        self._settings[settings.method] = settings
        self.settings_changed.emit()

    def _explain_chips(self) -> None:
        self.trust.setToolTip(
            "Trustworthiness at 10 neighbours: 1.00 if no point has a neighbour on the map that "
            "is far from it in the embedding"
        )
        self.kept.setToolTip(
            "How many of each image's 10 nearest images in the embedding are still its 10 nearest "
            "on the map"
        )

    def _connect(self) -> None:
        self.method.currentIndexChanged.connect(self.settings_changed)
        self.adjust.clicked.connect(self._open_panel)
        self.panel.changed.connect(self._take_settings)
        self.colour.currentIndexChanged.connect(self.colour_changed)
        self.part.currentIndexChanged.connect(self.part_changed)
        self.compute.clicked.connect(self.compute_asked)

    def _lay_out(self) -> None:
        left = QHBoxLayout()
        left.setSpacing(CLOSE)
        for widget in self._controls:
            left.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 8, MARGIN, 8)
        row.setSpacing(GAP)
        row.addLayout(left)
        row.addStretch(1)
        row.addWidget(self.trust)
        row.addWidget(self.kept)


def _combo(name: str, explanation: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(explanation)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return combo


def _offer(combo: QComboBox, choices: list[tuple[str, str]]) -> None:
    """Fill a combo box without a signal; the present choice stays if it is still offered."""
    kept = combo.currentData()
    combo.blockSignals(True)
    combo.clear()
    for words, data in choices:
        combo.addItem(words, data)
    combo.setCurrentIndex(max(0, combo.findData(kept)))
    combo.blockSignals(False)


def _short(share: float) -> str:
    """Return a number from 0 to 1 without the zero that says nothing: `.94`, `1.00`."""
    return f"{share:.2f}".removeprefix("0")
