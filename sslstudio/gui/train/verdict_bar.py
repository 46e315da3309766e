"""The verdict on top of the page: dot, word, one sentence, and the evidence behind it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from sslstudio.domain.run import RunSummary
from sslstudio.gui.theme import RADIUS, Tokens, mixed
from sslstudio.gui.train.evidence import (
    EvidenceRow,
    Headline,
    RunState,
    Tone,
    advice,
    evidence_rows,
    headline,
)
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import ElidedLabel, text_label, use_tabular_figures

DOT = 12
BAR_HEIGHT = 38


class VerdictBar(QFrame):
    """Says how training goes; `Why?` opens the evidence below the sentence."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._headline = Headline("neutral", "", "")
        self._summary = RunSummary()
        self._word = text_label("", "strong")
        self._sentence = ElidedLabel()
        self.why = Button("Why?", "link", tooltip="The numbers behind the verdict, and what to do")
        self.evidence = EvidencePanel()
        self._arrange()

    def show_summary(self, summary: RunSummary, state: RunState) -> None:
        """Show how the run stands."""
        self._summary = summary
        shown = headline(summary, state)
        if shown != self._headline:
            self._headline = shown
            self._word.setText(f"{shown.word}.")
            self._sentence.set_text(shown.sentence)
            self.setAccessibleDescription(f"{shown.word}. {shown.sentence}")
            self.update()
        self.why.setVisible(summary.verdict is not None or bool(summary.readings))
        if self.evidence.isVisibleTo(self):
            self._open(shown=True)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.evidence.clear()
        if self.evidence.isVisibleTo(self):
            self._open(shown=True)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the tinted ground and the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = tone_colour(self._headline.tone, self._tokens)
        painter.setPen(QPen(QColor(mixed(self._tokens.panel, colour, 0.5)), 1))
        painter.setBrush(QColor(mixed(self._tokens.panel, colour, 0.16)))
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(ground, RADIUS, RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QRectF(15, (BAR_HEIGHT - DOT) / 2, DOT, DOT))

    def _open(self, *, shown: bool) -> None:
        self.evidence.setVisible(shown)
        if shown:
            self.evidence.show_rows(
                evidence_rows(self._summary), advice(self._summary), self._tokens
            )
        self.why.rename("Less" if shown else "Why?")

    def _arrange(self) -> None:
        self.setObjectName("train.verdict")
        self.setAccessibleName("Verdict")
        self.why.setCheckable(True)
        self.why.toggled.connect(lambda shown: self._open(shown=shown))
        self.evidence.hide()
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self._word)
        line.addWidget(self._sentence, 1)
        line.addWidget(self.why)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(38, 8, 14, 8)
        layout.setSpacing(8)
        layout.addLayout(line)
        layout.addWidget(self.evidence)


class EvidencePanel(QWidget):
    """The numbers behind a verdict, each with its band, and what to do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[EvidenceRow, ...] | None = None
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(3, 1)
        self._advice = text_label("", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(8)
        layout.addLayout(self._grid)
        layout.addWidget(self._advice)

    def clear(self) -> None:
        """Forget the rows, so that the next ones are drawn anew."""
        self._rows = None

    def show_rows(self, rows: tuple[EvidenceRow, ...], text: str, tokens: Tokens) -> None:
        """Show these numbers and this advice."""
        self._advice.setText(text)
        if rows == self._rows:
            return
        self._rows = rows
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for place, row in enumerate(rows):
            self._add(place, row, tokens)

    def _add(self, place: int, row: EvidenceRow, tokens: Tokens) -> None:
        value = text_label(row.value, "strong")
        use_tabular_figures(value)
        band = text_label(row.band, "muted")
        colour = {"healthy": tokens.ok, "low": tokens.warn, "high": tokens.warn}.get(row.word)
        word = QLabel(f'<span style="color:{colour}">●</span> {row.word}' if colour else "")
        for column, label in enumerate((text_label(row.label), value, band, word)):
            self._grid.addWidget(label, place, column)


def tone_colour(tone: Tone, tokens: Tokens) -> str:
    """Return the colour of a tone."""
    colours = {
        "neutral": tokens.muted,
        "accent": tokens.accent,
        "ok": tokens.ok,
        "warn": tokens.warn,
        "alarm": tokens.alarm,
    }
    return colours[tone]
