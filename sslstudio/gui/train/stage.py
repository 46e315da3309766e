"""The stage of the Train page: verdict, loss and as many whole rows of monitors as fit."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent

from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.loss_card import LossCard
from sslstudio.gui.train.monitor_grid import MonitorGrid
from sslstudio.gui.train.verdict_bar import VerdictBar
from sslstudio.gui.widgets.panel import Panel

MARGIN = 16
GAP = 12
MONITORS_SHARE = 0.45
"""Of the height; the drawing of the page gives them two rows of five hundred pixels."""


class TrainStage(Panel):
    """What is looked at while a run trains; the loss gets the height that the others leave."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__("ground", spacing=GAP)
        self.verdict = VerdictBar(tokens)
        self.loss = LossCard(tokens)
        self.monitors = MonitorGrid(tokens, MARGIN)
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self._fit)
        self.body.setContentsMargins(MARGIN, GAP, 0, GAP)
        column = Panel("ground", margin=0, spacing=GAP)
        column.body.setContentsMargins(0, 0, MARGIN, 0)
        column.body.addWidget(self.verdict)
        column.body.addWidget(self.loss, 1)
        self.body.addWidget(column, 1)
        self.body.addWidget(self.monitors)
        self.verdict.opened.connect(self._fit_soon)
        self.monitors.rebuilt.connect(self._fit_soon)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        for part in (self.verdict, self.loss, self.monitors):
            part.set_tokens(tokens)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit_soon(self) -> None:
        # The verdict knows its own height once its labels have been laid out.
        self._fitting.start()

    def _fit(self) -> None:
        width = self.width() - 2 * MARGIN
        # -1 stands for a height that does not depend on the width: nothing in it wraps.
        wrapped = self.verdict.heightForWidth(width)
        verdict = wrapped if wrapped >= 0 else self.verdict.sizeHint().height()
        free = self.height() - 4 * GAP - verdict - self.loss.minimumSizeHint().height()
        self.monitors.show_rows(min(free, round(MONITORS_SHARE * self.height())))
