"""Monitor tiles: name, current value, course, healthy band and how to read it."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.domain.events import GaugeCard
from sslstudio.gui.theme import Tokens, class_colour
from sslstudio.gui.train.curves import Curve
from sslstudio.gui.train.evidence import band_words, health_word
from sslstudio.gui.train.sparkline import Sparkline, SpectrumBars
from sslstudio.gui.train.trace import RunTrace
from sslstudio.gui.train.words import number
from sslstudio.gui.widgets.text import ElidedLabel, text_label

TILE_HEIGHT = 137
SPECTRUM_CLASS = 2
COURSE_CLASSES = (3, 1, 4, 5, 8)
"""Class colours for readings without a healthy band; the first of them is drawn in accent."""

PickCurve = Callable[[RunTrace], Curve | None]


class Tile(QFrame):
    """Name, value, a picture and a line that says how to read it."""

    def __init__(self, card: GaugeCard, picture: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card = card
        self.name = text_label(card.label, "section")
        self.value = text_label("", "number")
        self.note = ElidedLabel(card.how_to_read, "small")
        self.word = text_label("", "small")
        self._arrange(picture)

    def refresh(self, trace: RunTrace, other: RunTrace | None = None) -> None:
        """Show what the run says now, beside another run if there is one."""

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""

    def _arrange(self, picture: QWidget) -> None:
        self.setProperty("panel", "card")
        self.setFixedHeight(TILE_HEIGHT)
        self.setAccessibleName(self.card.label)
        band = band_words(self.card)
        self.setToolTip(
            f"{self.card.label}: {self.card.how_to_read}" + (f"\n{band}" if band else "")
        )
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.name)
        head.addStretch(1)
        head.addWidget(self.word)
        head.addWidget(self.value, 0, Qt.AlignmentFlag.AlignRight)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(picture, 1)
        layout.addWidget(self.note)


class CourseTile(Tile):
    """A number with its course; `place` counts the tiles without a healthy band."""

    def __init__(
        self,
        card: GaugeCard,
        pick: PickCurve,
        place: int = 0,
        write: Callable[[float], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        self.course = Sparkline(card)
        super().__init__(card, self.course, parent)
        self._pick = pick
        self._place = place
        self._write = write or self._written
        self._curve = Curve(1)
        self._other: Curve | None = None
        self._tokens: Tokens | None = None
        self._seen: object = None
        self._pointed = False
        self._how_to_read = card.how_to_read
        self.course.pointed.connect(self._point)

    def refresh(self, trace: RunTrace, other: RunTrace | None = None) -> None:
        """Show the newest value and the course so far, and dotted that of another run."""
        curve = self._pick(trace) or Curve(1)
        compared = None if other is None else self._pick(other)
        news = (id(curve), len(curve), curve.steps[-1:].tolist(), id(compared))
        if news == self._seen:
            return
        if curve is not self._curve or compared is not self._other:
            self.course.forget_frame()
        self._curve, self._other, self._seen = curve, compared, news
        self._how_to_read = self._reading_words(trace)
        self.course.show_curve(curve, compared)
        if not self._pointed:
            self.note.set_text(self._how_to_read)
            self._show_newest()
        self._colour()

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self._colour()

    def _show_newest(self) -> None:
        text = self._write(self._curve.last) if len(self._curve) else ""
        self.value.setText(text)
        self.setAccessibleDescription(f"{text} {self.word.text()}. {self.card.how_to_read}")

    def _reading_words(self, trace: RunTrace) -> str:
        """Return how to read it: against the untrained network where nothing else is known."""
        if self._other is not None and len(self._other):
            return f"dotted: ends at {self._write(self._other.last)}"
        untrained = trace.summary.evidence.get(f"untrained_{self.card.name}")
        if untrained is None or self.card.healthy is not None:
            return self.card.how_to_read
        return f"untrained {number(untrained, self.card.digits)}"

    def _written(self, value: float) -> str:
        text = number(value, self.card.digits)
        of_all = self.card.digits == 0 and self.card.high is not None and math.isfinite(value)
        return f"{text} / {number(self.card.high or 0.0, 0)}" if of_all else text

    def _colour(self) -> None:
        word = health_word(self.card, self._curve.last)
        self.word.setText("" if word == "healthy" else word)
        if self._tokens is not None:
            line = QColor(self._line_colour(self._tokens))
            self.course.set_colours(line, QColor(self._tokens.ok), QColor(self._tokens.muted))

    def _line_colour(self, tokens: Tokens) -> str:
        if self.card.healthy is not None:
            return tokens.warn if self.word.text() else tokens.ok
        if self._place == 0:
            return tokens.accent
        return class_colour(COURSE_CLASSES[(self._place - 1) % len(COURSE_CLASSES)])

    def _point(self, index: int | None) -> None:
        """Show the value under the mouse with its step instead of the newest one."""
        self._pointed = index is not None and index < len(self._curve)
        if index is None or not self._pointed:
            self.note.set_text(self._how_to_read)
            self._show_newest()
            return
        self.value.setText(self._write(float(self._curve.values[index])))
        self.note.set_text(f"at step {int(self._curve.steps[index]):,}")


class SpectrumTile(Tile):
    """A spectrum as bars."""

    def __init__(self, card: GaugeCard, parent: QWidget | None = None) -> None:
        self.bars = SpectrumBars()
        super().__init__(card, self.bars, parent)

    def refresh(self, trace: RunTrace, other: RunTrace | None = None) -> None:
        """Show the newest spectrum; another run's would hide it."""
        del other
        self.bars.show_series(trace.spectra.get(self.card.name, ()))

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        del tokens
        self.bars.set_colour(QColor(class_colour(SPECTRUM_CLASS)))
