"""One pair as the encoder sees it, and what the model answers."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.gui.theme import type_font
from sslstudio.gui.train.exhibits import Answer, Exhibit, Picture
from sslstudio.gui.train.words import number
from sslstudio.gui.widgets.text import text_label

VIEW_SIDE = 64
ANSWER_SIDE = 30
ANSWERS = 8
ROUNDING = 6.0


class PictureView(QWidget):
    """A small picture with rounded corners, its pixels left square."""

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._picture = QPixmap()
        self.setFixedSize(side, side)

    def sizeHint(self) -> QSize:
        """Return the fixed size."""
        return QSize(self._side, self._side)

    def show_picture(self, picture: Picture, name: str) -> None:
        """Show a picture  # uint8 (height, width, 3)."""
        height, width, _ = picture.shape
        image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._picture = QPixmap.fromImage(image.copy())
        self.setAccessibleName(name)
        self.setToolTip(f"{name}, {width} \u00d7 {height} px")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture over the whole square, small ones without blur."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._picture.width() > self._side:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()), ROUNDING, ROUNDING)
        painter.setClipPath(frame)
        painter.drawPixmap(self.rect(), self._picture)


class ExhibitPanel(QWidget):
    """Hidden until a run has shown something."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pair = PairView()
        self._answers = AnswerRows()
        self._problem = text_label("", "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._answers)
        layout.addWidget(self._pair)
        layout.addWidget(self._problem)
        self.hide()

    def show_exhibit(self, exhibit: Exhibit | None) -> None:
        """Show these pictures; nothing at all for None."""
        self.setVisible(exhibit is not None)
        self._problem.hide()
        if exhibit is not None:
            self._pair.show_pair(exhibit)
            self._answers.show_answers(exhibit.answers)

    def show_problem(self, sentence: str) -> None:
        """Say why there are no new pictures; the last ones stay."""
        self._problem.setText(sentence)
        self._problem.show()
        self.show()


class PairView(QWidget):
    """Two views of one image with their cosine and the hardest negative."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views = (PictureView(VIEW_SIDE), PictureView(VIEW_SIDE))
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

    def show_pair(self, exhibit: Exhibit) -> None:
        """Show the pair; hides itself if there is none."""
        self.setVisible(exhibit.pair is not None)
        if exhibit.pair is None:
            return
        for view, picture, name in zip(self._views, exhibit.pair, "AB", strict=True):
            view.show_picture(picture, f"View {name} at step {exhibit.step:,}")
        self._cosine.setText(_named("cos", exhibit.cosine))
        self._hardest.setText(_named("hardest negative", exhibit.hardest_negative))


class AnswerRows(QWidget):
    """Rows of small pictures: what was asked and what the model made of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._captions: tuple[str, ...] | None = None
        self._rows: list[list[PictureView]] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)

    def show_answers(self, answers: tuple[Answer, ...]) -> None:
        """Show these rows; hides itself if there are none."""
        self.setVisible(bool(answers))
        shape = tuple(f"{row.caption}/{min(ANSWERS, len(row.pictures))}" for row in answers)
        if shape != self._captions:
            self._build(answers)
            self._captions = shape
        for views, answer in zip(self._rows, answers, strict=True):
            for view, picture in zip(views, answer.pictures, strict=False):
                view.show_picture(picture, answer.caption)

    def _build(self, answers: tuple[Answer, ...]) -> None:
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._rows = []
        self._layout.addWidget(text_label("What the model answers", "section"))
        for answer in answers:
            self._layout.addWidget(text_label(answer.caption, "small"))
            self._layout.addWidget(self._row(answer))

    def _row(self, answer: Answer) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        views = [PictureView(ANSWER_SIDE) for _ in answer.pictures[:ANSWERS]]
        for view in views:
            row.addWidget(view)
        row.addStretch(1)
        self._rows.append(views)
        return holder


def _named(name: str, value: float | None) -> str:
    return "" if value is None else f"{name} {number(value)}"
