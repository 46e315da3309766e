"""One pair as the encoder sees it, and what the model answers."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.gui.theme import Tokens, type_font
from sslstudio.gui.train.answer_rows import AnswerRows
from sslstudio.gui.train.exhibits import Exhibit
from sslstudio.gui.train.picture_grid import PictureGrid
from sslstudio.gui.train.picture_view import PictureView
from sslstudio.gui.train.words import number
from sslstudio.gui.widgets.text import text_label

VIEW_SIDE = 64
SPACING = 12


class ExhibitPanel(QWidget):
    """Hidden until a run has shown something."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pair = PairView(tokens)
        self.rows = AnswerRows(tokens)
        self._problem = text_label("", "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING)
        layout.addWidget(self.rows)
        layout.addWidget(self._pair)
        layout.addWidget(self._problem)
        self.hide()

    def show_exhibit(self, exhibit: Exhibit | None) -> None:
        """Show these pictures; nothing at all for None."""
        self.setVisible(exhibit is not None)
        self._problem.hide()
        if exhibit is not None:
            self._pair.show_pair(exhibit)
            self.rows.show_exhibit(exhibit)

    def fit(self, height: int) -> None:
        """Show as many rows as leave the pair in sight within this height."""
        pair = 0 if self._pair.isHidden() else self._pair.sizeHint().height() + SPACING
        self.rows.fit(height - pair)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.rows.set_tokens(tokens)
        self._pair.set_tokens(tokens)

    def show_problem(self, sentence: str) -> None:
        """Say why there are no new pictures; the last ones stay."""
        self._problem.setText(sentence)
        self._problem.show()
        self.show()


class PairView(QWidget):
    """Two views of one image with their cosine and the hardest negative."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views = (PictureView(VIEW_SIDE, tokens), PictureView(VIEW_SIDE, tokens))
        PictureGrid(self).set_rows([self._views])
        self._cosine = text_label("", "strong")
        self._hardest = text_label("", "muted", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self._cosine)
        words.addWidget(self._hardest)
        words.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(6)
        for view in self._views:
            row.addWidget(view)
        row.addSpacing(4)
        row.addLayout(words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(text_label("One pair, as the encoder sees it", "section"))
        layout.addLayout(row)
        self._cosine.setFont(type_font(bold=True, tabular=True))
        self._cosine.setToolTip("Cosine between the embeddings of the two views; 1 means alike")
        self._hardest.setToolTip("The largest cosine between this image and another one")

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        for view in self._views:
            view.set_tokens(tokens)

    def show_pair(self, exhibit: Exhibit) -> None:
        """Show the pair; hides itself if there is none."""
        self.setVisible(exhibit.pair is not None)
        if exhibit.pair is None:
            return
        for view, picture, name in zip(self._views, exhibit.pair, "AB", strict=True):
            view.show_picture(picture, f"View {name} at step {exhibit.step:,}")
        self._cosine.setText(_named("cos", exhibit.cosine))
        self._hardest.setText(_named("hardest negative", exhibit.hardest_negative))


def _named(name: str, value: float | None) -> str:
    return "" if value is None else f"{name} {number(value)}"
