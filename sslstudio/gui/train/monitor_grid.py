"""The monitors of a run as tiles in three columns."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from sslstudio.domain.events import GaugeCard
from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.curves import Curve
from sslstudio.gui.train.tiles import TILE_HEIGHT, CourseTile, SpectrumTile, Tile
from sslstudio.gui.train.trace import RunTrace
from sslstudio.gui.train.words import scientific, short

COLUMNS = 3
GAP = 12

RATE = GaugeCard(
    name="learning rate", label="Learning rate", how_to_read="zero when the budget ends"
)
SPEED = GaugeCard(name="images/s", label="Images/s", how_to_read="dips while it measures")


class MonitorGrid(QScrollArea):
    """Builds its tiles from the gauges that a run declares; scrolls if there are many.

    Signals:
        rebuilt: there are other tiles than before.
    """

    rebuilt = Signal()

    def __init__(self, tokens: Tokens, margin: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: list[Tile] = []
        self._gauges: tuple[GaugeCard, ...] | None = None
        self._tokens = tokens
        self._other: RunTrace | None = None
        self._margin = margin
        self._ground = QWidget()
        self._grid = QGridLayout(self._ground)
        self._grid.setSpacing(GAP)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self.setObjectName("train.monitors")
        self.setAccessibleName("Monitors")
        self.setWidget(self._ground)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().rangeChanged.connect(self._keep_edge)
        self._keep_edge()

    def sizeHint(self) -> QSize:
        """Ask for one row of tiles; the page gives more."""
        return QSize(400, TILE_HEIGHT)

    def show_rows(self, height: int) -> None:
        """Show as many whole rows of tiles as fit into a height, at least one."""
        fitting = (height + GAP) // (TILE_HEIGHT + GAP)
        rows = max(1, min(fitting, self._rows()))
        self.setFixedHeight(rows * (TILE_HEIGHT + GAP) - GAP)

    def refresh(self, trace: RunTrace) -> None:
        """Show what the run says now."""
        if trace.summary.gauges != self._gauges:
            self._build(trace.summary.gauges)
        for tile in self.tiles:
            tile.refresh(trace, self._other)

    def compare(self, other: RunTrace | None) -> None:
        """Draw another run's courses beside this one's from the next refresh on; None for none."""
        self._other = other

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        for tile in self.tiles:
            tile.set_tokens(tokens)

    def _keep_edge(self) -> None:
        """Let the scroll bar take its room from the margin, not from the tiles."""
        bar = self.verticalScrollBar()
        taken = bar.sizeHint().width() if bar.maximum() > 0 else 0
        self._grid.setContentsMargins(0, 0, max(0, self._margin - taken), 0)

    def _build(self, gauges: tuple[GaugeCard, ...]) -> None:
        self._grid.setRowStretch(self._rows(), 0)
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self._gauges = gauges
        self.tiles = list(_tiles(gauges))
        for place, tile in enumerate(self.tiles):
            tile.set_tokens(self._tokens)
            self._grid.addWidget(tile, place // COLUMNS, place % COLUMNS)
        self._grid.setRowStretch(self._rows(), 1)
        self.rebuilt.emit()

    def _rows(self) -> int:
        return -(-len(self.tiles) // COLUMNS)


def _tiles(gauges: tuple[GaugeCard, ...]) -> Iterator[Tile]:
    place = 0
    for gauge in sorted(gauges, key=_order):
        if gauge.is_spectrum:
            yield SpectrumTile(gauge)
            continue
        yield CourseTile(gauge, _Reading(gauge.name), place)
        place += gauge.healthy is None
    yield CourseTile(RATE, lambda trace: trace.learning_rate, place, scientific)
    yield CourseTile(SPEED, lambda trace: trace.speed, place + 1, short)


def _order(gauge: GaugeCard) -> int:
    """Return the place of a kind of gauge: what can be judged first, pictures last."""
    if gauge.is_spectrum:
        return 3
    if gauge.healthy is not None:
        return 0
    return 1 if (gauge.low, gauge.high) == (0.0, 1.0) else 2


class _Reading:
    """Picks a reading's curve out of a trace by its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, trace: RunTrace) -> Curve | None:
        return trace.readings.get(self._name)
