"""What training will see: images and the views that the recipe's pipelines draw of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslstudio.domain.errors import StudioError
from sslstudio.domain.recipe import Recipe
from sslstudio.gui.design.latest import LatestOnly
from sslstudio.gui.design.source import DesignSource, PreviewResult, Step
from sslstudio.gui.design.strip import PictureStrip, Row
from sslstudio.gui.design.words import last_word
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.marks import Chip
from sslstudio.gui.widgets.panel import Panel, scrolling
from sslstudio.gui.widgets.text import ElidedLabel, text_label

MOST_HEIGHT, LEAST_HEIGHT = 240, 184
SHARE = 0.32
"""Of the page's height, between the two limits."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Drawn = PreviewResult | Sequence[Sequence[Step]]


class PreviewPanel(Panel):
    """Images in columns, their views below them; or one image, step by step.

    Signals:
        drawn: new pictures are on the screen.
    """

    drawn = Signal()

    def __init__(self, source: DesignSource, jobs: Jobs, theme: Theme) -> None:
        super().__init__("ground", margin=0, spacing=8)
        self.setObjectName("design.preview")
        self.setAccessibleName("What training will see")
        self._source = source
        self._recipe: Recipe | None = None
        self._image, self._seed, self._pinned, self._stale = 0, 0, False, False
        self._latest = LatestOnly(jobs, "Drawing views", self)
        self.strip = PictureStrip(theme)
        self._count = Chip("")
        self._words = ElidedLabel("", "small")
        self.again = Button("Draw again  R", tooltip="Draw the views anew (R)")
        self.stepping = Button("Step through", tooltip="Show one image after each operation")
        self.stepping.setCheckable(True)
        self._lay_out()
        self._latest.done.connect(self._show)
        self._latest.failed.connect(self._fail)
        self.again.clicked.connect(self.draw_again)
        self.stepping.toggled.connect(lambda _on: self._ask())
        self.strip.hovered.connect(self._hover)
        self.strip.picked.connect(self._pick)

    @property
    def seed(self) -> int:
        """The seed of the present drawing."""
        return self._seed

    @property
    def is_busy(self) -> bool:
        """True while pictures are being drawn."""
        return self._latest.is_busy

    def show_recipe(self, recipe: Recipe) -> None:
        """Draw the views of a recipe, if they differ from what is shown.

        Another setting keeps the seed, so that its effect can be seen; other operations draw
        anew, unless the pointer rests on the pictures.
        """
        before, self._recipe = self._recipe, recipe
        if before is not None and _seen(before) == _seen(recipe):
            return
        if before is not None and _kinds(before) != _kinds(recipe) and not self._pinned:
            self._seed += 1
        self._ask()

    def draw_again(self) -> None:
        """Draw the views of the same recipe anew."""
        self._seed += 1
        self._ask()

    def fit_into(self, page_height: int) -> None:
        """Take a share of the page's height."""
        self.setFixedHeight(int(min(max(page_height * SHARE, LEAST_HEIGHT), MOST_HEIGHT)))

    def refresh(self) -> None:
        """Draw once more with the same seed, because the images have changed."""
        self._ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill a wider window with more images."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was not worth drawing while nobody looked."""
        super().showEvent(event)
        if self._stale:
            self._ask()

    def _lay_out(self) -> None:
        self.fit_into(0)
        self.body.setContentsMargins(16, 10, 16, 12)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(text_label("What training will see", "section"))
        row.addWidget(self._count)
        row.addWidget(self._words, 1)
        row.addStretch(0)
        row.addWidget(self.again)
        row.addWidget(self.stepping)
        self._count.hide()
        self.body.addWidget(head)
        self.body.addWidget(scrolling(self.strip), 1)

    def _ask(self) -> None:
        recipe, seed, image = self._recipe, self._seed, self._image
        self._stale = recipe is not None and not self.isVisible()
        if recipe is None or self._stale:
            return
        if self.stepping.isChecked():
            views = range(len(recipe.views))
            self._latest.ask(
                lambda: [self._source.steps(recipe, view, image, seed) for view in views]
            )
            return
        count = self.strip.columns_for(1 + min(recipe.view_count(), 3))
        self._latest.ask(lambda: self._source.preview(recipe, seed, count))

    def _show(self, drawn: Drawn) -> None:
        if isinstance(drawn, PreviewResult):
            self._show_views(drawn)
        else:
            self._show_steps(drawn)
        self.drawn.emit()

    def _show_views(self, result: PreviewResult) -> None:
        names = LETTERS if len(result.views) > 1 else [""]
        rows = [Row("image", list(result.images))]
        rows += [
            Row(f"view {names[number % len(names)]}".strip(), list(pictures))
            for number, pictures in enumerate(result.views)
        ]
        self.strip.show_rows(rows)
        self._count.setText(f"{len(result.images)} of {result.total:,}")
        self._count.show()
        self._words.set_text("")

    def _show_steps(self, views: Sequence[Sequence[Step]]) -> None:
        names = LETTERS if len(views) > 1 else [""]
        self.strip.show_rows(
            [
                Row(
                    f"view {names[number]}".strip(),
                    [step.picture for step in steps],
                    [last_word(step.name) for step in steps],
                )
                for number, steps in enumerate(views)
            ]
        )
        self._count.setText(f"image {self._image + 1}")
        self._words.set_text("")

    def _fail(self, error: StudioError) -> None:
        self.strip.show_rows([])
        self._count.hide()
        self._words.set_text(str(error))

    def _hover(self, column: int) -> None:
        self._pinned = column >= 0

    def _pick(self, column: int) -> None:
        if not self.stepping.isChecked():
            self._image = column
            self.stepping.setChecked(True)


def _seen(recipe: Recipe) -> object:
    return recipe.data, recipe.views


def _kinds(recipe: Recipe) -> object:
    return [[part.kind for part in view.pipeline] for view in recipe.views]
