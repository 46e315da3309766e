"""The bar above the map: how it is laid out, coloured and judged."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from sslstudio.gui.explore.colours import CLASS, SPLIT
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
        self.method = _Choice("Method", METHOD_HELP)
        self.method.setObjectName("explore.method")
        for kind in METHODS:
            self.method.addItem(kind.title, kind.method)
        self.method.setCurrentIndex(self.method.findData(UmapSettings.method))
        self.adjust = icon_button("ph.sliders-horizontal", "Settings of this method")
        self.adjust.setFixedWidth(26)
        self.panel = MethodSettings(self)
        self.colour = _Choice("Colour", "What the colour of a point tells")
        self.part = _Choice("Images", "Which images are on the map")
        self.compute = Button("Compute map", "primary", tooltip="Lay the embeddings out on a map")
        self.compute.setObjectName("explore.compute")
        self.trust = Chip("")
        self.kept = Chip("")
        self._controls = (self.method, self.adjust, self.colour, self.part, self.compute)
        self._result: MapResult | None = None
        self._explain_chips()
        self._lay_out()
        self._connect()
        self.offer_colours((CLASS, SPLIT))
        self.show_quality(None)

    def settings(self) -> MapSettings:
        """Return the chosen method with its settings."""
        return self._settings[self.method.currentData()]

    def colour_mode(self) -> str:
        """Return what the colours are to tell."""
        return str(self.colour.currentData())

    def choose_colour(self, mode: str) -> None:
        """Choose what the colours are to tell."""
        self.colour.setCurrentIndex(self.colour.findData(mode))

    def chosen_part(self) -> Part | None:
        """Return which images are to be shown; None if there are none."""
        part: Part | None = self.part.currentData()
        return part

    def offer_parts(self, parts: tuple[Part, ...]) -> None:
        """Offer these parts of the images; the first is chosen if the present one is not there."""
        _offer(self.part, [(PART_WORDS[part], part) for part in parts])

    def offer_colours(self, modes: tuple[str, ...]) -> None:
        """Offer these ways to colour the points."""
        _offer(self.colour, [(f"Colour: {mode}", mode) for mode in modes])

    def show_quality(self, result: MapResult | None) -> None:
        """Show how far the map can be trusted; without one, offer to compute it."""
        self._result = result
        self.compute.setVisible(result is None)
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

    def minimumSizeHint(self) -> QSize:
        """Ask for room for the controls; the chips take what is left."""
        return QSize(self._controls_width(), super().minimumSizeHint().height())

    def _controls_width(self) -> int:
        # Asked one by one: a layout still counts a widget that was hidden just now.
        shown = [control for control in self._controls if not control.isHidden()]
        return 2 * MARGIN - CLOSE + sum(control.sizeHint().width() + CLOSE for control in shown)

    def _fit_chips(self) -> None:
        room = self.width() - self._controls_width()
        self.trust.setVisible(self._say_quality(room))
        self.kept.setVisible(self._room_left(room) >= 0)

    def _say_quality(self, room: int) -> bool:
        """Fill the chips, in fewer words where there is little room; return if one fits."""
        if self._result is None:
            return False
        trust = _short(self._result.trustworthiness)
        kept = f"{round(100 * self._result.neighbours_kept)} %"
        for words in (("trustworthiness", "neighbours kept"), ("trust", "kept")):
            self.trust.setText(f"{words[0]} {trust}")
            self.kept.setText(f"{words[1]} {kept}")
            if self._room_left(room) >= 0:
                return True
        return room >= self.trust.sizeHint().width() + GAP

    def _room_left(self, room: int) -> int:
        """Return what both chips would leave of the room; less than none if they do not fit."""
        if self._result is None:
            return -1
        return room - self.trust.sizeHint().width() - self.kept.sizeHint().width() - 2 * GAP

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
        for choice in (self.method, self.colour, self.part):
            choice.currentIndexChanged.connect(self._fit_chips)
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


class _Choice(QComboBox):
    """As wide as what is chosen, so that one long choice takes no room from the chips."""

    def __init__(self, name: str, explanation: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(explanation)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.currentIndexChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Return room for the chosen words."""
        whole = super().sizeHint()
        words = [self.itemText(row) for row in range(self.count())]
        widest = max((self.fontMetrics().horizontalAdvance(word) for word in words), default=0)
        spare = widest - self.fontMetrics().horizontalAdvance(self.currentText())
        return QSize(whole.width() - spare, whole.height())

    def minimumSizeHint(self) -> QSize:
        """Ask for no less."""
        return self.sizeHint()

    def showPopup(self) -> None:
        """Open the list wide enough for every choice."""
        self.view().setMinimumWidth(super().sizeHint().width())
        super().showPopup()


def _offer(combo: QComboBox, choices: list[tuple[str, str]]) -> None:
    """Fill a combo box without a signal; the present choice stays if it is still offered."""
    kept = combo.currentData()
    combo.blockSignals(True)
    combo.clear()
    for words, data in choices:
        combo.addItem(words, data)
    combo.setCurrentIndex(max(0, combo.findData(kept)))
    combo.blockSignals(False)
    combo.updateGeometry()


def _short(share: float) -> str:
    """Return a number from 0 to 1 without the zero that says nothing: `.94`, `1.00`."""
    return f"{share:.2f}".removeprefix("0")
