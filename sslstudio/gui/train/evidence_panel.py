"""What opens under the verdict: its numbers, its likely causes, and what to do about them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLayout, QVBoxLayout, QWidget

from sslstudio.domain.diagnosis import Diagnosis
from sslstudio.domain.problems import Fix
from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.evidence import EvidenceRow
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import (
    LINE_HEIGHT,
    ElidedLabel,
    text_label,
    use_tabular_figures,
)

CAUSE_WIDTH = 78
TOP = Qt.AlignmentFlag.AlignTop
LEFT = Qt.AlignmentFlag.AlignLeft
FIX_HELP = "What may change while it trains changes at the next step; else the recipe opens with it"


class EvidencePanel(QWidget):
    """The numbers behind a verdict, each with its band, and what they point to.

    Signals:
        fix_asked: the `Fix` whose button was pressed.
    """

    fix_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[EvidenceRow, ...] | None = None
        self._causes: tuple[Diagnosis, ...] | None = None
        self._numbers = QGridLayout()
        self._numbers.setHorizontalSpacing(20)
        self._numbers.setVerticalSpacing(4)
        self._numbers.setColumnStretch(3, 1)
        self._words = QGridLayout()
        self._words.setHorizontalSpacing(12)
        self._words.setVerticalSpacing(6)
        self._words.setColumnMinimumWidth(0, CAUSE_WIDTH)
        self._words.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(10)
        layout.addLayout(self._numbers)
        layout.addLayout(self._words)

    def clear(self) -> None:
        """Forget the rows, so that the next ones are drawn anew."""
        self._rows = None

    def show_rows(self, rows: tuple[EvidenceRow, ...], tokens: Tokens) -> None:
        """Show these numbers."""
        if rows == self._rows:
            return
        self._rows = rows
        _empty(self._numbers)
        for place, row in enumerate(rows):
            self._add_row(place, row, tokens)

    def show_causes(self, causes: tuple[Diagnosis, ...]) -> None:
        """Show what the numbers point to, the likeliest first."""
        if causes == self._causes:
            return
        self._causes = causes
        _empty(self._words)
        for number, cause in enumerate(causes):
            self._add_cause(2 * number, "Or" if number else "Likely cause", cause)

    def _add_row(self, place: int, row: EvidenceRow, tokens: Tokens) -> None:
        value = text_label(row.value, "strong")
        use_tabular_figures(value)
        colour = {"healthy": tokens.ok, "low": tokens.warn, "high": tokens.warn}.get(row.word)
        word = QLabel(f'<span style="color:{colour}">●</span> {row.word}' if colour else "")
        for column, label in enumerate((text_label(row.label), value, word)):
            self._numbers.addWidget(label, place, column)
        words = "; ".join(text for text in (row.band, row.meaning) if text)
        self._numbers.addWidget(ElidedLabel(words, "muted"), place, 3)

    def _add_cause(self, place: int, title: str, found: Diagnosis) -> None:
        self._words.addWidget(_section(title), place, 0, TOP)
        self._words.addWidget(text_label(found.cause, wrap=True), place, 1, 1, 2)
        fix = found.fix
        # A remedy that says no more than its button would only repeat it.
        said = fix is not None and found.remedy == f"{fix.label}."
        self._words.addWidget(_section("What to do"), place + 1, 0, TOP)
        if not said:
            self._words.addWidget(text_label(found.remedy, wrap=True), place + 1, 1)
        if fix is not None:
            column = 1 if said else 2
            self._words.addWidget(self._button(fix), place + 1, column, LEFT | TOP)

    def _button(self, fix: Fix) -> Button:
        button = Button(fix.label, tooltip=FIX_HELP)
        button.clicked.connect(lambda _checked=False: self.fix_asked.emit(fix))
        return button


def _section(title: str) -> QLabel:
    """Return a title on the first line of the words beside it."""
    label = text_label(title, "section")
    label.setFixedHeight(LINE_HEIGHT + 2)
    return label


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
