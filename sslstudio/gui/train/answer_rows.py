"""What the model answers, sorts together or looks at: rows of small pictures with their words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from sslstudio.domain.events import RowGroup
from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.exhibits import Answer, Exhibit, Picture
from sslstudio.gui.train.picture_grid import PictureGrid
from sslstudio.gui.train.picture_view import PictureView
from sslstudio.gui.train.words import number
from sslstudio.gui.widgets.segmented import Segmented
from sslstudio.gui.widgets.text import ElidedLabel, text_label, use_tabular_figures

ROOM = 261
"""Width for a row's pictures; eight of the smallest fill it."""
SIDES = (30, 40)
MEMBERS = 8
PICTURES = 6
"""Of a row that is looked at closely; a gallery shows more and smaller ones."""
GAP = 3
APART = 6
"""Between a question and what was found."""
SPACING = 7
FEWEST_ROWS = 3
"""A question, the answer and the truth are only worth something together."""
FEWEST_EXAMPLES = 2
EXAMPLES: tuple[RowGroup, ...] = ("clusters", "prototypes", "neighbours")
"""Groups whose rows are alike."""

TITLES: dict[RowGroup, str] = {
    "answers": "What the model answers",
    "clusters": "Clusters of the training images",
    "prototypes": "What the prototypes stand for",
    "neighbours": "What the model finds alike",
    "attention": "Where the last block looks",
}
WORDS: dict[RowGroup, str] = {
    "answers": "Answers",
    "clusters": "Clusters",
    "prototypes": "Prototypes",
    "neighbours": "Neighbours",
    "attention": "Attention",
}
EXPLANATIONS: dict[RowGroup, str] = {
    "answers": "Validation images that the model has not learned from.",
    "clusters": "The largest clusters, each with the images nearest to its middle. Entropy is that "
    "of the cluster sizes, largest when all are equally large. Purity is the share of images in "
    "their cluster's commonest class; many small clusters are pure by chance.",
    "prototypes": "The prototypes that most validation images are given to, each with the images "
    "that it fits best. Entropy is that of how many images they get, largest when all get equally "
    "many. Purity is the share of images in their prototype's commonest class; many prototypes "
    "are pure by chance.",
    "neighbours": "Validation images, each with those whose representations are most alike by "
    "cosine. A tick stands for the same class, which training has not seen.",
    "attention": "How much the class token, or the mean patch where there is none, looks at each "
    "place. Green is as much as at an average patch, yellow eight times as much, violet an eighth.",
}


class AnswerRows(QWidget):
    """One group of rows at a time, and as many whole rows as there is room for."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._exhibit = Exhibit()
        self._group: RowGroup | None = None
        self._room = 10_000
        self._switch: Segmented | None = None
        self._rows: list[AnswerRow] = []
        self._grid = PictureGrid(self)
        self._title = text_label("", "section")
        self._summary = ElidedLabel("", "small")
        use_tabular_figures(self._summary)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACING)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._summary)

    def show_exhibit(self, exhibit: Exhibit) -> None:
        """Show these rows; hides itself if there are none."""
        groups = exhibit.groups
        if groups != self._exhibit.groups:
            self._offer(groups)
        self._exhibit = exhibit
        self.setVisible(bool(groups))
        self._show()

    def fit(self, height: int) -> None:
        """Show as many whole rows as fit into this height, but not fewer than make sense."""
        if height != self._room:
            self._room = height
            self._show()

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        for row in self._rows:
            row.set_tokens(tokens)

    def shown(self) -> list[AnswerRow]:
        """Return the rows that can be seen."""
        return [row for row in self._rows if not row.isHidden()]

    def _offer(self, groups: tuple[RowGroup, ...]) -> None:
        if self._switch is not None:
            self._switch.deleteLater()
            self._switch = None
        if self._group not in groups:
            self._group = groups[0] if groups else None
        if len(groups) > 1:
            self._switch = Segmented([(g, WORDS[g]) for g in groups], "What is shown of the model")
            self._switch.set_value(self._group)
            self._switch.chosen.connect(self._choose)
            self._layout.insertWidget(1, self._switch)

    def _choose(self, group: RowGroup) -> None:
        self._group = group
        self._show()

    def _show(self) -> None:
        if self._group is None:
            return
        self._title.setText(TITLES[self._group])
        self._title.setToolTip(EXPLANATIONS[self._group])
        self._title.setVisible(self._switch is None)
        if self._switch is not None:
            self._switch.explain(f"{TITLES[self._group]}. {EXPLANATIONS[self._group]}")
        summary = summary_of(self._group, self._exhibit.numbers)
        self._summary.set_text(summary)
        self._summary.setVisible(bool(summary))
        answers = [row for row in self._exhibit.answers if row.group == self._group]
        self._prepare(answers)
        for row, answer in zip(self._rows, answers, strict=True):
            row.show_answer(answer)
        fitting = self._fitting(answers)
        for place, row in enumerate(self._rows):
            row.setVisible(place < fitting)
        self._grid.set_rows([row.views for row in self._rows[:fitting]])

    def _prepare(self, answers: Sequence[Answer]) -> None:
        """Have a row of the right size for each answer; those that fit are kept."""
        wanted = [(len(_visible(a)), a.group == "neighbours") for a in answers]
        if wanted == [(row.count, row.asks) for row in self._rows]:
            return
        for row in self._rows:
            row.setParent(None)
            row.deleteLater()
        side = _side(max((count for count, _ in wanted), default=0))
        self._rows = [AnswerRow(count, side, self._tokens, asks=asks) for count, asks in wanted]
        for row in self._rows:
            self._layout.addWidget(row)

    def _fitting(self, answers: Sequence[Answer]) -> int:
        above = (self._title, self._switch, self._summary)
        heights = [w.sizeHint().height() for w in above if w is not None and not w.isHidden()]
        free = self._room - sum(heights) - SPACING * (len(heights) - 1)
        count = 0
        for row in self._rows:
            free -= row.sizeHint().height() + SPACING
            if free < 0:
                break
            count += 1
        fewest = FEWEST_EXAMPLES if self._group in EXAMPLES else FEWEST_ROWS
        return min(len(answers), max(fewest, count))


class AnswerRow(QWidget):
    """A caption over a row of pictures, of which the first may be a question."""

    def __init__(self, count: int, side: int, tokens: Tokens, *, asks: bool) -> None:
        super().__init__()
        self.count, self.asks = count, asks
        self.views = [PictureView(side, tokens) for _ in range(count)]
        self.caption: QLabel = text_label("", "small")
        use_tabular_figures(self.caption)
        pictures = QHBoxLayout()
        pictures.setSpacing(GAP)
        for view in self.views:
            pictures.addWidget(view)
        pictures.addStretch(1)
        if asks:
            pictures.insertSpacing(1, APART)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.caption)
        layout.addLayout(pictures)

    def show_answer(self, answer: Answer) -> None:
        """Show this row's words, pictures and marks."""
        self.caption.setText(words_of(answer))
        for place, (view, picture) in enumerate(zip(self.views, answer.pictures, strict=False)):
            mark = answer.marks[place] if place < len(answer.marks) else None
            # A neighbour of another class is no mistake: training knows no classes.
            view.show_picture(picture, answer.caption, mark=mark or (None if self.asks else mark))

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        for view in self.views:
            view.set_tokens(tokens)


def _visible(answer: Answer) -> tuple[Picture, ...]:
    """Return the pictures of a row for which there is room."""
    many = answer.group in ("clusters", "prototypes")
    return answer.pictures[: MEMBERS if many else PICTURES]


def _side(count: int) -> int:
    """Return the largest side with which so many pictures fit."""
    return max((s for s in SIDES if count * (s + GAP) + APART <= ROOM + GAP), default=SIDES[0])


def words_of(answer: Answer) -> str:
    """Return a row's caption, with how many of the shown answers are right."""
    shown = answer.marks[: len(_visible(answer))]
    graded = [mark for mark in shown if mark is not None]
    if answer.group != "answers" or not graded:
        return answer.caption
    return f"{answer.caption}: {sum(graded)} of {len(graded)} right"


def summary_of(group: RowGroup, numbers: Mapping[str, float]) -> str:
    """Return what holds for all images of a gallery in a few words; empty if nothing is known."""
    if group == "neighbours" and "neighbours alike" in numbers:
        share = number(100 * numbers["neighbours alike"], 0)
        return f"{share} % of all neighbours share the class"
    if group == "attention":
        return "Yellow: 8 times the average, violet: an eighth"
    if group in ("clusters", "prototypes") and "used clusters" in numbers:
        used = numbers["used clusters"]
        most = math.log(max(1.0, used))
        words = (
            f"{used:,.0f} in use, entropy {number(numbers['cluster entropy'])} of {number(most)}"
        )
        purity = numbers.get("purity")
        return words if purity is None else f"{words}, purity {number(purity)}"
    return ""
