"""The parity check while it runs, what it found, and the code that loads the result."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from sslstudio.gui.export.source import ExportOutcome
from sslstudio.gui.theme import TYPE
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.notes import Banner
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.progress import ProgressStrip
from sslstudio.gui.widgets.text import ElidedLabel, text_label, use_tabular_figures

SNIPPET_HEIGHT = 112
PROMISE = (
    "Before anything is written, up to 100 of the run's own pictures pass through the original "
    "and through what leaves; both must give the same embedding."
)


class Proof(Panel):
    """Says what will be checked, then how far it is, then what came out."""

    def __init__(self) -> None:
        super().__init__("card", "Proof on real images")
        self.promise = text_label(PROMISE, "muted", wrap=True)
        self.progress = ProgressStrip()
        self.verdict = Banner("ok", "")
        self.figures = {
            name: text_label("", "number")
            for name in ("Largest difference", "Allowed", "Images checked")
        }
        self.folder = ElidedLabel("", "body")
        self.snippet = _code_field()
        self.show_folder = Button("Show in folder", tooltip="Open the folder that was written")
        self.copy = Button("Copy code", tooltip="Copy the code that loads the encoder")
        self._outcome: ExportOutcome | None = None
        self._result = QWidget()
        self._lay_out()
        self.clear()
        self.show_folder.clicked.connect(self._reveal)
        self.copy.clicked.connect(self._copy)

    def clear(self) -> None:
        """Go back to the promise."""
        self._outcome = None
        self.verdict.hide()
        self._result.hide()
        self.promise.show()

    def show_outcome(self, outcome: ExportOutcome) -> None:
        """Show what was measured and written."""
        self._outcome = outcome
        self.verdict.set_content("ok", outcome_words(outcome))
        values = (
            _scientific(outcome.largest_difference),
            _scientific(outcome.allowed_difference),
            f"{outcome.checked_images:,}",
        )
        for label, value in zip(self.figures.values(), values, strict=True):
            label.setText(value)
        self.folder.set_text(f"{outcome.folder}: {', '.join(outcome.files)}")
        self.snippet.setPlainText(outcome.snippet)
        self.promise.hide()
        self.verdict.show()
        self._result.show()

    def say(self, words: str, *, refused: bool) -> None:
        """Say why nothing was written."""
        self.clear()
        self.verdict.set_content("error" if refused else "note", words)
        self.verdict.show()

    def _reveal(self) -> None:
        if self._outcome is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._outcome.folder)))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.snippet.toPlainText())

    def _lay_out(self) -> None:
        for widget in (self.promise, self.progress, self.verdict, self._result):
            self.body.addWidget(widget)
        column = QVBoxLayout(self._result)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._numbers())
        column.addSpacing(8)
        column.addLayout(self._heading("Written", self.show_folder))
        column.addWidget(self.folder)
        column.addSpacing(8)
        column.addLayout(self._heading("Load it", self.copy))
        column.addWidget(self.snippet)

    def _numbers(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(24)
        for name, value in self.figures.items():
            use_tabular_figures(value)
            value.setAccessibleName(name)
            cell = QVBoxLayout()
            cell.setSpacing(0)
            cell.addWidget(text_label(name, "section"))
            cell.addWidget(value)
            row.addLayout(cell)
        row.addStretch(1)
        return row

    def _heading(self, word: str, button: Button) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(text_label(word, "section"))
        row.addStretch(1)
        row.addWidget(button)
        return row


def outcome_words(outcome: ExportOutcome) -> str:
    """Return in one sentence what the check found."""
    checked = f"on {outcome.checked_images:,} real images"
    if outcome.largest_difference == 0.0:
        return f"The same to the last digit {checked}: the largest difference is 0."
    return (
        f"The same encoder {checked}: the largest difference is "
        f"{_scientific(outcome.largest_difference)} of an embedding's length."
    )


def _scientific(value: float) -> str:
    if value == 0.0:
        return "0"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits.removesuffix('.0')}e{int(power)}"


def _code_field() -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setReadOnly(True)
    field.setProperty("code", True)
    font = QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    font.setPixelSize(TYPE["body"])
    field.setFont(font)
    field.setFixedHeight(SNIPPET_HEIGHT)
    field.setAccessibleName("Code that loads the encoder")
    field.setToolTip("Code that loads the encoder")
    return field
