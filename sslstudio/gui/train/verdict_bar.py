"""The verdict on top of the page: dot, word, one sentence, and the evidence behind it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.domain.diagnosis import diagnose
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.run import RunSummary
from sslstudio.gui.theme import RADIUS, Tokens, mixed
from sslstudio.gui.train.evidence import Headline, RunState, Tone, evidence_rows, headline
from sslstudio.gui.train.evidence_panel import EvidencePanel
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import LINE_HEIGHT, ElidedLabel, text_label

DOT = 12
BAR_HEIGHT = 38
TOP = Qt.AlignmentFlag.AlignTop


class VerdictBar(QFrame):
    """Says how training goes; `Why?` opens the evidence below the sentence.

    Signals:
        fix_asked: the `Fix` of a likely cause, whose button was pressed.
        opened: the evidence was opened, closed or has other lines than before.
    """

    fix_asked = Signal(object)
    opened = Signal()

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._headline = Headline("neutral", "", "")
        self._summary = RunSummary()
        self._recipe: Recipe | None = None
        self._word = text_label("", "strong")
        self._sentence = ElidedLabel()
        self._whole = text_label("", wrap=True)
        self.why = Button(
            "Why?",
            "link",
            tooltip="The numbers behind the verdict, its likely cause, and what to do",
        )
        self.evidence = EvidencePanel()
        self._arrange()

    def show_recipe(self, recipe: Recipe | None) -> None:
        """Take the recipe of another run, in which causes are looked for."""
        self._recipe = recipe

    def show_summary(self, summary: RunSummary, state: RunState) -> None:
        """Show how the run stands."""
        self._summary = summary
        shown = headline(summary, state)
        if shown != self._headline:
            self._headline = shown
            self._word.setText(f"{shown.word}.")
            self._sentence.set_text(shown.sentence)
            self._whole.setText(shown.sentence)
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
        self._sentence.setVisible(not shown)
        self._whole.setVisible(shown)
        if shown:
            causes = diagnose(self._summary, self._recipe)
            self.evidence.show_rows(evidence_rows(self._summary), self._tokens)
            self.evidence.show_causes((causes[0], *(c for c in causes[1:2] if c.fix is not None)))
        self.why.rename("Less" if shown else "Why?")
        self.opened.emit()

    def _arrange(self) -> None:
        self.setObjectName("train.verdict")
        self.setAccessibleName("Verdict")
        self.why.setCheckable(True)
        self.why.toggled.connect(lambda shown: self._open(shown=shown))
        self.evidence.fix_asked.connect(self.fix_asked)
        self.evidence.hide()
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        self._whole.hide()
        self._word.setFixedHeight(LINE_HEIGHT)
        line.addWidget(self._word, 0, TOP)
        line.addWidget(self._sentence, 1)
        line.addWidget(self._whole, 1)
        line.addWidget(self.why, 0, TOP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(38, 8, 14, 8)
        layout.setSpacing(8)
        layout.addLayout(line)
        layout.addWidget(self.evidence)


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
