"""The quiet bar that tells of an error without taking the window over."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout

from sslstudio.domain.errors import StudioError
from sslstudio.gui.reports import report_of
from sslstudio.gui.widgets.button import Button, icon_button
from sslstudio.gui.widgets.text import restyle, text_label

DETAILS_HEIGHT = 160


class MessageBar(QFrame):
    """One sentence with Details, Copy report and a close button; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("message", "error")
        self._report = ""
        self._text = text_label("", wrap=True)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setAccessibleName("Details of the message")
        self._details.setToolTip("What the makers need to find the fault")
        self._details.setFixedHeight(DETAILS_HEIGHT)
        self._toggle = Button("Details", tooltip="Show what happened in the program's own words")
        self._toggle.setCheckable(True)
        self._toggle.toggled.connect(self._details.setVisible)
        self._copy = Button("Copy report", tooltip="Copy the details to the clipboard")
        self._copy.clicked.connect(self._copy_report)
        self._close = icon_button("ph.x", "Close this message")
        self._close.clicked.connect(self.hide)
        self._lay_out()
        self.hide()

    def text(self) -> str:
        """Return the sentence that is shown."""
        return self._text.text()

    def show_error(self, error: BaseException) -> None:
        """Tell of an error in its own sentence, with its report behind Details."""
        if isinstance(error, StudioError):
            sentence = str(error)
        else:
            sentence = (
                f"Something in the program went wrong ({type(error).__name__}). "
                "What was running goes on; the report says what happened."
            )
        self.show_message(sentence, report_of(error))

    def show_message(self, sentence: str, report: str = "") -> None:
        """Say one sentence; a report, if there is one, waits behind Details."""
        restyle(self, "message", "error" if report else "note")
        self._report = report
        self._text.setText(sentence)
        self._details.setPlainText(report)
        self._toggle.setChecked(False)
        self._details.hide()
        self._toggle.setVisible(bool(report))
        self._copy.setVisible(bool(report))
        self.setAccessibleName(sentence)
        self.show()

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self._copy.setText("Copied")

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._text, 1)
        for button in (self._toggle, self._copy, self._close):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self._details)
